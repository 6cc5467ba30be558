/** `client.club` */
import { schemes } from '@palestra/core';
import type { CallOptions } from '../call.js';
import type { components } from '../generated/openapi.js';
import { login, publicRegister } from '../generated/operations.js';
import type { ClientPlugin } from '../plugin.js';
import { withUserPass } from '../user-pass.js';
import type { Credentials } from './auth.js';
import { type CollectionsApi, collections } from './collections.js';
import { type TeamsApi, teams } from './teams.js';

type Schemas = components['schemas'];

/** A new user of the club API, named by the email. @interface */
export type ClubRegistration = Schemas['ClubRegistration'];
/** A user as the club API shows it. @interface */
export type ClubUser = Schemas['ClubUser'];
/** The token of a sign-in, valid for an hour, and who it is. @interface */
export type ClubLogin = Schemas['ClubLogin'];

/** Seconds a user token of the club API is valid ("token 1 h"). */
const loginLifetime = 3_600;

/**
 * The club API (`/api/v1`): snake_case, numeric ids. Accounts are shared with `client.auth`, which seals passwords;
 * this API, as its seed has it, depends on TLS.
 */
export interface ClubApi extends CollectionsApi {
  /** Registers a user by email; does not sign in. @throws ClientError `invalid` (also if the email is taken) */
  register(user: ClubRegistration, options?: CallOptions): Promise<ClubUser>;
  /**
   * Signs this client in for one hour, without renewal.
   * @throws ClientError `not_found` (no such user), `auth` (wrong password)
   */
  login(credentials: Credentials, options?: CallOptions): Promise<ClubLogin>;
  /** Teams and their players, for their coach and the operator of their club. */
  readonly teams: TeamsApi;
}

/** The part behind `client.club`, for `createLeanClient`. */
export const club: ClientPlugin<'club', ClubApi> = {
  name: 'club',
  setup: (scope) => ({
    ...collections(scope),
    teams: teams(scope),
    register: (user, options) => scope.call(publicRegister, { body: user }, options),
    async login(credentials, options) {
      const scheme = { scheme: schemes.basic, operationId: login.id };
      const params = { username: credentials.username };
      const answer = await scope.call(login, { params }, withUserPass(options, scheme, credentials));
      await scope.session.signIn({ access_token: answer.user_token, expires_in: loginLifetime });
      return answer;
    },
  }),
};
