/**
 * The games that every STAMS polls for, cached for a second: ten thousand of them cost one look at the revision a
 * second, and the whole list is read again only when the revision has changed.
 */
import type { Clock } from '@palestra/core';
import { etagOf } from '../http/etag.js';
import type { Game, GameStore } from './store.js';

const maxAgeMs = 1_000;
/** A restored database may show an old revision again with other games. */
const maxListAgeMs = 60_000;

export interface Snapshot {
  readonly revision: number;
  readonly games: Game[];
  /** Of the list's content, so it holds on every instance and after a restore. */
  readonly etag: string;
}

export interface Catalogue {
  /** At once where it is known, which saves a turn of the event loop. */
  current(): Snapshot | Promise<Snapshot>;
  /** After a change made here: what is being read just now may be from before it. */
  forget(): void;
}

type Source = Pick<GameStore, 'revision' | 'all'>;

export function createCatalogue(games: Source, clock: Clock): Catalogue {
  let known: Snapshot | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let listReadAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<Snapshot> | undefined;
  let changes = 0;

  /** The revision before the list: a list newer than its revision is read again, one older would be kept. */
  async function read(now: number, since: number): Promise<Snapshot> {
    const revision = await games.revision();
    const holds = known?.revision === revision && now - listReadAt < maxListAgeMs;
    const snapshot = known && holds ? known : snapshotOf(revision, await games.all());
    if (since === changes) {
      if (snapshot !== known) listReadAt = now;
      known = snapshot;
      readAt = now;
    }
    return snapshot;
  }

  return {
    current() {
      const now = clock.now();
      if (known && Math.abs(now - readAt) < maxAgeMs) return known;
      if (reading) return reading;
      const started = read(now, changes).finally(() => {
        if (reading === started) reading = undefined;
      });
      reading = started;
      return started;
    },
    forget() {
      changes += 1;
      readAt = Number.NEGATIVE_INFINITY;
      reading = undefined;
    },
  };
}

function snapshotOf(revision: number, games: Game[]): Snapshot {
  return { revision, games, etag: etagOf(games) };
}
