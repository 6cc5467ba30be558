/** Refresh tokens and used seals in the database. */
import type { RefreshTokenRow, RefreshTokenStore, ReplayStore } from '@palestra/core/auth';
import { databaseFault } from '../database/errors.js';
import type { Database, Row, Unit } from '../database/types.js';

const day = 24 * 60 * 60 * 1000;

/** `changed` is called after each commit that ends tokens. */
export function createRefreshTokenStore(database: Database, changed: () => void): RefreshTokenStore {
  const columns = Object.keys(toRow(emptyRow));
  const insert = database.statement((knex, parameter) =>
    knex('refresh_token').insert(Object.fromEntries(columns.map((column) => [column, parameter(column)]))),
  );
  const byHash = database.statement((knex, parameter) =>
    knex('refresh_token')
      .select(columns)
      .where({ hash: parameter('hash') }),
  );
  // Through the family's index: at most one token is of the next generation.
  const successor = database.statement((knex, parameter) =>
    knex('refresh_token')
      .select(columns)
      .where({ family: parameter('family'), generation: parameter('generation') }),
  );
  const use = database.statement((knex, parameter) =>
    knex('refresh_token')
      .where({ hash: parameter('hash'), used_at: null, revoked_at: null })
      .where('expires_at', '>', parameter('now'))
      .update({ used_at: parameter('used_at') }),
  );
  const revoke = database.statement((knex, parameter) =>
    knex('refresh_token')
      .where({ family: parameter('family'), revoked_at: null })
      .update({ revoked_at: parameter('now') }),
  );
  const endTokens = database.statement((knex, parameter) =>
    knex('account')
      .where({ id: parameter('id') })
      .update({ token_version: knex.raw('token_version + 1') }),
  );

  async function find(hash: string, unit?: Unit): Promise<RefreshTokenRow | undefined> {
    const row = await byHash.first({ hash }, unit);
    return row && fromRow(row);
  }

  return {
    find: (hash) => find(hash),
    async insert(row) {
      await insert.run(toRow(row));
    },
    async findSuccessor({ family, generation }) {
      const row = await successor.first({ family, generation: generation + 1 });
      return row && fromRow(row);
    },
    rotate: (hash, now, make) =>
      database.unitOfWork(async (unit) => {
        const { affected } = await use.run({ hash, now, used_at: now }, unit);
        const parent = affected === 1 ? await find(hash, unit) : undefined;
        if (!parent) return undefined;
        const row = make(parent);
        await insert.run(toRow(row), unit);
        return row;
      }),
    async revokeFamily(family, now) {
      await revoke.run({ family, now });
      changed();
    },
    punishReuse: ({ family, accountId }, now) =>
      database.unitOfWork(async (unit) => {
        const { affected } = await revoke.run({ family, now }, unit);
        // Only the call that ends the family ends the access tokens, or any old token could do it again and again.
        if (affected > 0) await endTokens.run({ id: accountId }, unit);
        unit.afterCommit(changed);
      }),
  };
}

export function createReplayStore(database: Database): ReplayStore {
  const insert = database.statement((knex, parameter) =>
    knex('sealed_use').insert({ id: parameter('id'), expires_at: parameter('expires_at') }),
  );
  return {
    async use(id, expiresAt) {
      try {
        await insert.run({ id, expires_at: expiresAt });
        return true;
      } catch (error) {
        if (databaseFault(error)?.kind === 'duplicate') return false;
        throw error;
      }
    },
  };
}

/** Deletes what can no longer matter; a used token is kept a day longer than its family, to tell reuse from nonsense. */
export function createPurge(database: Database): (now: number) => Promise<void> {
  const tokens = database.statement((knex, parameter) =>
    knex('refresh_token').where('family_expires_at', '<', parameter('before')).delete(),
  );
  const seals = database.statement((knex, parameter) =>
    knex('sealed_use').where('expires_at', '<', parameter('before')).delete(),
  );
  return async (now) => {
    await tokens.run({ before: now - day });
    await seals.run({ before: now });
  };
}

const emptyRow: RefreshTokenRow = {
  hash: '',
  accountId: 0,
  family: '',
  generation: 0,
  parent: null,
  issuedAt: 0,
  usedAt: null,
  revokedAt: null,
  expiresAt: 0,
  familyExpiresAt: 0,
};

function toRow(row: RefreshTokenRow) {
  return {
    hash: row.hash,
    account_id: row.accountId,
    family: row.family,
    generation: row.generation,
    parent: row.parent,
    issued_at: row.issuedAt,
    used_at: row.usedAt,
    revoked_at: row.revokedAt,
    expires_at: row.expiresAt,
    family_expires_at: row.familyExpiresAt,
  };
}

function fromRow(row: Row): RefreshTokenRow {
  return {
    hash: row.hash as string,
    accountId: row.account_id as number,
    family: row.family as string,
    generation: row.generation as number,
    parent: row.parent as string | null,
    issuedAt: row.issued_at as number,
    usedAt: row.used_at as number | null,
    revokedAt: row.revoked_at as number | null,
    expiresAt: row.expires_at as number,
    familyExpiresAt: row.family_expires_at as number,
  };
}
