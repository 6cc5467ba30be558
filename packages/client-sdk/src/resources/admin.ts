/** `client.admin` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type List, type ListOptions, list, type Range, wholeList } from './list.js';
import type { ClientPlugin } from './plugin.js';
import type { AccountSession, PersonalExport } from './profile.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** An account as administrators see it; without its password. */
export interface AdminUser extends Schema<'AdminUser'> {}
/** Who did what to what, when and from where. */
export interface AuditEntry extends Schema<'AuditEntry'> {}
/** A collection by its name, with how many things are in it. @interface */
export type CollectionSize = Schemas['CollectionListEnvelope']['data'][number];
/** A one-time code, and until when it is good. @interface */
export type RecoveryCode = Schemas['RecoveryCodeEnvelope']['data'];
/** A file with the whole database at one moment. */
export interface Backup extends Schema<'Backup'> {}
/** Which account gets which role. @interface */
export type PrivilegeGrant = Schemas['PrivilegeGrant'];

export interface AuditRange extends Range {
  /** Leave out what is older; an ISO 8601 instant. */
  readonly since?: string | undefined;
}

/** Management, for system administrators; backups for the DBA only. The audit records each of these calls. */
export interface AdminApi {
  /** Every account, including administrators. */
  readonly users: {
    list(range?: Range, options?: ListOptions): List<AdminUser>;
    /** @throws ClientError `not_found` */
    get(id: string, options?: CallOptions): Promise<AdminUser>;
    /** Until it is enabled again, sign-ins to the account are refused; its sessions end. @throws ClientError `conflict` (the last DBA) */
    disable(id: string, options?: CallOptions): Promise<void>;
    enable(id: string, options?: CallOptions): Promise<void>;
    /** With all that is about the person; purchases stay, without a name. @throws ClientError `conflict` (the last DBA) */
    delete(id: string, options?: CallOptions): Promise<void>;
    /** Everything that names the user. */
    export(id: string, options?: CallOptions): Promise<PersonalExport>;
    /** Makes a code for a member who forgot the password: `recovery.complete` takes it. Shown once. */
    recoveryCode(id: string, options?: CallOptions): Promise<RecoveryCode>;
    /** Where a user is signed in. */
    sessions(id: string, options?: CallOptions): List<AccountSession>;
    /** @param sid `_id` of one of the sessions @throws ClientError `not_found` */
    endSession(id: string, sid: string, options?: CallOptions): Promise<void>;
  };
  /**
   * Gives an account a role, at most the caller's own. The account's tokens with another role end.
   * @throws ClientError `permission`, `not_found`, `conflict` (the last DBA stays the DBA)
   */
  grant(grant: PrivilegeGrant, options?: CallOptions): Promise<AdminUser>;
  /** Makes the account a player again, under the same rules. */
  revoke(username: string, options?: CallOptions): Promise<AdminUser>;
  /** What `emptyCollection` takes, and how much is in each. */
  collections(options?: CallOptions): List<CollectionSize>;
  /** Deletes everything in a collection, such as `merchandise`. @throws ClientError `conflict` (others refer to it) */
  emptyCollection(name: string, options?: CallOptions): Promise<{ name: string; deleted: number }>;
  /** Who did what to what, when and from where, in that order. */
  audit(range?: AuditRange, options?: ListOptions): List<AuditEntry>;
  readonly backups: {
    /** The newest first. */
    list(options?: CallOptions): List<Backup>;
    /** Backs up the database at one moment, while it keeps serving. May take minutes: see `timeoutMs`. */
    create(options?: CallOptions): Promise<Backup>;
    /**
     * Verifies a backup and replaces the data by it. Every token ends, including this one.
     * @throws ClientError if anything about the backup is wrong; then nothing has changed
     */
    restore(file: string, options?: CallOptions): Promise<Backup>;
  };
}

/** The part behind `client.admin`, for `createLeanClient`. */
export const admin: ClientPlugin<'admin', AdminApi> = {
  name: 'admin',
  setup: ({ call }) => ({
    users: {
      list: (range = {}, options) =>
        list(operations.listAdminUsers, range, (query) => call(operations.listAdminUsers, { query }, options), options),
      get: (id, options) => call(operations.getAdminUser, { params: { id } }, options),
      async disable(id, options) {
        await call(operations.disableUser, { params: { id } }, options);
      },
      async enable(id, options) {
        await call(operations.enableUser, { params: { id } }, options);
      },
      async delete(id, options) {
        await call(operations.deleteUser, { params: { id } }, options);
      },
      export: (id, options) => call(operations.exportUser, { params: { id } }, options),
      recoveryCode: (id, options) => call(operations.issueRecoveryCode, { params: { id } }, options),
      sessions: (id, options) =>
        wholeList(operations.listUserSessions, () => call(operations.listUserSessions, { params: { id } }, options)),
      async endSession(id, sid, options) {
        await call(operations.endUserSession, { params: { id, sid } }, options);
      },
    },
    grant: (body, options) => call(operations.grantPrivilege, { body }, options),
    revoke: (username, options) => call(operations.revokePrivilege, { body: { username } }, options),
    collections: (options) =>
      wholeList(operations.listCollections, () => call(operations.listCollections, {}, options)),
    emptyCollection: (name, options) =>
      call(operations.emptyCollection, { params: { name }, query: { confirm: name } }, options),
    audit: ({ since, ...range } = {}, options) =>
      list(
        operations.listAudit,
        range,
        (part) => call(operations.listAudit, { query: { since, ...part } }, options),
        options,
      ),
    backups: {
      list: (options) => wholeList(operations.listBackups, () => call(operations.listBackups, {}, options)),
      create: (options) => call(operations.createBackup, {}, options),
      restore: (file, options) => call(operations.restoreBackup, { body: { file } }, options),
    },
  }),
};
