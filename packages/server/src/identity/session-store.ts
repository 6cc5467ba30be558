/** The table `session`: every sign-in with what it came from. Its row says whether the tokens of a sign-in are valid. */
import type { Unit } from '@palestra/core';
import type { SessionOrigin } from '@palestra/core/auth';
import type { Knex } from 'knex';
import type { Database } from '../database/types.js';
import type { Revocations } from './revocations.js';

export interface StoredSession extends SessionOrigin {
  readonly id: string;
  readonly accountId: number;
  readonly createdAt: number;
  /** When it was signed in or refreshed. */
  readonly lastUsedAt: number;
  /** When it ends unless it is refreshed. */
  readonly expiresAt: number;
}

export interface SessionStore {
  begin(session: StoredSession, unit?: Unit): Promise<void>;
  /** It was refreshed. */
  touch(id: string, now: number, expiresAt: number, unit: Unit): Promise<void>;
  /** Those that have neither ended nor expired, the newest first. */
  list(accountId: number, now: number): Promise<StoredSession[]>;
  /** Ends its tokens; false if the account has no such session that goes on. */
  end(id: string, accountId: number, now: number, unit: Unit): Promise<boolean>;
  /** Ends all of the account but `except`; how many. */
  endAll(accountId: number, except: string | undefined, now: number, unit: Unit): Promise<number>;
  /** Deletes those whose tokens have all expired. */
  purge(now: number): Promise<void>;
}

/** No access token of a session outlives its refresh token by more than a day. */
const keptAfterExpiryMs = 2 * 24 * 60 * 60_000;
const longestAgent = 200;

const columns: Readonly<Record<keyof StoredSession, string>> = {
  id: 'id',
  accountId: 'account_id',
  agent: 'agent',
  ip: 'ip',
  createdAt: 'created_at',
  lastUsedAt: 'last_used_at',
  expiresAt: 'expires_at',
};

/** 1 while the session goes on. */
export function livingSession(knex: Knex, id: Knex.Raw): Knex.QueryBuilder {
  return knex('session').count('*').where({ id, ended_at: null });
}

export function createSessionStore(database: Database, revocations: Revocations): SessionStore {
  const statements = createStatements(database);
  return {
    begin: async (session, unit) =>
      void (await statements.insert.run({ ...session, agent: shownAgent(session.agent) }, unit)),
    touch: async (id, now, expiresAt, unit) => void (await statements.touch.run({ id, now, expiresAt }, unit)),
    list: (accountId, now) => statements.list.all({ accountId, now }),
    async end(id, accountId, now, unit) {
      const { affected } = await statements.end.run({ id, accountId, now }, unit);
      revocations.announce(unit);
      return affected === 1;
    },
    async endAll(accountId, except, now, unit) {
      const { affected } = await statements.endAll.run({ accountId, except: except ?? '', now }, unit);
      revocations.announce(unit);
      return affected;
    },
    purge: async (now) => void (await statements.purge.run({ before: now - keptAfterExpiryMs })),
  };
}

/** As it is shown to people: short, and without what cannot be seen. */
function shownAgent(agent: string | null): string | null {
  const text = agent?.replaceAll(/\p{C}/gu, '').slice(0, longestAgent) ?? '';
  return text === '' ? null : text;
}

function createStatements(database: Database) {
  return {
    insert: database.statement((knex, parameter) => knex('session').insert(parameter.each(columns))),
    touch: database.statement((knex, parameter) =>
      knex('session')
        .where({ id: parameter('id') })
        .update({ last_used_at: parameter('now'), expires_at: parameter('expiresAt') }),
    ),
    list: database.statement<StoredSession>((knex, parameter) =>
      knex('session')
        .select(columns)
        .where({ account_id: parameter('accountId'), ended_at: null })
        .where('expires_at', '>', parameter('now'))
        .orderBy([{ column: 'created_at', order: 'desc' }, 'id']),
    ),
    end: database.statement((knex, parameter) =>
      knex('session')
        .where({ id: parameter('id'), account_id: parameter('accountId'), ended_at: null })
        .update({ ended_at: parameter('now') }),
    ),
    endAll: database.statement((knex, parameter) =>
      knex('session')
        .where({ account_id: parameter('accountId'), ended_at: null })
        .whereNot({ id: parameter('except') })
        .update({ ended_at: parameter('now') }),
    ),
    purge: database.statement((knex, parameter) =>
      knex('session').where('expires_at', '<', parameter('before')).delete(),
    ),
  };
}
