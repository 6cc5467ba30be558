/** Tokens of machines: without `exp`, each valid as long as its row says so, and issued again from that row. */
import { randomUUID } from 'node:crypto';
import type { Clock, IssuedMachineToken, MachineScope, MachineTokens, Unit } from '@palestra/core';
import type { Tokens } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Revocations } from './types.js';

export interface MachineTokenState {
  readonly scope: MachineScope;
  readonly revoked: boolean;
}

export interface MachineTokenOptions {
  readonly database: Database;
  readonly tokens: Tokens;
  readonly revocations: Revocations;
  readonly clock: Clock;
}

export interface StoredMachineTokens extends MachineTokens {
  /** Undefined for a token that was never issued here. */
  state(tokenId: string): Promise<MachineTokenState | undefined>;
  /** The one of the secure provisioner, issued again from its row; a new row only where none is valid, once for all who ask. */
  provisioner(unit: Unit): Promise<IssuedMachineToken & { readonly isNew: boolean }>;
  /** Inserts that row. */
  issueProvisioner(unit: Unit): Promise<IssuedMachineToken>;
}

interface MachineTokenRow {
  readonly tokenId: string;
  readonly scope: MachineScope;
  readonly subject: string;
  readonly issuedAt: number;
  readonly revokedAt: number | null;
}

const columns: Readonly<Record<keyof MachineTokenRow, string>> = {
  tokenId: 'id',
  scope: 'scope',
  subject: 'subject',
  issuedAt: 'issued_at',
  revokedAt: 'revoked_at',
};

/** There is one ("Amount 1", Starball API). */
const provisioner = { scope: 'secure_provisioner', subject: 'provisioner' } as const;

export function createMachineTokens(options: MachineTokenOptions): StoredMachineTokens {
  const { database, tokens, revocations, clock } = options;
  const statements = createStatements(database);

  async function issue(scope: MachineScope, subject: string, unit?: Unit): Promise<IssuedMachineToken> {
    const token = { tokenId: randomUUID(), scope, subject, issuedAt: clock.now() };
    await statements.insert.run({ ...token, revokedAt: null }, unit);
    return { token: tokens.issueMachine(token), tokenId: token.tokenId };
  }

  return {
    issue,
    issueProvisioner: (unit) => issue(provisioner.scope, provisioner.subject, unit),
    async provisioner(unit) {
      // Two that ask at once would both find none: the second waits here for the commit of the first.
      await statements.takeTurn.run({ now: clock.now() }, unit);
      const row = await statements.valid.first(provisioner, unit);
      if (!row) return { ...(await issue(provisioner.scope, provisioner.subject, unit)), isNew: true };
      return { token: tokens.issueMachine(row), tokenId: row.tokenId, isNew: false };
    },
    async state(tokenId) {
      const row = await statements.byId.first({ tokenId });
      return row && { scope: row.scope, revoked: row.revokedAt !== null };
    },
    async revoke(tokenId, unit) {
      const { affected } = await statements.revoke.run({ tokenId, now: clock.now() }, unit);
      revocations.announce(unit);
      return affected === 1;
    },
  };
}

function createStatements(database: Database) {
  return {
    byId: database.statement<MachineTokenRow>((knex, parameter) =>
      knex('machine_token')
        .select(columns)
        .where({ id: parameter('tokenId') }),
    ),
    insert: database.statement((knex, parameter) => knex('machine_token').insert(parameter.each(columns))),
    valid: database.statement<MachineTokenRow>((knex, parameter) =>
      knex('machine_token')
        .select(columns)
        .where({ ...parameter.each(['scope', 'subject']), revoked_at: null })
        .orderBy(['issued_at', 'id'])
        .limit(1),
    ),
    takeTurn: database.statement((knex, parameter) =>
      knex('identity_event')
        .insert({ name: 'provisioner_turn', happened_at: parameter('now') })
        .onConflict('name')
        .merge({ happened_at: parameter('now') }),
    ),
    revoke: database.statement((knex, parameter) =>
      knex('machine_token')
        .where({ id: parameter('tokenId'), revoked_at: null })
        .update({ revoked_at: parameter('now') }),
    ),
  };
}
