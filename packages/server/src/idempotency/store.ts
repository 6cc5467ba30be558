/** The table of idempotency keys. Each statement is one conditional write, so that of many callers one executes. */
import { insertOnce } from '../database/insert-once.js';
import type { Database, Unit } from '../database/types.js';

export interface KeyRow {
  readonly use_id: string;
  readonly fingerprint: string;
  readonly fence: string;
  readonly leased_until: number;
  readonly answer: string | null;
  readonly created_at: number;
}

/** What a claim writes; the same columns for a new key and for one whose retention has passed. */
export interface NewKey extends Omit<KeyRow, 'answer'> {
  readonly digest: string;
}

export interface IdempotencyKeys {
  find(digest: string): Promise<KeyRow | undefined>;
  /** False if the key is there already. */
  insert(key: NewKey): Promise<boolean>;
  /** Begins a new use of a key that was created before `before`; false if another caller was first. */
  renew(key: NewKey, before: number): Promise<boolean>;
  /** Takes an execution over from `from`, whose lease has ended; false if another caller was first. */
  takeOver(claim: { digest: string; from: string; fence: string; until: number; now: number }): Promise<boolean>;
  /** False if the execution was taken over or is finished. */
  finish(claim: { digest: string; fence: string; answer: string }, unit?: Unit): Promise<boolean>;
  /** Lets the next call with the key execute at once. */
  release(digest: string, fence: string): Promise<void>;
  /** Deletes keys that were created before; returns how many. */
  purge(before: number): Promise<number>;
}

const table = 'idempotency_key';
const claimColumns = [
  'use_id',
  'fingerprint',
  'fence',
  'leased_until',
  'created_at',
] as const satisfies readonly (keyof KeyRow)[];
const rowColumns = [...claimColumns, 'answer'] as const satisfies readonly (keyof KeyRow)[];

export function createIdempotencyKeys(database: Database): IdempotencyKeys {
  const statements = createStatements(database);
  return {
    find: (digest) => statements.find.first({ digest }),
    insert: (key) => insertOnce(statements.insert, { ...key }),
    renew: async (key, before) => (await statements.renew.run({ ...key, before })).affected === 1,
    takeOver: async (claim) => (await statements.takeOver.run(claim)).affected === 1,
    finish: async (claim, unit) => (await statements.finish.run(claim, unit)).affected === 1,
    release: async (digest, fence) => void (await statements.release.run({ digest, fence })),
    purge: async (before) => (await statements.purge.run({ before })).affected,
  };
}

function createStatements(database: Database) {
  return {
    find: database.statement<KeyRow>((knex, parameter) =>
      knex(table).select(rowColumns).where('digest', parameter('digest')),
    ),
    insert: database.statement((knex, parameter) => knex(table).insert(parameter.each(['digest', ...claimColumns]))),
    renew: database.statement((knex, parameter) =>
      knex(table)
        .where('digest', parameter('digest'))
        .where('created_at', '<', parameter('before'))
        .update({ ...parameter.each(claimColumns), answer: null }),
    ),
    takeOver: database.statement((knex, parameter) =>
      knex(table)
        .where({ digest: parameter('digest'), fence: parameter('from') })
        .where('leased_until', '<=', parameter('now'))
        .whereNull('answer')
        .update({ fence: parameter('fence'), leased_until: parameter('until') }),
    ),
    finish: database.statement((knex, parameter) =>
      knex(table)
        .where(parameter.each(['digest', 'fence']))
        .whereNull('answer')
        .update(parameter.each(['answer'])),
    ),
    release: database.statement((knex, parameter) =>
      knex(table)
        .where(parameter.each(['digest', 'fence']))
        .whereNull('answer')
        .update({ leased_until: 0 }),
    ),
    purge: database.statement((knex, parameter) => knex(table).where('created_at', '<', parameter('before')).delete()),
  };
}
