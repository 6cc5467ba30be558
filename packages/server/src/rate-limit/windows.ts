/** Counts in the database, in fixed windows of time that all instances share. */
import { createHmac } from 'node:crypto';
import { type Clock, catalogue, isPalestraError, PalestraError } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Logger } from 'pino';
import { outsideTransaction } from '../database/joined-transaction.js';
import type { Database } from '../database/types.js';
import type { WindowStore } from './store.js';
import type { Limit } from './types.js';

export interface Counter extends Limit {
  /** The subject under this limit, the same in every window. */
  readonly bucket: string;
}

export interface WindowOptions {
  readonly database: Database;
  readonly store: WindowStore;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** After a failure the database is not asked for this long. */
const restMs = 5_000;

export class SharedWindows {
  readonly #options: WindowOptions;
  #restUntil = 0;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /**
   * Counts one request under every limit; how many times over the one that delays it is, 0 if it is not. A refused one is
   * counted under none: throwing rolls back.
   * @param fallback the result where the database cannot count
   * @throws PalestraError `tooManyRequests`
   */
  count(counters: readonly Counter[], now: number, fallback: number): Promise<number> {
    const { database, store } = this.#options;
    const count = () =>
      database.unitOfWork(async (unit) => {
        let over = 0;
        for (const counter of counters) {
          const endsAt = windowEnd(counter, now);
          const hits = await store.hit({ id: this.#windowId(counter, endsAt), endsAt }, unit);
          if (hits <= counter.most) continue;
          if (counter.over === 'refuse') throw tooManyRequests(endsAt - now);
          over = Math.max(over, hits / counter.most);
        }
        return over;
      });
    return this.#unlessAway(count, fallback);
  }

  /** Takes back what `count` at the time `at` counted, and marks `known`. */
  async takeBack(counters: readonly Counter[], at: number, known: Counter | undefined): Promise<void> {
    const { database, store } = this.#options;
    const ids = counters.map((counter) => this.#windowId(counter, windowEnd(counter, at)));
    const takeBack = () =>
      database.unitOfWork(async (unit) => {
        for (const id of ids) await store.takeBack(id, unit);
        if (known) await store.mark(this.#markOf(known, at), unit);
      });
    await this.#unlessAway(takeBack, undefined);
  }

  /** Whether `counter` was marked in its window of time, or in the one before. */
  wasMarked(counter: Counter, now: number): Promise<boolean> {
    const { store } = this.#options;
    const ids = [this.#markOf(counter, now), this.#markOf(counter, now - counter.perMs)];
    const look = async () => (await Promise.all(ids.map(({ id }) => store.exists(id)))).includes(true);
    return this.#unlessAway(look, false);
  }

  /** It is kept for a window longer than it begins in. */
  #markOf(counter: Counter, at: number): { id: string; endsAt: number } {
    const endsAt = windowEnd(counter, at);
    return { id: this.#windowId(counter, endsAt), endsAt: endsAt + counter.perMs };
  }

  /** An HMAC, so that a copy of the database reveals neither names nor addresses. */
  #windowId({ bucket }: Counter, endsAt: number): string {
    const { secret } = this.#options.keys.active;
    return createHmac('sha256', secret).update(`${bucket}\n${endsAt}`).digest('base64url');
  }

  async #unlessAway<Result>(work: () => Promise<Result>, fallback: Result): Promise<Result> {
    const { clock, log } = this.#options;
    if (clock.now() < this.#restUntil) return fallback;
    try {
      // A request that is undone has been made all the same.
      return await outsideTransaction(work);
    } catch (error) {
      if (isPalestraError(error) && error.fact === catalogue.tooManyRequests) throw error;
      this.#restUntil = clock.now() + restMs;
      log.warn({ err: error }, 'The database cannot count requests now; this process counts by itself.');
      return fallback;
    }
  }
}

function windowEnd({ perMs }: Counter, now: number): number {
  return (Math.floor(now / perMs) + 1) * perMs;
}

export function tooManyRequests(waitMs: number): PalestraError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new PalestraError(catalogue.tooManyRequests, `Too many requests. Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}
