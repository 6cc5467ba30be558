/**
 * Boots of a STAMS, by the random `boot_id` that each begins with. One that comes back after another took its place
 * tells of two devices with one token.
 *
 * The database decides, in the transaction that makes a new boot the current one. So a clone is refused from that moment
 * on by this instance, also after a crash, and within `trustMs` by every other instance.
 */
import { type Clock, catalogue, PalestraError } from '@palestra/core';
import { createKeyedMutex, type Database, type Unit } from '@palestra/server/plugin';

type BootState = 'current' | 'past' | 'new';

export interface Boots {
  /**
   * What this boot is; a new one becomes the current one.
   * @throws PalestraError 429 for more new boots than a device makes
   */
  report(uid: number, bootId: string): Promise<BootState>;
  /** For a STAMS that gets another token. */
  forget(uid: number, unit: Unit): Promise<void>;
}

/** So long a current boot is believed to be still the current one without asking the database. */
const trustMs = 2_000;
/** New boots admitted at once, and the time that earns one more: a watchdog may restart a device a few times. */
const burst = 10;
const earnMs = 10_000;
/** Boots kept of each STAMS. */
const keptBoots = 50;
/** `cloned_at` is written no more often. */
const clonedEveryMs = 60_000;
/** STAMS remembered at most; beyond, all are forgotten, which costs each a look into the database. */
const maxRemembered = 50_000;

interface Memory {
  readonly bootId: string;
  readonly confirmedAt: number;
  /** New boots not earned back yet, at `confirmedAt`. */
  readonly newBoots: number;
}

export function createBoots(database: Database, clock: Clock): Boots {
  const statements = composeStatements(database);
  const memories = new Map<number, Memory>();
  const serially = createKeyedMutex();

  async function look(uid: number, bootId: string): Promise<BootState> {
    const now = clock.now();
    const memory = memories.get(uid);
    const newBoots = newBootsOf(memory, now);
    const state = await stateOf(uid, bootId, newBoots);
    if (state === 'past') {
      await statements.setCloned.run({ uid, now, before: now - clonedEveryMs });
      return state;
    }
    if (memories.size >= maxRemembered) memories.clear();
    memories.set(uid, { bootId, confirmedAt: now, newBoots: newBoots + (state === 'new' ? 1 : 0) });
    return state;
  }

  async function stateOf(uid: number, bootId: string, newBoots: number, unit?: Unit): Promise<BootState> {
    if ((await statements.current.first({ uid }, unit))?.boot_id === bootId) return 'current';
    if (await statements.known.first({ uid, boot_id: bootId }, unit)) return 'past';
    if (unit) return 'new';
    if (newBoots > burst - 1) throw tooManyBoots();
    return database.unitOfWork((begun) => begin(uid, bootId, newBoots, begun));
  }

  /** Looks again behind the lock on the STAMS' row: another instance may have been first. */
  async function begin(uid: number, bootId: string, newBoots: number, unit: Unit): Promise<BootState> {
    const number = ((await statements.locked.first({ uid }, unit))?.boots ?? 0) + 1;
    const state = await stateOf(uid, bootId, newBoots, unit);
    if (state !== 'new') return state;
    await statements.insert.run({ uid, boot_id: bootId, number }, unit);
    await statements.setCurrent.run({ uid, boot_id: bootId, number }, unit);
    await statements.deleteUpTo.run({ uid, number: number - keptBoots }, unit);
    return 'new';
  }

  return {
    async report(uid, bootId) {
      const memory = memories.get(uid);
      if (memory?.bootId === bootId && Math.abs(clock.now() - memory.confirmedAt) < trustMs) return 'current';
      return serially(String(uid), () => look(uid, bootId));
    },
    async forget(uid, unit) {
      await statements.deleteUpTo.run({ uid, number: Number.MAX_SAFE_INTEGER }, unit);
      await statements.clear.run({ uid }, unit);
      unit.afterCommit(() => void memories.delete(uid));
    },
  };
}

/** A clock that was set back earns nothing. */
function newBootsOf(memory: Memory | undefined, now: number): number {
  if (!memory) return 0;
  return Math.max(0, memory.newBoots - Math.max(0, now - memory.confirmedAt) / earnMs);
}

function tooManyBoots(): PalestraError {
  return new PalestraError(catalogue.tooManyRequests, 'This STAMS boots too often. Send its status later.', {
    headers: { 'retry-after': String(earnMs / 1000) },
  });
}

function composeStatements(database: Database) {
  const { knex } = database;
  return {
    current: database.statement<{ boot_id: string | null }>((_, parameter) =>
      knex('stams_status')
        .select('boot_id')
        .where({ stams_id: parameter('uid') }),
    ),
    locked: database.statement<{ boots: number }>((_, parameter) =>
      knex('stams_status')
        .select('boots')
        .where({ stams_id: parameter('uid') })
        .forUpdate(),
    ),
    known: database.statement((_, parameter) =>
      knex('stams_boot')
        .select('stams_id')
        .where({ stams_id: parameter('uid'), boot_id: parameter('boot_id') }),
    ),
    insert: database.statement((_, parameter) =>
      knex('stams_boot').insert({
        stams_id: parameter('uid'),
        boot_id: parameter('boot_id'),
        number: parameter('number'),
      }),
    ),
    setCurrent: database.statement((_, parameter) =>
      knex('stams_status')
        .where({ stams_id: parameter('uid') })
        .update({ boot_id: parameter('boot_id'), boots: parameter('number') }),
    ),
    setCloned: database.statement((_, parameter) =>
      knex('stams_status')
        .where({ stams_id: parameter('uid') })
        .where((older) => older.whereNull('cloned_at').orWhere('cloned_at', '<', parameter('before')))
        .update({ cloned_at: parameter('now') }),
    ),
    clear: database.statement((_, parameter) =>
      knex('stams_status')
        .where({ stams_id: parameter('uid') })
        .update({ boot_id: null, cloned_at: null }),
    ),
    deleteUpTo: database.statement((_, parameter) =>
      knex('stams_boot')
        .where({ stams_id: parameter('uid') })
        .where('number', '<=', parameter('number'))
        .delete(),
    ),
  };
}
