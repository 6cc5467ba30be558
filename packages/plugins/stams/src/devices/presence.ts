/**
 * When each STAMS was last seen, and what it reported: kept in memory and written at an interval, each STAMS at most
 * once an interval, so that ten thousand of them neither queue for the writer nor compete for rows. A crash loses
 * what one interval brought; the next poll brings it again.
 */
import type { Clock } from '@palestra/core';
import { createInterval, type IntervalOptions } from '@palestra/server/plugin';
import type { Reported, Seen, SeenUpdate, Status, StatusStore } from './status-store.js';

export interface Presence {
  /** Costs a look-up in a map. */
  seen(uid: number, now: number, status?: Status): void;
  /** From the database, or what is not written yet. */
  of(uid: number): Promise<Seen>;
  start(): void;
  /** Writes all that is left. */
  stop(): Promise<void>;
}

export interface PresenceOptions {
  readonly store: StatusStore;
  readonly clock: Clock;
  readonly log: IntervalOptions['log'];
  /** A STAMS is written at most once in so many milliseconds. */
  readonly intervalMs: number;
}

interface Entry {
  lastSeen: number;
  /** Until it is written. */
  reported: Reported | undefined;
  writtenAt: number;
  dirty: boolean;
}

const unseen: Readonly<Entry> = { lastSeen: 0, reported: undefined, writtenAt: 0, dirty: false };

/** Rows a transaction: some milliseconds of the writer, then others have their turn. */
const batchSize = 100;
const ticksAnInterval = 6;
/** Intervals after which one that was not seen is forgotten here. */
const intervalsKept = 10;

export function createPresence({ store, clock, log, intervalMs }: PresenceOptions): Presence {
  const entries = new Map<number, Entry>();

  function takeDue(writtenBefore: number): SeenUpdate[] {
    const due: SeenUpdate[] = [];
    for (const [uid, entry] of entries) {
      if (!entry.dirty || entry.writtenAt > writtenBefore) continue;
      due.push({ uid, lastSeen: entry.lastSeen, reported: entry.reported });
      Object.assign(entry, { dirty: false, writtenAt: clock.now() });
    }
    return due;
  }

  /** What could not be written is due again. */
  async function write(due: readonly SeenUpdate[]): Promise<void> {
    for (let from = 0; from < due.length; from += batchSize) {
      const batch = due.slice(from, from + batchSize);
      try {
        await store.write(batch);
      } catch (error) {
        for (const { uid } of due.slice(from)) Object.assign(entries.get(uid) ?? {}, { dirty: true, writtenAt: 0 });
        throw error;
      }
      forgetWritten(batch);
    }
  }

  function forgetWritten(batch: readonly SeenUpdate[]): void {
    for (const { uid, reported } of batch) {
      const entry = entries.get(uid);
      if (entry && entry.reported === reported) entry.reported = undefined;
    }
  }

  function forgetUnseen(before: number): void {
    for (const [uid, { dirty, lastSeen }] of entries) if (!dirty && lastSeen < before) entries.delete(uid);
  }

  let stopping = false;
  const job = createInterval(
    () => {
      const now = clock.now();
      forgetUnseen(now - intervalsKept * intervalMs);
      return write(takeDue(stopping ? Number.POSITIVE_INFINITY : now - intervalMs));
    },
    {
      everyMs: intervalMs / ticksAnInterval,
      failure: 'Last-seen times could not be written; they are tried again.',
      log,
    },
  );

  return {
    seen(uid, now, status) {
      const { lastSeen, reported, writtenAt } = entries.get(uid) ?? unseen;
      entries.set(uid, {
        // Requests may come here in another order than that in which they were received.
        lastSeen: Math.max(lastSeen, now),
        reported: status && now >= (reported?.at ?? 0) ? { status, at: now } : reported,
        writtenAt,
        dirty: true,
      });
    },
    async of(uid) {
      const stored = await store.read(uid);
      const { lastSeen, reported } = entries.get(uid) ?? unseen;
      const latest = reported && reported.at >= (stored.statusAt ?? 0) ? reported : undefined;
      return {
        ...stored,
        lastSeen: Math.max(lastSeen, stored.lastSeen ?? 0) || null,
        ...(latest && { status: latest.status, statusAt: latest.at }),
      };
    },
    start() {
      stopping = false;
      job.start();
    },
    async stop() {
      await job.stop();
      stopping = true;
      await job.run();
    },
  };
}
