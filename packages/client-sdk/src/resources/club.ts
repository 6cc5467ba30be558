/** `client.club` */
import { schemes } from '@palestra/core';
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import { findUser, login, publicRegister } from '../generated/operations.js';
import { claimsOf } from '../session/claims.js';
import type { Credentials } from './auth.js';
import { type CollectionsApi, collections } from './club-data.js';
import type { ClientPlugin } from './plugin.js';
import type { Schema } from './schema.js';
import { type TeamsApi, teams } from './teams.js';
import { withUserPass } from './user-pass.js';

type Schemas = components['schemas'];

/** A new user of the club API, named by the email. @interface */
export type ClubRegistration = Schemas['ClubRegistration'];
/** A user as the club API shows it. */
export interface ClubUser extends Schema<'ClubUser'> {}
/** A user who was found by the email. */
export interface FoundUser extends Schema<'FoundUser'> {}
/** The token of a sign-in, and who signed in. */
export interface ClubLogin extends Schema<'ClubLogin'> {}

/** Seconds that a user token of the club API is valid where it does not say so itself. */
const defaultLifetime = 3_600;

/**
 * The club API (`/api/v1`): snake_case, numeric ids. Accounts are shared with `client.auth`, which seals passwords;
 * this API depends on TLS alone.
 */
export interface ClubApi extends CollectionsApi {
  /** Registers a user by email; does not sign in. @throws ClientError `invalid` (also if the email is taken) */
  register(user: ClubRegistration, options?: CallOptions): Promise<ClubUser>;
  /**
   * Signs this client in for as long as the server's club tokens last (an hour by default), without renewal.
   * @throws ClientError `not_found` (no such user), `auth` (wrong password)
   */
  login(credentials: Credentials, options?: CallOptions): Promise<ClubLogin>;
  /** Finds a user by the exact email, for coaches and those above. @throws ClientError `not_found` */
  findUser(email: string, options?: CallOptions): Promise<FoundUser>;
  /** Teams and their players, for their coach, their players and the operator of their club. */
  readonly teams: TeamsApi;
}

/** The part behind `client.club`, for `createLeanClient`. */
export const club: ClientPlugin<'club', ClubApi> = {
  name: 'club',
  setup: (scope) => {
    const { call, session } = scope;
    return {
      ...collections(scope),
      teams: teams(scope),
      findUser: (email, options) => call(findUser, { query: { email } }, options),
      register: (user, options) => call(publicRegister, { body: user }, options),
      async login(credentials, options) {
        let answer = {} as ClubLogin;
        await session.signIn(login, async () => {
          const params = { username: credentials.username };
          answer = await call(login, { params }, await withUserPass(login, schemes.basic, credentials, options));
          return { access_token: answer.user_token, expires_in: lifetimeOf(answer.user_token) };
        });
        return answer;
      },
    };
  },
};

/** The claims of another issuer's token may be missing. */
function lifetimeOf(token: string): number {
  const { iat, exp } = claimsOf(token);
  const lifetime = Number(exp) - Number(iat);
  return lifetime > 0 ? lifetime : defaultLifetime;
}
