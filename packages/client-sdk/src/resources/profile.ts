/** `client.profile` */
import { formatId, parseId } from '@palestra/core';
import type { CallOptions } from '../call/call.js';
import { localError } from '../errors/local-error.js';
import type { components } from '../generated/openapi.js';
import { getProfile, listProfiles, operateProfile } from '../generated/operations.js';
import { claimsOf } from '../session/claims.js';
import type { ClientPlugin } from './plugin.js';
import { type Readable, readable } from './resource.js';

type Schemas = components['schemas'];

/** A user, as that user and system administrators see them. @interface */
export type User = Schemas['User'];
/** `null` clears a field. Role and level cannot be changed here. @interface */
export type UserChange = Omit<Schemas['UserUpdate']['data'], 'password'>;
/** The old password and the new one. @interface */
export type PasswordChange = Schemas['PasswordChange'];

/** The user who is signed in; every user, for system administrators. */
export interface ProfileApi extends Readable<User, Schemas['UserQuery']['data']> {
  /** The user who is signed in. @throws ClientError `auth` if no user is */
  me(options?: CallOptions): Promise<User>;
  /** @throws ClientError `conflict` (the email is taken), `invalid`, `permission` */
  update(change: UserChange, options?: CallOptions): Promise<User>;
  /**
   * Both passwords are encrypted before they are sent. Every session of the user ends, including this one: sign in again.
   * @throws ClientError `auth` (the old password is wrong), `invalid`
   */
  changePassword(change: PasswordChange, options?: CallOptions): Promise<void>;
}

/** The part behind `client.profile`, for `createLeanClient`. */
export const profile: ClientPlugin<'profile', ProfileApi> = {
  name: 'profile',
  setup: (scope) => {
    const { call, sealed, session } = scope;
    const ownId = async () => idOf((await session.read())?.accessToken);
    const update = async (data: UserChange & { password?: string }, options?: CallOptions) =>
      (await call(operateProfile, { body: { operation: 'update', data } }, options)) as User;
    return {
      ...readable(scope, { operate: operateProfile, list: listProfiles, get: getProfile }),
      me: async (options) => call(getProfile, { params: { id: await ownId() } }, options),
      update,
      async changePassword(change, options) {
        const _id = await ownId();
        await sealed(operateProfile, change, (password) => update({ _id, password }, options), options);
        await session.signOut();
      },
    };
  },
};

/** The `sub` claim, which says which profile to ask for. */
function idOf(accessToken = ''): string {
  const id = parseId(claimsOf(accessToken).sub);
  if (id !== undefined) return formatId(id);
  throw localError('token_missing', 'auth', { operation: getProfile });
}
