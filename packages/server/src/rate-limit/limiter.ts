/**
 * Counts requests in this process and in the database, and refuses those beyond a limit. A refused one is not counted,
 * so that a storm of them does not prolong itself. If the database cannot count, this process still does.
 */
import { TokenBuckets } from './buckets.js';
import { Delays } from './delays.js';
import { networksOf } from './network.js';
import type { Limit, NamedLimits, RateLimiter, Subject } from './types.js';
import { type Counter, SharedWindows, tooManyRequests, type WindowOptions } from './windows.js';

/** Counts nothing. */
export const unlimited: RateLimiter = { attempt: async () => ({ succeeded: async () => {} }) };

export interface LimiterOptions extends WindowOptions {
  /** How long a request over a limit waits, and three times so long when it is far over; 2 s by default. */
  readonly delayMs?: number;
}

/** A network of IPv6 /48 may so many times as much as one of its /64. */
const widerFactor = 4;
/** A network from which a user has succeeded is known for so long, and up to twice so long. */
const knownMs = 45 * 24 * 60 * 60_000;

export function createLimiter({ delayMs = 2_000, ...options }: LimiterOptions): RateLimiter {
  const { clock } = options;
  const buckets = new TokenBuckets();
  const windows = new SharedWindows(options);
  const delays = new Delays();

  function giveBack(counters: readonly Counter[]): void {
    for (const counter of counters) buckets.giveBack(counter.bucket, counter);
  }

  /**
   * 1 for a request over a limit that delays, else 0.
   * @throws PalestraError `tooManyRequests`, after the tokens taken before it were given back
   */
  function takeTokens(counters: readonly Counter[], now: number): number {
    let over = 0;
    counters.forEach((counter, index) => {
      const wait = buckets.take(counter.bucket, counter, now);
      if (wait === 0) return;
      if (counter.over === 'delay') over = 1;
      else {
        giveBack(counters.slice(0, index));
        throw tooManyRequests(wait);
      }
    });
    return over;
  }

  return {
    async attempt(limits, subject) {
      const now = clock.now();
      const counters = countersOf(limits, subject);
      const known = knownNetwork(limits, subject);
      const overHere = takeTokens(counters, now);
      const over = await windows.count(counters, now, overHere).catch((error: unknown) => {
        giveBack(counters);
        throw error;
      });
      const excess = Math.max(over, overHere);
      // Guesses from many networks do not slow down people who have signed in from their network before.
      if (excess > 0 && !(known && (await windows.wasMarked(known, now)))) {
        const network = networksOf(subject.ip).at(-1) ?? '';
        await delays.wait({ user: `${limits.name}\n${subject.user}`, network }, delayMs * Math.min(3, excess));
      }
      return {
        async succeeded() {
          giveBack(counters);
          await windows.takeBack(counters, now, known);
        },
      };
    },
  };
}

/** In the order of the limits, so that two requests counted at once lock their windows in the same order. */
function countersOf({ name, limits }: NamedLimits, { ip, user = '' }: Subject): Counter[] {
  const networks = networksOf(ip);
  return limits.flatMap((limit) => {
    const bucket = (subject: string) => `${name} ${limit.perMs} ${limit.by}\n${subject}`;
    if (limit.by === 'user') return [{ ...limit, bucket: bucket(user) }];
    return networks.map((network, at) => ({
      ...limit,
      most: limit.most * widerFactor ** at,
      bucket: bucket(limit.by === 'network' ? network : `${user}\n${network}`),
    }));
  });
}

/** What is marked when a user succeeds, where a limit would delay that user because of others. */
function knownNetwork({ name, limits }: NamedLimits, { ip, user = '' }: Subject): Counter | undefined {
  const delaying = limits.find(({ over }: Limit) => over === 'delay');
  return delaying && { ...delaying, perMs: knownMs, bucket: `${name} known\n${user}\n${networksOf(ip)[0]}` };
}
