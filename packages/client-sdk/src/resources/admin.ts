/** `client.admin` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type List, type ListOptions, list, type Range, wholeList } from './list.js';
import type { ClientPlugin } from './plugin.js';

type Schemas = components['schemas'];

/** An account as administrators see it; without its password. @interface */
export type AdminUser = Schemas['AdminUser'];
/** Who did what to what, when and from where. @interface */
export type AuditEntry = Schemas['AuditEntry'];
/** A file with the whole database at one moment. @interface */
export type Backup = Schemas['Backup'];
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
  };
  /**
   * Gives an account a role, at most the caller's own. The account's tokens with another role end.
   * @throws ClientError `permission`, `not_found`, `conflict` (the last DBA stays the DBA)
   */
  grant(grant: PrivilegeGrant, options?: CallOptions): Promise<AdminUser>;
  /** Makes the account a player again, under the same rules. */
  revoke(username: string, options?: CallOptions): Promise<AdminUser>;
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
    },
    grant: (body, options) => call(operations.grantPrivilege, { body }, options),
    revoke: (username, options) => call(operations.revokePrivilege, { body: { username } }, options),
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
