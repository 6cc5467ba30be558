/** What administrators and commands change of accounts and tokens, each in one transaction with its audit entry. */
import { formatId, type Role, type Unit } from '@palestra/core';
import type { Database } from '../database/types.js';
import type { Grantor, RoleChange } from '../identity/privileges.js';
import type { IdentityService } from '../identity/service.js';
import type { People, PersonalExport } from '../personal-data/types.js';
import type { Audit, AuditActor, AuditEvent } from '../plugin/audit.js';

interface NewStaffAccount {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
}

export interface AccountAdministration {
  /** See `Privileges.assign`; without an entry where the account had the role already. */
  assign(actor: AuditActor, grantor: Grantor, assignment: RoleAssignment): Promise<RoleChange>;
  /** @throws PalestraError 400 for a name or password that is not accepted, 409 for a name that is taken */
  add(actor: AuditActor, person: NewStaffAccount): Promise<void>;
  /**
   * Gives an account a new password, and ends its tokens and sessions.
   * @throws PalestraError 400 for a password that is not accepted, 404 for an unknown name
   */
  setPassword(actor: AuditActor, username: string, password: string): Promise<void>;
  /** @throws PalestraError 404 for an unknown name, 409 for the last DBA */
  setDisabled(actor: AuditActor, username: string, disabled: boolean): Promise<void>;
  /** Deletes an account with all that is about the person. @throws PalestraError 404, 409 for the last DBA */
  remove(actor: AuditActor, username: string): Promise<void>;
  /** Everything that names the person. @throws PalestraError 404 */
  export(username: string): Promise<PersonalExport>;
  /** Ends a machine's token; false if there is no valid one with this id. */
  revokeToken(actor: AuditActor, tokenId: string): Promise<boolean>;
  /** Ends every token and session of an account; false for an unknown one. */
  endTokens(actor: AuditActor, accountId: number): Promise<boolean>;
  /** The token of the secure provisioner; a new one if the last was revoked. */
  provisioner(actor: AuditActor): Promise<string>;
  /** Audits what is done outside the database: keys rotated, a backup written. */
  record(actor: AuditActor, event: AuditEvent): Promise<void>;
}

interface RoleAssignment {
  readonly username: string;
  readonly role: Role;
  /** The word for it in the audit. */
  readonly verb: Verb;
}

export type Verb = 'grant' | 'revoke';

export interface AdministrationOptions {
  readonly database: Database;
  readonly identity: IdentityService;
  readonly people: People;
  readonly audit: Audit;
}

export function createAccountAdministration({
  database,
  identity,
  people,
  audit,
}: AdministrationOptions): AccountAdministration {
  return {
    assign: (actor, grantor, { username, role, verb }) =>
      database.unitOfWork(async (unit) => {
        const change = await identity.privileges.assign(grantor, username, role, unit);
        if (change.from !== change.to) await recordChange(actor, change, verb, unit);
        return change;
      }),

    async add(actor, { username, password, role }) {
      const person = { username, password, role, email: null, firstName: null, lastName: null, address: null };
      await identity.registration.register(person, (unit, id) =>
        audit.record(unit, actor, { action: 'account.create', object: objectOf(id), detail: { username, role } }),
      );
    },

    async setPassword(actor, username, password) {
      await identity.credentials.resetPassword(password, async (unit) => {
        const { id } = await identity.privileges.named(username, unit);
        await audit.record(unit, actor, { action: 'account.password', object: objectOf(id) });
        return id;
      });
    },

    setDisabled: (actor, username, disabled) =>
      database.unitOfWork(async (unit) =>
        people.setDisabled(await identity.privileges.named(username, unit), disabled, actor, unit),
      ),

    remove: (actor, username) =>
      database.unitOfWork(async (unit) => people.remove(await identity.privileges.named(username, unit), actor, unit)),

    export: async (username) =>
      people.export(await database.unitOfWork((unit) => identity.privileges.named(username, unit))),

    revokeToken: (actor, tokenId) =>
      database.unitOfWork(async (unit) => {
        const revoked = await identity.machines.revoke(tokenId, unit);
        if (revoked) await audit.record(unit, actor, { action: 'token.revoke', object: `token/${tokenId}` });
        return revoked;
      }),

    endTokens: (actor, accountId) =>
      database.unitOfWork(async (unit) => {
        const ended = await identity.privileges.endTokens(accountId, unit);
        const object = objectOf(accountId);
        if (ended) await audit.record(unit, actor, { action: 'account.end_tokens', object });
        return ended;
      }),

    provisioner: (actor) =>
      database.unitOfWork(async (unit) => {
        const { token, tokenId, isNew } = await identity.machines.provisioner(unit);
        if (isNew) await audit.record(unit, actor, { action: 'token.issue', object: `token/${tokenId}` });
        return token;
      }),

    record,
  };

  function record(actor: AuditActor, event: AuditEvent): Promise<void> {
    return database.unitOfWork((unit) => audit.record(unit, actor, event));
  }

  function recordChange(actor: AuditActor, change: RoleChange, verb: Verb, unit: Unit): Promise<void> {
    const { accountId, username, from, to } = change;
    const object = objectOf(accountId);
    return audit.record(unit, actor, { action: `privilege.${verb}`, object, detail: { username, from, to } });
  }
}

function objectOf(accountId: number): string {
  return `account/${formatId(accountId)}`;
}
