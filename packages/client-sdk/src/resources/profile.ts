/** `client.profile` */
import { formatId, parseId } from '@palestra/core';
import type { CallOptions } from '../call/call.js';
import { localError } from '../errors/local-error.js';
import type { components } from '../generated/openapi.js';
import {
  deleteProfile,
  endOtherSessions,
  endSession,
  exportProfile,
  getProfile,
  listProfiles,
  listSessions,
  operateProfile,
  sendEmailCode,
  verifyEmail,
} from '../generated/operations.js';
import { claimsOf } from '../session/claims.js';
import { type List, wholeList } from './list.js';
import type { ClientPlugin } from './plugin.js';
import { type ReadableResource, readable } from './resource.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** A user, as that user and system administrators see them. */
export interface User extends Schema<'User'> {}
/** `null` clears a field. Role and level cannot be changed here. @interface */
export type UserChange = Omit<Schemas['UserUpdate']['data'], 'password'>;
/** Everything that names a user. @interface */
export type PersonalExport = Schemas['PersonalExportEnvelope']['data'];
/** Where and since when a user is signed in. */
export interface AccountSession extends Schema<'AccountSession'> {}
/** What proves that the user deletes their own account: the password, or a fresh code of WeChat. @interface */
export type AccountDeletion = Schemas['AccountDeletion'];
/** The old password and the new one. @interface */
export type PasswordChange = Schemas['PasswordChange'];

/** The user who is signed in; every user, for system administrators. */
export interface ProfileApi extends ReadableResource<User, Schemas['UserQuery']['data']> {
  /** The user who is signed in. @throws ClientError `auth` if no user is */
  me(options?: CallOptions): Promise<User>;
  /** @throws ClientError `conflict` (the email is taken), `invalid`, `permission` */
  update(change: UserChange, options?: CallOptions): Promise<User>;
  /**
   * Both passwords are encrypted before they are sent. Every session of the user ends, including this one: sign in again.
   * @throws ClientError `auth` (the old password is wrong), `invalid`
   */
  changePassword(change: PasswordChange, options?: CallOptions): Promise<void>;
  /** Everything that names the user, to read or to take along. */
  export(options?: CallOptions): Promise<PersonalExport>;
  /**
   * Deletes the user's own account, for good, and signs out. `proof` is the password, or `{ code }` of a fresh `wx.login`
   * for an account that signs in by WeChat. @throws ClientError `auth` (the password or the code is wrong)
   */
  delete(proof: string | AccountDeletion, options?: CallOptions): Promise<void>;
  /** Has a code sent to the email that is not verified yet. @throws ClientError `not_found` (there is none), `rate_limited` */
  sendEmailCode(options?: CallOptions): Promise<void>;
  /** Verifies the email by the code from the mail. @throws ClientError `invalid` (the code), `conflict` (it is taken) */
  verifyEmail(code: string, options?: CallOptions): Promise<{ readonly email: string }>;
  /** Where the user is signed in. */
  readonly sessions: {
    list(options?: CallOptions): List<AccountSession>;
    /** @throws ClientError `not_found` */
    end(id: string, options?: CallOptions): Promise<void>;
    /** Signs out everywhere else. */
    endOthers(options?: CallOptions): Promise<void>;
  };
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
      export: (options) => call(exportProfile, {}, options),
      async delete(proof, options) {
        const body = typeof proof === 'string' ? { password: proof } : proof;
        await call(deleteProfile, { body }, options);
        await session.signOut();
      },
      async sendEmailCode(options) {
        await call(sendEmailCode, {}, options);
      },
      verifyEmail: (code, options) => call(verifyEmail, { body: { code } }, options),
      sessions: {
        list: (options) => wholeList(listSessions, () => call(listSessions, {}, options)),
        async end(id, options) {
          await call(endSession, { params: { id } }, options);
        },
        async endOthers(options) {
          await call(endOtherSessions, { query: { others: true } }, options);
        },
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
