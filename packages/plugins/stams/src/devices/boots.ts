/**
 * Boots of a STAMS, by the random `boot_id` that each begins with. One that comes back after another took its place
 * tells of two devices with one token.
 */
import { type Database, insertOnce, type Unit } from '@palestra/server';

export type BootState = 'current' | 'past' | 'new';

export interface Boots {
  state(uid: number, bootId: string): Promise<BootState>;
  /** Makes a new boot the current one; one that is known already stays what it is. */
  begin(uid: number, bootId: string, now: number, unit: Unit): Promise<void>;
  /** Two devices were seen. */
  cloned(uid: number, now: number): Promise<void>;
  /** For a STAMS that is provisioned anew. */
  forget(uid: number, unit: Unit): Promise<void>;
}

const keptMs = 90 * 24 * 60 * 60_000;

export function createBoots(database: Database): Boots {
  const { current, known, insert, setCurrent, setCloned, clear, deleteBefore } = composeStatements(database);

  return {
    async state(uid, bootId) {
      if ((await current.first({ uid }))?.boot_id === bootId) return 'current';
      return (await known.first({ uid, boot_id: bootId })) ? 'past' : 'new';
    },
    async begin(uid, bootId, now, unit) {
      if (!(await insertOnce(insert, { uid, boot_id: bootId, now }, unit))) return;
      await setCurrent.run({ uid, boot_id: bootId }, unit);
      await deleteBefore.run({ uid, before: now - keptMs }, unit);
    },
    async cloned(uid, now) {
      await setCloned.run({ uid, now });
    },
    async forget(uid, unit) {
      await deleteBefore.run({ uid, before: Number.MAX_SAFE_INTEGER }, unit);
      await clear.run({ uid }, unit);
    },
  };
}

function composeStatements(database: Database) {
  const { knex } = database;
  const current = database.statement<{ boot_id: string | null }>((_, parameter) =>
    knex('stams_status')
      .select('boot_id')
      .where({ stams_id: parameter('uid') }),
  );
  const known = database.statement((_, parameter) =>
    knex('stams_boot')
      .select('stams_id')
      .where({ stams_id: parameter('uid'), boot_id: parameter('boot_id') }),
  );
  const insert = database.statement((_, parameter) =>
    knex('stams_boot').insert({
      stams_id: parameter('uid'),
      boot_id: parameter('boot_id'),
      first_seen_at: parameter('now'),
    }),
  );
  const setCurrent = database.statement((_, parameter) =>
    knex('stams_status')
      .where({ stams_id: parameter('uid') })
      .update({ boot_id: parameter('boot_id') }),
  );
  const setCloned = database.statement((_, parameter) =>
    knex('stams_status')
      .where({ stams_id: parameter('uid') })
      .update({ cloned_at: parameter('now') }),
  );
  const clear = database.statement((_, parameter) =>
    knex('stams_status')
      .where({ stams_id: parameter('uid') })
      .update({ boot_id: null, cloned_at: null }),
  );
  const deleteBefore = database.statement((_, parameter) =>
    knex('stams_boot')
      .where({ stams_id: parameter('uid') })
      .where('first_seen_at', '<', parameter('before'))
      .delete(),
  );
  return { current, known, insert, setCurrent, setCloned, clear, deleteBefore };
}
