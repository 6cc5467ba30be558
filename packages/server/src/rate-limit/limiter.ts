/**
 * Counts requests in this process and in the database, and refuses those beyond a limit. A refused one is not counted,
 * so that a storm of them does not prolong itself. If the database cannot count, this process still does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenBuckets } from './buckets.js';
import { networkOf } from './network.js';
import type { NamedLimits, RateLimiter, Subject } from './types.js';
import { type Counter, SharedWindows, tooManyRequests, type WindowOptions } from './windows.js';

/** Counts nothing. */
export const unlimited: RateLimiter = { attempt: async () => ({ succeeded: async () => {} }) };

export interface LimiterOptions extends WindowOptions {
  /** How long a delayed request waits; 2 s by default. */
  readonly delayMs?: number;
}

/** Delayed requests that may wait at once; one more is refused. */
const mostDelayed = 100;

export function createLimiter({ delayMs = 2_000, ...options }: LimiterOptions): RateLimiter {
  const { clock } = options;
  const buckets = new TokenBuckets();
  const windows = new SharedWindows(options);
  let delayed = 0;

  function giveBack(counters: readonly Counter[]): void {
    for (const counter of counters) buckets.giveBack(counter.bucket, counter);
  }

  /**
   * Whether the request is over a limit that delays.
   * @throws PalestraError `tooManyRequests`, after the tokens taken before it were given back
   */
  function takeTokens(counters: readonly Counter[], now: number): boolean {
    let over = false;
    counters.forEach((counter, index) => {
      const wait = buckets.take(counter.bucket, counter, now);
      if (wait === 0) return;
      if (counter.over === 'delay') over = true;
      else {
        giveBack(counters.slice(0, index));
        throw tooManyRequests(wait);
      }
    });
    return over;
  }

  async function delayRequest(): Promise<void> {
    if (delayed >= mostDelayed) throw tooManyRequests(delayMs);
    delayed += 1;
    await sleep(delayMs).finally(() => {
      delayed -= 1;
    });
  }

  return {
    async attempt(limits, subject) {
      const now = clock.now();
      const counters = countersOf(limits, subject);
      const overHere = takeTokens(counters, now);
      const overAnywhere = await windows.count(counters, now, overHere).catch((error: unknown) => {
        giveBack(counters);
        throw error;
      });
      if (overHere || overAnywhere) await delayRequest();
      return {
        async succeeded() {
          giveBack(counters);
          await windows.takeBack(counters, now);
        },
      };
    },
  };
}

/** In the order of the limits, so that two requests counted at once lock their windows in the same order. */
function countersOf({ name, limits }: NamedLimits, { ip, user = '' }: Subject): Counter[] {
  const network = networkOf(ip);
  const subjects = { network, user, 'user and network': `${user}\n${network}` } as const;
  return limits.map((limit) => ({ ...limit, bucket: `${name} ${limit.perMs} ${limit.by}\n${subjects[limit.by]}` }));
}
