/** Statements over idempotency keys: each a single conditional write, so that of many callers one executes. */
import { insertOnce } from '../database/insert-once.js';
import type { Database, Parameter, Statement, Unit } from '../database/types.js';

export interface KeyRow {
  readonly use_id: string;
  readonly fingerprint: string;
  readonly fence: string;
  readonly leased_until: number;
  readonly answer: string | null;
  readonly created_at: number;
}

/** What a claim writes; the same columns for a new key and for one whose time has passed. */
export interface NewKey {
  readonly digest: string;
  readonly use_id: string;
  readonly fingerprint: string;
  readonly fence: string;
  readonly leased_until: number;
  readonly created_at: number;
}

interface KeptAnswer {
  readonly digest: string;
  readonly fingerprint: string;
  readonly answer: string;
  readonly created_at: number;
}

export interface IdempotencyKeys {
  find(digest: string, unit?: Unit): Promise<KeyRow | undefined>;
  /** False if the key is known. */
  insert(key: NewKey): Promise<boolean>;
  /** Inserts a record with its answer, or replaces one made before `oldest`; false if the key is known. */
  keep(kept: KeptAnswer, oldest: number, unit?: Unit): Promise<boolean>;
  /** Inserts it at the end of the unit, which fails with a duplicate if the key is known. */
  keepLast(kept: KeptAnswer, unit: Unit): void;
  /** Begins a new use of a key that `before` says is older than the retention; false if another request was first. */
  renew(key: NewKey, before: number): Promise<boolean>;
  /** Takes an execution over from `from`, whose lease has ended; false if another request was first. */
  takeOver(claim: { digest: string; from: string; was: number; fence: string; until: number }): Promise<boolean>;
  /** Prolongs the lease of an execution. */
  extend(lease: { digest: string; fence: string; until: number }): Promise<void>;
  /** False if the execution was taken over or is finished. */
  finish(claim: { digest: string; fence: string; answer: string }, unit?: Unit): Promise<boolean>;
  /** Lets the next call with the key execute at once. */
  release(digest: string, fence: string): Promise<void>;
  /** Forgets keys made before; returns how many. */
  purge(before: number): Promise<number>;
}

const newKeyColumns = ['digest', 'use_id', 'fingerprint', 'fence', 'leased_until', 'created_at'] as const;
const keptColumns = [...newKeyColumns, 'answer'] as const;
/** What only an execution under a lease has. */
const unused = { use_id: '', fence: '', leased_until: 0 };
/** A record whose time has passed keeps its digest and nothing else. */
const renewedColumns = keptColumns.filter((column) => column !== 'digest');

export function createIdempotencyKeys(database: Database): IdempotencyKeys {
  const table = 'idempotency_key';
  const columns = ['use_id', 'fingerprint', 'fence', 'leased_until', 'answer', 'created_at'];
  const statements = {
    find: database.statement<KeyRow>((knex, parameter) =>
      knex(table).select(columns).where('digest', parameter('digest')),
    ),
    insert: database.statement((knex, parameter) => knex(table).insert(parameter.each(keptColumns))),
    renew: database.statement((knex, parameter) =>
      knex(table)
        .where('digest', parameter('digest'))
        .where('created_at', '<', parameter('before'))
        .update(parameter.each(renewedColumns)),
    ),
    takeOver: database.statement((knex, parameter) =>
      knex(table)
        .where({ digest: parameter('digest'), fence: parameter('from'), leased_until: parameter('was') })
        .whereNull('answer')
        .update({ fence: parameter('fence'), leased_until: parameter('until') }),
    ),
    extend: executing((parameter) => ({ leased_until: parameter('until') })),
    finish: executing((parameter) => ({ answer: parameter('answer') })),
    release: executing(() => ({ leased_until: 0 })),
    purge: database.statement((knex, parameter) => knex(table).where('created_at', '<', parameter('before')).delete()),
  };

  /** Changes a record that is still executed, by the process that executes it. */
  function executing(change: (parameter: Parameter) => object): Statement {
    return database.statement((knex, parameter) =>
      knex(table)
        .where({ digest: parameter('digest'), fence: parameter('fence') })
        .whereNull('answer')
        .update(change(parameter)),
    );
  }

  return {
    find: (digest, unit) => statements.find.first({ digest }, unit),
    insert: (key) => insertOnce(statements.insert, { ...key, answer: null }),
    async keep(kept, oldest, unit) {
      const row = { ...kept, ...unused };
      if (await insertOnce(statements.insert, row, unit)) return true;
      return (await statements.renew.run({ ...row, before: oldest }, unit)).affected === 1;
    },
    keepLast: (kept, unit) => statements.insert.runLast({ ...kept, ...unused }, unit),
    renew: async (key, before) => (await statements.renew.run({ ...key, answer: null, before })).affected === 1,
    takeOver: async (claim) => (await statements.takeOver.run(claim)).affected === 1,
    extend: async (lease) => void (await statements.extend.run(lease)),
    finish: async (claim, unit) => (await statements.finish.run(claim, unit)).affected === 1,
    release: async (digest, fence) => void (await statements.release.run({ digest, fence })),
    purge: async (before) => (await statements.purge.run({ before })).affected,
  };
}
