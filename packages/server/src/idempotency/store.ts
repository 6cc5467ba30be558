/** Statements over idempotency keys: each a single conditional write, so that of many callers one executes. */
import type { Database, Unit } from '../database/types.js';

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

export interface KeyStore {
  find(digest: string): Promise<KeyRow | undefined>;
  /** Rejects with a duplicate if the key is known. */
  insert(key: NewKey): Promise<void>;
  /** Begins a new use of a key that `before` says is older than the retention; false if another caller was first. */
  renew(key: NewKey, before: number): Promise<boolean>;
  /** Takes an execution over from `from`, whose lease has ended; false if another caller was first. */
  takeOver(claim: { digest: string; from: string; fence: string; until: number; now: number }): Promise<boolean>;
  /** False if the execution was taken over or is finished. */
  finish(claim: { digest: string; fence: string; answer: string }, unit?: Unit): Promise<boolean>;
  /** Lets the next call with the key execute at once. */
  release(digest: string, fence: string): Promise<void>;
  /** Forgets keys made before; returns how many. */
  purge(before: number): Promise<number>;
}

export function createKeyStore(database: Database): KeyStore {
  const table = 'idempotency_key';
  const columns = ['use_id', 'fingerprint', 'fence', 'leased_until', 'answer', 'created_at'];
  const find = database.statement<KeyRow>((knex, parameter) =>
    knex(table).select(columns).where('digest', parameter('digest')),
  );
  const insert = database.statement((knex, parameter) =>
    knex(table).insert({
      digest: parameter('digest'),
      use_id: parameter('use_id'),
      fingerprint: parameter('fingerprint'),
      fence: parameter('fence'),
      leased_until: parameter('leased_until'),
      created_at: parameter('created_at'),
    }),
  );
  const renew = database.statement((knex, parameter) =>
    knex(table)
      .where('digest', parameter('digest'))
      .where('created_at', '<', parameter('before'))
      .update({
        use_id: parameter('use_id'),
        fingerprint: parameter('fingerprint'),
        fence: parameter('fence'),
        leased_until: parameter('leased_until'),
        created_at: parameter('created_at'),
        answer: null,
      }),
  );
  const takeOver = database.statement((knex, parameter) =>
    knex(table)
      .where({ digest: parameter('digest'), fence: parameter('from') })
      .where('leased_until', '<=', parameter('now'))
      .whereNull('answer')
      .update({ fence: parameter('fence'), leased_until: parameter('until') }),
  );
  const finish = database.statement((knex, parameter) =>
    knex(table)
      .where({ digest: parameter('digest'), fence: parameter('fence') })
      .whereNull('answer')
      .update({ answer: parameter('answer') }),
  );
  const release = database.statement((knex, parameter) =>
    knex(table)
      .where({ digest: parameter('digest'), fence: parameter('fence') })
      .whereNull('answer')
      .update({ leased_until: 0 }),
  );
  const purge = database.statement((knex, parameter) =>
    knex(table).where('created_at', '<', parameter('before')).delete(),
  );
  return {
    find: (digest) => find.first({ digest }),
    insert: async (key) => void (await insert.run({ ...key })),
    renew: async (key, before) => (await renew.run({ ...key, before })).affected === 1,
    takeOver: async (claim) => (await takeOver.run(claim)).affected === 1,
    finish: async (claim, unit) => (await finish.run(claim, unit)).affected === 1,
    release: async (digest, fence) => void (await release.run({ digest, fence })),
    purge: async (before) => (await purge.run({ before })).affected,
  };
}
