/** The sessions of accounts, one family of refresh tokens each. */
import type { Unit } from '@palestra/core';
import type { RefreshTokenStore } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import { createRefreshTokenStatements } from './refresh-token-statements.js';
import type { SessionStore } from './session-store.js';

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
  readonly sessions: SessionStore;
}

/** A used token is kept so long after its family expired, to tell reuse from an unknown token. */
const keptAfterExpiryMs = 24 * 60 * 60_000;

export function createRefreshTokenStore(options: RefreshTokenStoreOptions): RefreshTokens {
  const { database, accounts, sessions } = options;
  const statements = createRefreshTokenStatements(database);

  return {
    find: (hash) => statements.byHash.first({ hash }),
    insert: (row, { agent, ip } = { agent: null, ip: '' }) =>
      database.unitOfWork(async (unit) => {
        const { family: id, accountId, issuedAt, expiresAt } = row;
        const times = { createdAt: issuedAt, lastUsedAt: issuedAt, expiresAt };
        await sessions.begin({ id, accountId, agent, ip, ...times }, unit);
        await statements.insert.run({ ...row }, unit);
      }),
    findSuccessor: ({ family, generation }) => statements.byGeneration.first({ family, generation: generation + 1 }),
    rotate: (hash, now, successorOf) =>
      database.unitOfWork(async (unit) => {
        const { affected } = await statements.use.run({ hash, now }, unit);
        const parent = affected === 1 ? await statements.byHash.first({ hash }, unit) : undefined;
        if (!parent) return undefined;
        const successor = successorOf(parent);
        await statements.insert.run({ ...successor }, unit);
        await sessions.touch(parent.family, now, successor.expiresAt, unit);
        return successor;
      }),
    revokeFamily: ({ family, accountId }, now) =>
      database.unitOfWork(async (unit) => {
        await statements.revokeFamily.run({ family, now }, unit);
        await sessions.end(family, accountId, now, unit);
      }),
    revokeReused: ({ family, accountId }, now) =>
      database.unitOfWork(async (unit) => {
        const { affected } = await statements.revokeFamily.run({ family, now }, unit);
        await sessions.end(family, accountId, now, unit);
        // Only the call that ends the family ends the access tokens, or any old token could do it again and again.
        if (affected > 0) await accounts.endAccessTokens(accountId, unit);
      }),
    async revokeAll(accountId, now, unit) {
      await statements.revokeAll.run({ account_id: accountId, now }, unit);
      await sessions.endAll(accountId, undefined, now, unit);
    },
    purge: async (now) => void (await statements.purge.run({ before: now - keptAfterExpiryMs })),
  };
}
