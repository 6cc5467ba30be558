/**
 * Counts tries, in this process and in the database, and refuses those beyond a limit. A refused try counts nowhere, so
 * that a storm of them does not prolong itself. If the database cannot count, this process still does.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, catalogue, isPalestraError, PalestraError } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Logger } from 'pino';
import type { Database } from '../database/types.js';
import { TokenBuckets } from './buckets.js';
import { type Limit, type LimitName, limits } from './limits.js';
import { networkOf } from './network.js';
import type { WindowStore } from './store.js';

export interface Subject {
  readonly ip: string;
  /** Key of the user name, where a limit counts by user. */
  readonly user?: string;
}

export interface Attempt {
  /** It was right: it does not count after all. */
  succeeded(): Promise<void>;
}

export interface RateLimiter {
  /** Counts one try. @throws PalestraError `tooManyRequests` (429, Retry-After) */
  attempt(name: LimitName, subject: Subject): Promise<Attempt>;
}

/** Counts nothing. */
export const unlimited: RateLimiter = { attempt: async () => ({ succeeded: async () => {} }) };

export interface LimiterOptions {
  readonly database: Database;
  readonly store: WindowStore;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a delayed try waits; 2 s unless told. */
  readonly delayMs?: number;
}

interface Counter extends Limit {
  /** The subject under this limit, in every window. */
  readonly bucket: string;
}

/** Delayed tries that wait at once; one more is refused. */
const mostDelayed = 100;
/** After a failure the database is left alone for so long. */
const restMs = 5_000;

export function createLimiter(options: LimiterOptions): RateLimiter {
  const { database, store, keys, clock, log, delayMs = 2_000 } = options;
  const buckets = new TokenBuckets();
  let restUntil = 0;
  let delayed = 0;

  /** @throws PalestraError `tooManyRequests`; what was taken before it is given back */
  function takeTokens(counters: readonly Counter[], now: number): boolean {
    let late = false;
    counters.forEach((counter, index) => {
      const wait = buckets.take(counter.bucket, counter, now);
      if (wait === 0) return;
      if (counter.over === 'delay') late = true;
      else {
        for (const before of counters.slice(0, index)) buckets.giveBack(before.bucket, before);
        throw tooMany(wait);
      }
    });
    return late;
  }

  /** Throwing rolls back: the refused try leaves no trace in any window. */
  function countInDatabase(counters: readonly Counter[], now: number): Promise<boolean> {
    return database.unitOfWork(async (unit) => {
      let late = false;
      for (const counter of counters) {
        const endsAt = (Math.floor(now / counter.perMs) + 1) * counter.perMs;
        const hits = await store.hit({ id: windowId(counter, endsAt), endsAt }, unit);
        if (hits <= counter.most) continue;
        if (counter.over === 'refuse') throw tooMany(endsAt - now);
        late = true;
      }
      return late;
    });
  }

  async function unlessAway<Result>(work: () => Promise<Result>, fallback: Result): Promise<Result> {
    if (clock.now() < restUntil) return fallback;
    try {
      return await work();
    } catch (error) {
      if (isPalestraError(error) && error.fact === catalogue.tooManyRequests) throw error;
      restUntil = clock.now() + restMs;
      log.warn({ err: error }, 'The database cannot count tries now; this process counts its own.');
      return fallback;
    }
  }

  async function wait(): Promise<void> {
    if (delayed >= mostDelayed) throw tooMany(delayMs);
    delayed += 1;
    await sleep(delayMs).finally(() => {
      delayed -= 1;
    });
  }

  function windowId({ bucket }: Counter, endsAt: number): string {
    return createHmac('sha256', keys.active.secret).update(`${bucket}\n${endsAt}`).digest('base64url');
  }

  return {
    async attempt(name, subject) {
      const now = clock.now();
      const counters = countersOf(name, subject);
      const lateHere = takeTokens(counters, now);
      const lateAnywhere = await unlessAway(() => countInDatabase(counters, now), lateHere).catch((error: unknown) => {
        for (const counter of counters) buckets.giveBack(counter.bucket, counter);
        throw error;
      });
      if (lateHere || lateAnywhere) await wait();
      return { succeeded: () => takeBack(counters, now) };
    },
  };

  async function takeBack(counters: readonly Counter[], at: number): Promise<void> {
    for (const counter of counters) buckets.giveBack(counter.bucket, counter);
    const ids = counters.map((counter) => windowId(counter, (Math.floor(at / counter.perMs) + 1) * counter.perMs));
    const inDatabase = () =>
      database.unitOfWork(async (unit) => {
        for (const id of ids) await store.takeBack(id, unit);
      });
    await unlessAway(inDatabase, undefined);
  }
}

/** In the order of the table, so that two that count at once lock their windows in the same order. */
function countersOf(name: LimitName, { ip, user = '' }: Subject): Counter[] {
  const network = networkOf(ip);
  const subjects = { network, user, 'user and network': `${user}\n${network}` } as const;
  return limits[name].map((limit) => ({
    ...limit,
    bucket: `${name} ${limit.perMs} ${limit.by}\n${subjects[limit.by]}`,
  }));
}

function tooMany(waitMs: number): PalestraError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new PalestraError(catalogue.tooManyRequests, `Too many requests. Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}
