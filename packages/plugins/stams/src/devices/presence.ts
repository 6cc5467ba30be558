/**
 * When each STAMS was last seen, and what it reported: kept in memory and written at an interval, each STAMS at most
 * once an interval, so that ten thousand of them neither queue for the writer nor compete for rows. A crash loses
 * what one interval brought; the next poll brings it again.
 */
import type { Clock } from '@palestra/core';
import { createInterval, type IntervalOptions } from '@palestra/server/plugin';
import { createSightings } from './sightings.js';
import type { Seen, SeenUpdate, Status, StatusStore } from './status-store.js';

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

/** Rows a transaction: some milliseconds of the writer, then others have their turn. */
const batchSize = 100;
const ticksAnInterval = 6;
/** Intervals after which one that was not seen is forgotten here. */
const intervalsKept = 10;

export function createPresence({ store, clock, log, intervalMs }: PresenceOptions): Presence {
  const sightings = createSightings();

  async function write(due: readonly SeenUpdate[]): Promise<void> {
    for (let from = 0; from < due.length; from += batchSize) {
      const batch = due.slice(from, from + batchSize);
      try {
        await store.write(batch);
      } catch (error) {
        sightings.putBack(due.slice(from));
        throw error;
      }
      sightings.forgetWritten(batch);
    }
  }

  let stopping = false;
  const job = createInterval(
    () => {
      const now = clock.now();
      sightings.forgetUnseen(now - intervalsKept * intervalMs);
      return write(sightings.takeDue(stopping ? Number.POSITIVE_INFINITY : now - intervalMs, now));
    },
    {
      everyMs: intervalMs / ticksAnInterval,
      failure: 'Last-seen times could not be written; they are tried again.',
      log,
    },
  );

  return {
    seen: sightings.add,
    async of(uid) {
      // Before what is stored is read: meanwhile it may be written, and forgotten here.
      const { lastSeen, reported } = sightings.of(uid);
      const stored = await store.read(uid);
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
