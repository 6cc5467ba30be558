/** Tokens of machines: without `exp`, each alive as long as its row says so, and made again from it. */
import { randomUUID } from 'node:crypto';
import type { Clock, IssuedMachineToken, MachineScope, MachineTokens, Unit } from '@palestra/core';
import type { Tokens } from '@palestra/core/auth';
import { afterCommit } from '../database/after-commit.js';
import type { Database } from '../database/types.js';

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
  /** The one of the secure provisioner, made again from its row; a new row only where none is alive. */
  provisioner(): Promise<IssuedMachineToken & { readonly isNew: boolean }>;
  /** Makes that row. */
  issueProvisioner(unit: Unit): Promise<IssuedMachineToken>;
}

/** There is one (second seed, chapter 4: "Amount 1"). */
const provisioner = { scope: 'secure_provisioner', subject: 'provisioner' } as const;

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
  const alive = database.statement((knex, parameter) =>
    knex('machine_token')
      .select(['id', 'issued_at'])
      .where({ scope: parameter('scope'), subject: parameter('subject'), revoked_at: null })
      .orderBy(['issued_at', 'id'])
      .limit(1),
  );
  const revoke = database.statement((knex, parameter) =>
    knex('machine_token')
      .where({ id: parameter('id'), revoked_at: null })
      .update({ revoked_at: parameter('now') }),
  );

  async function issue(scope: MachineScope, subject: string, unit?: Unit): Promise<IssuedMachineToken> {
    const token = { tokenId: randomUUID(), scope, subject, issuedAt: clock.now() };
    await insert.run({ id: token.tokenId, scope, subject, now: token.issuedAt }, unit);
    return { token: tokens.issueMachine(token), tokenId: token.tokenId };
  }

  return {
    issue,
    issueProvisioner: (unit) => issue(provisioner.scope, provisioner.subject, unit),
    async provisioner() {
      const row = await alive.first(provisioner);
      if (!row) return { ...(await issue(provisioner.scope, provisioner.subject)), isNew: true };
      const [tokenId, issuedAt] = [row.id as string, row.issued_at as number];
      return { token: tokens.issueMachine({ ...provisioner, tokenId, issuedAt }), tokenId, isNew: false };
    },
    async state(tokenId) {
      const row = await byId.first({ id: tokenId });
      return row && { scope: row.scope as MachineScope, revoked: row.revoked_at !== null };
    },
    async revoke(tokenId, unit) {
      const { affected } = await revoke.run({ id: tokenId, now: clock.now() }, unit);
      afterCommit(unit, changed);
      return affected === 1;
    },
  };
}
