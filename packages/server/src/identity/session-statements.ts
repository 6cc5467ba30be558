/** The SQL of the table `session`; nothing else in the server writes it. */
import type { SessionOrigin } from '@palestra/core/auth';
import type { Knex } from 'knex';
import type { Database, Statement } from '../database/types.js';

export interface StoredSession extends SessionOrigin {
  readonly id: string;
  readonly accountId: number;
  readonly createdAt: number;
  /** When it was signed in or refreshed. */
  readonly lastUsedAt: number;
  /** When it ends unless it is refreshed. */
  readonly expiresAt: number;
}

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

export interface SessionStatements {
  readonly insert: Statement;
  readonly touch: Statement;
  readonly list: Statement<StoredSession>;
  readonly end: Statement;
  readonly endAll: Statement;
  readonly purge: Statement;
}

export function createSessionStatements(database: Database): SessionStatements {
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
