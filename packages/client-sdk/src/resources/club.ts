/** `client.club` */
import { schemes } from '@palestra/core';
import type { CallOptions } from '../call.js';
import type { components } from '../generated/openapi.js';
import { login, publicRegister } from '../generated/operations.js';
import type { ClientPlugin } from '../plugin.js';
import { withUserPass } from '../user-pass.js';
import type { Credentials } from './auth.js';

type Schemas = components['schemas'];

export type ClubRegistration = Schemas['ClubRegistration'];
export type ClubUser = Schemas['ClubUser'];
export type ClubLogin = Schemas['ClubLogin'];

/** Seconds a user token of the club API is valid ("token 1 h"). */
const loginLifetime = 3_600;

/**
 * The club API (`/api/v1`): snake_case, numeric ids. Accounts are shared with `client.auth`, which seals passwords;
 * this API, as its seed has it, depends on TLS.
 */
export interface ClubApi {
  /** Registers a user by email; does not sign in. @throws ClientError `invalid` (also if the email is taken) */
  register(user: ClubRegistration, options?: CallOptions): Promise<ClubUser>;
  /**
   * Signs this client in for one hour, without renewal.
   * @throws ClientError `not_found` (no such user), `auth` (wrong password)
   */
  login(credentials: Credentials, options?: CallOptions): Promise<ClubLogin>;
}

export const club: ClientPlugin<'club', ClubApi> = {
  name: 'club',
  setup: ({ call, session }) => ({
    register: (user, options) => call(publicRegister, { body: user }, options),
    async login(credentials, options) {
      const scheme = { scheme: schemes.basic, operationId: login.id };
      const params = { username: credentials.username };
      const answer = await call(login, { params }, withUserPass(options, scheme, credentials));
      await session.signIn({ access_token: answer.user_token, expires_in: loginLifetime });
      return answer;
    },
  }),
};
