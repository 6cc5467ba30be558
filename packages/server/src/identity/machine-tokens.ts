/** Tokens of machines: without `exp`, each alive as long as its row says so. */
import type { MachineScope, MachineTokens, UnitRef } from '@palestra/core';
import type { Clock, Tokens } from '@palestra/core/auth';
import type { Database, Unit } from '../database/types.js';

export interface MachineTokenState {
  readonly scope: MachineScope;
  readonly revoked: boolean;
}

export interface MachineTokenOptions {
  readonly database: Database;
  readonly tokens: Tokens;
  readonly clock: Clock;
  /** Called after a commit that ended a token. */
  readonly changed: () => void;
}

export interface StoredMachineTokens extends MachineTokens {
  /** Undefined for a token that was never issued here. */
  state(tokenId: string): Promise<MachineTokenState | undefined>;
}

export function createMachineTokens({ database, tokens, clock, changed }: MachineTokenOptions): StoredMachineTokens {
  const byId = database.statement((knex, parameter) =>
    knex('machine_token')
      .select(['scope', 'revoked_at'])
      .where({ id: parameter('id') }),
  );
  const insert = database.statement((knex, parameter) =>
    knex('machine_token').insert({
      id: parameter('id'),
      scope: parameter('scope'),
      subject: parameter('subject'),
      issued_at: parameter('now'),
    }),
  );
  const revoke = database.statement((knex, parameter) =>
    knex('machine_token')
      .where({ id: parameter('id'), revoked_at: null })
      .update({ revoked_at: parameter('now') }),
  );
  return {
    async state(tokenId) {
      const row = await byId.first({ id: tokenId });
      return row && { scope: row.scope as MachineScope, revoked: row.revoked_at !== null };
    },
    async issue(scope, subject, unit) {
      const issued = tokens.issueMachine(scope, subject);
      await insert.run({ id: issued.tokenId, scope, subject, now: clock.now() }, unitOf(unit));
      return issued;
    },
    async revoke(tokenId, unit) {
      const { affected } = await revoke.run({ id: tokenId, now: clock.now() }, unitOf(unit));
      afterCommit(unit, changed);
      return affected === 1;
    },
  };
}

/** Other plugins hand back the unit that the host gave them, of which core's types show only a part. */
export function unitOf(unit: UnitRef | undefined): Unit | undefined {
  return unit as Unit | undefined;
}

export function afterCommit(unit: UnitRef | undefined, action: () => void): void {
  const open = unitOf(unit);
  if (open) open.afterCommit(action);
  else action();
}
