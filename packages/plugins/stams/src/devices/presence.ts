/**
 * Who was last seen when, and what it said of itself: kept in memory and written now and then, each STAMS at most
 * once an interval, so that ten thousand that poll neither queue for the writer nor fight over rows. A crash loses
 * what one interval brought; the next poll brings it again.
 */
import type { Clock, Database, Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import type { Boots } from './boots.js';
import type { Log } from './log.js';

export type Status = components['schemas']['StamsStatus'];

export interface Seen {
  readonly lastSeen: number | null;
  readonly status: Status | null;
  readonly cloned: number | null;
}

export interface Presence {
  /** Costs a look-up in a map. */
  seen(uid: number, now: number): void;
  /** `isNewBoot` where neither this instance nor the database has met its `boot_id`. */
  said(uid: number, now: number, status: Status, isNewBoot: boolean): void;
  /** What is known here of a boot; undefined where only the database can tell. */
  bootKnown(uid: number, bootId: string): 'current' | 'past' | undefined;
  /** From the database, or what is not written yet. */
  of(uid: number): Promise<Seen>;
  start(): void;
  /** Writes all that is left. */
  stop(): Promise<void>;
}

export interface PresenceOptions {
  readonly database: Database;
  readonly boots: Boots;
  readonly clock: Clock;
  readonly log: Log;
  /** A STAMS is written at most once in so many milliseconds. */
  readonly intervalMs: number;
}

interface Entry {
  lastSeen: number;
  status: Status | undefined;
  bootId: string | undefined;
  /** Boots that began since the last write, in order. */
  newBoots: string[];
  writtenAt: number;
  dirty: boolean;
}

/** What an entry said when its turn to be written came. */
interface Due {
  readonly uid: number;
  readonly entry: Entry;
  readonly lastSeen: number;
  readonly status: Status | undefined;
  readonly newBoots: readonly string[];
}

/** Rows a transaction: some milliseconds of the writer, then others have their turn. */
const batchSize = 100;
const ticksAnInterval = 6;

export function createPresence(options: PresenceOptions): Presence {
  const { clock, log, intervalMs, boots } = options;
  const rows = createRows(options.database, boots);
  const entries = new Map<number, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function touch(uid: number, now: number): Entry {
    const entry = entries.get(uid);
    if (entry) {
      entry.lastSeen = now;
      entry.dirty = true;
      return entry;
    }
    const made = { lastSeen: now, status: undefined, bootId: undefined, newBoots: [], writtenAt: 0, dirty: true };
    entries.set(uid, made);
    return made;
  }

  /** Those due; an entry that nobody touched for long is forgotten. */
  function collect(isDue: (entry: Entry) => boolean): Due[] {
    const now = clock.now();
    const due: Due[] = [];
    for (const [uid, entry] of entries) {
      if (entry.dirty && isDue(entry)) {
        due.push({ uid, entry, lastSeen: entry.lastSeen, status: entry.status, newBoots: entry.newBoots });
        entry.newBoots = [];
        entry.dirty = false;
        entry.writtenAt = now;
      } else if (!entry.dirty && now - entry.lastSeen > 10 * intervalMs) entries.delete(uid);
    }
    return due;
  }

  async function write(due: readonly Due[]): Promise<void> {
    for (let from = 0; from < due.length; from += batchSize) {
      const batch = due.slice(from, from + batchSize);
      try {
        forgetOvertaken(batch, await rows.write(batch));
      } catch (err) {
        for (const { entry, newBoots } of batch) {
          entry.newBoots = [...newBoots, ...entry.newBoots];
          entry.dirty = true;
        }
        log.warn({ err }, 'Last-seen times could not be written; they are tried again.');
      }
    }
  }

  function flush(isDue: (entry: Entry) => boolean): Promise<void> {
    writing = writing.then(() => write(collect(isDue)));
    return writing;
  }

  return {
    seen(uid, now) {
      touch(uid, now);
    },
    said(uid, now, status, isNewBoot) {
      const entry = touch(uid, now);
      entry.status = status;
      if (status.boot_id === undefined) return;
      entry.bootId = status.boot_id;
      if (isNewBoot) entry.newBoots.push(status.boot_id);
    },
    bootKnown(uid, bootId) {
      const entry = entries.get(uid);
      if (entry?.bootId === bootId) return 'current';
      return entry?.newBoots.includes(bootId) ? 'past' : undefined;
    },
    async of(uid) {
      const stored = await rows.read(uid);
      const entry = entries.get(uid);
      if (!entry || entry.lastSeen < (stored.lastSeen ?? 0)) return stored;
      return { ...stored, lastSeen: entry.lastSeen, status: entry.status ?? stored.status };
    },
    start() {
      const isDue = ({ writtenAt }: Entry) => clock.now() - writtenAt >= intervalMs;
      timer = setInterval(() => void flush(isDue), intervalMs / ticksAnInterval).unref();
    },
    async stop() {
      clearInterval(timer);
      await flush(() => true);
    },
  };
}

/** Another instance may have met a later boot: the next status is then held against the database. */
function forgetOvertaken(batch: readonly Due[], boots: ReadonlyMap<number, string | null>): void {
  for (const { uid, entry } of batch) {
    if (entry.newBoots.length === 0 && entry.bootId !== boots.get(uid)) entry.bootId = undefined;
  }
}

function createRows(database: Database, boots: Boots) {
  const { knex } = database;
  const byUid = database.statement((_, parameter) =>
    knex('stams_status')
      .select('last_seen_at', 'status', 'cloned_at')
      .where({ stams_id: parameter('uid') }),
  );
  const update = (columns: readonly string[]) =>
    database.statement((_, parameter) =>
      knex('stams_status')
        .where({ stams_id: parameter('uid') })
        .where((older) => older.whereNull('last_seen_at').orWhere('last_seen_at', '<', parameter('before')))
        .update(Object.fromEntries(columns.map((column) => [column, parameter(column)]))),
    );
  const setSeen = update(['last_seen_at']);
  const setBoth = update(['last_seen_at', 'status']);

  async function writeOne({ uid, lastSeen, status, newBoots }: Due, unit: Unit): Promise<void> {
    for (const bootId of newBoots) await boots.begin(uid, bootId, lastSeen, unit);
    const values = { uid, before: lastSeen, last_seen_at: lastSeen };
    if (status) await setBoth.run({ ...values, status: JSON.stringify(status) }, unit);
    else await setSeen.run(values, unit);
  }

  return {
    async read(uid: number): Promise<Seen> {
      const row = await byUid.first({ uid });
      return {
        lastSeen: (row?.last_seen_at as number | null | undefined) ?? null,
        status: row?.status == null ? null : JSON.parse(String(row.status)),
        cloned: (row?.cloned_at as number | null | undefined) ?? null,
      };
    },
    /** The current boots, as the database has them. */
    write: (batch: readonly Due[]): Promise<Map<number, string | null>> =>
      database.unitOfWork(async (unit) => {
        for (const due of batch) await writeOne(due, unit);
        const uids = batch.map(({ uid }) => uid);
        const current = await unit.query<{ stams_id: number; boot_id: string | null }>(
          knex('stams_status').select('stams_id', 'boot_id').whereIn('stams_id', uids),
        );
        return new Map(current.map(({ stams_id: uid, boot_id: bootId }) => [uid, bootId]));
      }),
  };
}
