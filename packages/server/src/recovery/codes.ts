/** The table `one_time_code`: codes that prove for half an hour, once, that their holder may speak for an account. */
import type { Clock, Unit } from '@palestra/core';
import { insertOnce } from '../database/insert-once.js';
import type { Database } from '../database/types.js';
import { hashOfCode } from './code-text.js';

/** A new password, or that an email address is the holder's. */
export type CodePurpose = 'recovery' | 'email';

export interface StoredCode {
  readonly hash: string;
  readonly accountId: number;
  /** Where it was sent; null if a person handed it over. */
  readonly email: string | null;
}

interface NewCode {
  readonly code: string;
  readonly purpose: CodePurpose;
  readonly accountId: number;
  readonly email: string | null;
}

const codeLifetimeMs: number = 30 * 60_000;

export interface Codes {
  /** When it expires. A code that is there already stays as it is. */
  add(code: NewCode, unit: Unit): Promise<number>;
  /** Undefined for a code that is wrong, spent, expired, or for another purpose. */
  find(code: string, purpose: CodePurpose): Promise<StoredCode | undefined>;
  /** False if it was spent or has expired meanwhile. */
  spend(code: StoredCode, unit: Unit): Promise<boolean>;
  /** Every code of the account for this purpose. */
  spendAll(accountId: number, purpose: CodePurpose, unit: Unit): Promise<void>;
  purge(): Promise<void>;
}

export function createCodes(database: Database, clock: Clock): Codes {
  const statements = createStatements(database);
  return {
    async add({ code, purpose, accountId, email }, unit) {
      const expires_at = clock.now() + codeLifetimeMs;
      const row = { hash: hashOfCode(code), account_id: accountId, purpose, email, expires_at };
      await insertOnce(statements.insert, row, unit);
      return expires_at;
    },
    find: (code, purpose) => statements.find.first({ hash: hashOfCode(code), purpose, now: clock.now() }),
    spend: async ({ hash }, unit) => (await statements.spend.run({ hash, now: clock.now() }, unit)).affected === 1,
    spendAll: async (account_id, purpose, unit) =>
      void (await statements.spendAll.run({ account_id, purpose, now: clock.now() }, unit)),
    purge: async () => void (await statements.purge.run({ now: clock.now() })),
  };
}

function createStatements(database: Database) {
  const table = 'one_time_code';
  return {
    insert: database.statement((knex, parameter) =>
      knex(table).insert(parameter.each(['hash', 'account_id', 'purpose', 'email', 'expires_at'])),
    ),
    find: database.statement<StoredCode>((knex, parameter) =>
      knex(table)
        .select({ hash: 'hash', accountId: 'account_id', email: 'email' })
        .where({ ...parameter.each(['hash', 'purpose']), spent_at: null })
        .where('expires_at', '>', parameter('now')),
    ),
    spend: database.statement((knex, parameter) =>
      knex(table)
        .where({ hash: parameter('hash'), spent_at: null })
        .where('expires_at', '>', parameter('now'))
        .update({ spent_at: parameter('now') }),
    ),
    spendAll: database.statement((knex, parameter) =>
      knex(table)
        .where({ ...parameter.each(['account_id', 'purpose']), spent_at: null })
        .update({ spent_at: parameter('now') }),
    ),
    purge: database.statement((knex, parameter) => knex(table).where('expires_at', '<=', parameter('now')).delete()),
  };
}
