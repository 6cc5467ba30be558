/** Changes to people, each in one transaction with the entry that tells of it. */
import { formatId, type Role } from '@palestra/core';
import type { Database, Unit } from '../database/types.js';
import type { Grantor, IdentityService, RoleChange } from '../identity/index.js';
import type { Audit, AuditActor, AuditEvent } from '../plugin/audit.js';

export interface NewPerson {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
}

export interface People {
  /** See `Privileges.assign`; a role the account had already is no entry. */
  assign(actor: AuditActor, grantor: Grantor, wish: { username: string; role: Role; verb: Verb }): Promise<RoleChange>;
  /** @throws PalestraError 400 for a name or password that is not accepted, 409 for a name that is taken */
  add(actor: AuditActor, person: NewPerson): Promise<void>;
  /** Ends a machine's token; false if there is none alive with this id. */
  revokeToken(actor: AuditActor, tokenId: string): Promise<boolean>;
  /** Ends every token and session of a person; false for nobody. */
  endTokens(actor: AuditActor, accountId: number): Promise<boolean>;
  /** The token of the secure provisioner; a new one if the last was revoked. */
  provisioner(actor: AuditActor): Promise<string>;
  /** For what is done outside the database: keys made, a backup written. */
  note(actor: AuditActor, event: AuditEvent): Promise<void>;
}

export type Verb = 'grant' | 'revoke';

export interface PeopleOptions {
  readonly database: Database;
  readonly identity: IdentityService;
  readonly audit: Audit;
}

export function createPeople({ database, identity, audit }: PeopleOptions): People {
  return {
    assign: (actor, grantor, { username, role, verb }) =>
      database.unitOfWork(async (unit) => {
        const change = await identity.privileges.assign(grantor, username, role, unit);
        if (change.from !== change.to) await recordChange(actor, change, verb, unit);
        return change;
      }),

    async add(actor, { username, password, role }) {
      const person = { username, password, role, email: null, firstName: null, lastName: null, address: null };
      await identity.registration.register(person, (unit) =>
        audit.record(unit, actor, { action: 'account.create', object: 'account', detail: { username, role } }),
      );
    },

    revokeToken: (actor, tokenId) =>
      database.unitOfWork(async (unit) => {
        const revoked = await identity.machines.revoke(tokenId, unit);
        if (revoked) await audit.record(unit, actor, { action: 'token.revoke', object: `token/${tokenId}` });
        return revoked;
      }),

    endTokens: (actor, accountId) =>
      database.unitOfWork(async (unit) => {
        const ended = await identity.privileges.endTokens(accountId, unit);
        const object = `account/${formatId(accountId)}`;
        if (ended) await audit.record(unit, actor, { action: 'account.end_tokens', object });
        return ended;
      }),

    async provisioner(actor) {
      const { token, tokenId, isNew } = await identity.machines.provisioner();
      if (isNew) await note(actor, { action: 'token.issue', object: `token/${tokenId}` });
      return token;
    },

    note,
  };

  function note(actor: AuditActor, event: AuditEvent): Promise<void> {
    return database.unitOfWork((unit) => audit.record(unit, actor, event));
  }

  function recordChange(actor: AuditActor, change: RoleChange, verb: Verb, unit: Unit): Promise<void> {
    const { accountId, username, from, to } = change;
    const object = `account/${formatId(accountId)}`;
    return audit.record(unit, actor, { action: `privilege.${verb}`, object, detail: { username, from, to } });
  }
}
