/**
 * Who was last seen when, and what it said of itself: kept in memory and written now and then, each STAMS at most
 * once an interval, so that ten thousand that poll neither queue for the writer nor fight over rows. A crash loses
 * what one interval brought; the next poll brings it again.
 */
import type { Clock } from '@palestra/core';
import type { Log } from './log.js';
import type { News, Seen, Status, StatusStore } from './status-store.js';

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
  readonly store: StatusStore;
  readonly clock: Clock;
  readonly log: Log;
  /** A STAMS is written at most once in so many milliseconds. */
  readonly intervalMs: number;
}

interface Entry {
  lastSeen: number;
  status: Status | undefined;
  bootId: string | undefined;
  newBoots: string[];
  writtenAt: number;
  dirty: boolean;
}

/** Rows a transaction: some milliseconds of the writer, then others have their turn. */
const batchSize = 100;
const ticksAnInterval = 6;
/** Intervals after which one that was not seen is forgotten here. */
const intervalsKept = 10;

export function createPresence({ store, clock, log, intervalMs }: PresenceOptions): Presence {
  const entries = new Entries();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(due: readonly News[]): Promise<void> {
    for (let from = 0; from < due.length; from += batchSize) {
      const batch = due.slice(from, from + batchSize);
      try {
        entries.forgetOvertaken(await store.write(batch));
      } catch (err) {
        entries.putBack(batch);
        log.warn({ err }, 'Last-seen times could not be written; they are tried again.');
      }
    }
  }

  /** One at a time, so that an older write never follows a newer one. */
  function flush(writtenBefore: number): Promise<void> {
    writing = writing.then(() => write(entries.takeDue(clock.now(), writtenBefore)));
    return writing;
  }

  return {
    seen: (uid, now) => void entries.touch(uid, now),
    said: (uid, now, status, isNewBoot) => entries.say(entries.touch(uid, now), status, isNewBoot),
    bootKnown: (uid, bootId) => entries.bootKnown(uid, bootId),
    async of(uid) {
      const stored = await store.read(uid);
      const entry = entries.get(uid);
      if (!entry || entry.lastSeen < (stored.lastSeen ?? 0)) return stored;
      return { ...stored, lastSeen: entry.lastSeen, status: entry.status ?? stored.status };
    },
    start() {
      const tick = () => {
        const now = clock.now();
        entries.forgetUnseen(now - intervalsKept * intervalMs);
        void flush(now - intervalMs);
      };
      timer = setInterval(tick, intervalMs / ticksAnInterval).unref();
    },
    async stop() {
      clearInterval(timer);
      await flush(Number.POSITIVE_INFINITY);
    },
  };
}

class Entries {
  readonly #entries = new Map<number, Entry>();

  get(uid: number): Entry | undefined {
    return this.#entries.get(uid);
  }

  touch(uid: number, now: number): Entry {
    const known = this.#entries.get(uid);
    if (known) {
      known.lastSeen = now;
      known.dirty = true;
      return known;
    }
    const entry = { lastSeen: now, status: undefined, bootId: undefined, newBoots: [], writtenAt: 0, dirty: true };
    this.#entries.set(uid, entry);
    return entry;
  }

  say(entry: Entry, status: Status, isNewBoot: boolean): void {
    entry.status = status;
    if (status.boot_id === undefined) return;
    entry.bootId = status.boot_id;
    if (isNewBoot) entry.newBoots.push(status.boot_id);
  }

  bootKnown(uid: number, bootId: string): 'current' | 'past' | undefined {
    const entry = this.#entries.get(uid);
    if (entry?.bootId === bootId) return 'current';
    return entry?.newBoots.includes(bootId) ? 'past' : undefined;
  }

  takeDue(now: number, writtenBefore: number): News[] {
    const due: News[] = [];
    for (const [uid, entry] of this.#entries) {
      if (!entry.dirty || entry.writtenAt > writtenBefore) continue;
      due.push({ uid, lastSeen: entry.lastSeen, status: entry.status, newBoots: entry.newBoots });
      Object.assign(entry, { newBoots: [], dirty: false, writtenAt: now });
    }
    return due;
  }

  putBack(batch: readonly News[]): void {
    for (const { uid, newBoots } of batch) {
      const entry = this.#entries.get(uid);
      if (entry) Object.assign(entry, { newBoots: [...newBoots, ...entry.newBoots], dirty: true });
    }
  }

  /** Another instance may have met a later boot: the next status is then held against the database. */
  forgetOvertaken(current: ReadonlyMap<number, string | null>): void {
    for (const [uid, bootId] of current) {
      const entry = this.#entries.get(uid);
      if (entry?.newBoots.length === 0 && entry.bootId !== bootId) entry.bootId = undefined;
    }
  }

  forgetUnseen(before: number): void {
    for (const [uid, entry] of this.#entries) if (!entry.dirty && entry.lastSeen < before) this.#entries.delete(uid);
  }
}
