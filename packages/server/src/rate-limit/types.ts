/** What others see of rate limits: a limit, and the limiter that counts against it. */
import { type ServiceRef, serviceRef } from '@palestra/core';

/** Whose requests are counted together: those of a network (IPv4 /24; IPv6 /64, and four times as many of its /48), of a user, of both. */
export type Counted = 'network' | 'user' | 'user and network';

export interface Limit {
  readonly by: Counted;
  readonly most: number;
  readonly perMs: number;
  /** `delay` where a refusal would let an attacker lock somebody out: the answer then only takes longer, except from a network where the user has succeeded before. */
  readonly over: 'refuse' | 'delay';
}

/** Limits that are counted together; the name tells their counters from others'. */
export interface NamedLimits {
  readonly name: string;
  readonly limits: readonly Limit[];
}

export interface Subject {
  readonly ip: string;
  /** Key of the user, where a limit counts by user. */
  readonly user?: string;
}

interface Attempt {
  /** It does not count after all, and no limit delays this user from this network any more: for attempts that may fail. */
  succeeded(): Promise<void>;
}

export interface RateLimiter {
  /** Counts one request. @throws PalestraError `tooManyRequests` (429, Retry-After) */
  attempt(limits: NamedLimits, subject: Subject): Promise<Attempt>;
}

export const rateLimitService: ServiceRef<RateLimiter> = serviceRef('rate-limit');
