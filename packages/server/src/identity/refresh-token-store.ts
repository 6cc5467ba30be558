/** The table `refresh_token`, with every statement that reads or writes it. */
import type { Unit } from '@palestra/core';
import type { RefreshTokenRow, RefreshTokenStore } from '@palestra/core/auth';
import type { Knex } from 'knex';
import type { Database } from '../database/types.js';
import type { Revocations } from './revocations.js';

export interface RefreshTokens extends RefreshTokenStore {
  /** Ends every session of an account. */
  revokeAll(accountId: number, now: number, unit: Unit): Promise<void>;
  /** Deletes what can no longer matter: families that have been expired for a day. */
  purge(now: number): Promise<void>;
}

export interface RefreshTokenStoreOptions {
  readonly database: Database;
  /** The store of accounts. */
  readonly accounts: { endAccessTokens(id: number, unit: Unit): Promise<boolean> };
  readonly revocations: Revocations;
}

/** A used token is kept so long after its family expired, to tell reuse from an unknown token. */
const keptAfterExpiryMs = 24 * 60 * 60_000;

const columns: Readonly<Record<keyof RefreshTokenRow, string>> = {
  hash: 'hash',
  accountId: 'account_id',
  family: 'family',
  generation: 'generation',
  parent: 'parent',
  issuedAt: 'issued_at',
  usedAt: 'used_at',
  revokedAt: 'revoked_at',
  expiresAt: 'expires_at',
  familyExpiresAt: 'family_expires_at',
};

/** Counts the tokens of a session that are neither used nor revoked: 1 while the session lives. */
export function liveTokens(knex: Knex, family: Knex.Raw): Knex.QueryBuilder {
  return knex('refresh_token').count('*').where({ family, used_at: null, revoked_at: null });
}

export function createRefreshTokenStore(options: RefreshTokenStoreOptions): RefreshTokens {
  const { database, accounts, revocations } = options;
  const statements = createStatements(database);

  return {
    find: (hash) => statements.byHash.first({ hash }),
    insert: async (row) => void (await statements.insert.run({ ...row })),
    findSuccessor: ({ family, generation }) => statements.byGeneration.first({ family, generation: generation + 1 }),
    rotate: (hash, now, successorOf) =>
      database.unitOfWork(async (unit) => {
        const { affected } = await statements.use.run({ hash, now }, unit);
        const parent = affected === 1 ? await statements.byHash.first({ hash }, unit) : undefined;
        if (!parent) return undefined;
        const successor = successorOf(parent);
        await statements.insert.run({ ...successor }, unit);
        return successor;
      }),
    async revokeFamily(family, now) {
      await statements.revokeFamily.run({ family, now });
      revocations.announce();
    },
    revokeReused: ({ family, accountId }, now) =>
      database.unitOfWork(async (unit) => {
        const { affected } = await statements.revokeFamily.run({ family, now }, unit);
        // Only the call that ends the family ends the access tokens, or any old token could do it again and again.
        if (affected > 0) await accounts.endAccessTokens(accountId, unit);
        revocations.announce(unit);
      }),
    async revokeAll(accountId, now, unit) {
      await statements.revokeAll.run({ account_id: accountId, now }, unit);
      revocations.announce(unit);
    },
    purge: async (now) => void (await statements.purge.run({ before: now - keptAfterExpiryMs })),
  };
}

function createStatements(database: Database) {
  return {
    insert: database.statement((knex, parameter) => knex('refresh_token').insert(parameter.each(columns))),
    byHash: database.statement<RefreshTokenRow>((knex, parameter) =>
      knex('refresh_token')
        .select(columns)
        .where(parameter.each(['hash'])),
    ),
    // Through the family's index: at most one token is of a generation.
    byGeneration: database.statement<RefreshTokenRow>((knex, parameter) =>
      knex('refresh_token')
        .select(columns)
        .where(parameter.each(['family', 'generation'])),
    ),
    use: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ hash: parameter('hash'), used_at: null, revoked_at: null })
        .where('expires_at', '>', parameter('now'))
        .update({ used_at: parameter('now') }),
    ),
    revokeFamily: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ family: parameter('family'), revoked_at: null })
        .update({ revoked_at: parameter('now') }),
    ),
    revokeAll: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ account_id: parameter('account_id'), revoked_at: null })
        .update({ revoked_at: parameter('now') }),
    ),
    purge: database.statement((knex, parameter) =>
      knex('refresh_token').where('family_expires_at', '<', parameter('before')).delete(),
    ),
  };
}
