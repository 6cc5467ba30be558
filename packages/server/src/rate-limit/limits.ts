/** A limit on requests, as the limiter counts them; plugins declare theirs in core's `RateLimit`. */
import type { RateLimit } from '@palestra/core';

/** Whose requests are counted together: those of a network (IPv4 /24, IPv6 /64), of a user, of both. */
export type Counted = 'network' | 'user' | 'user and network';

export interface Limit {
  readonly by: Counted;
  readonly most: number;
  readonly perMs: number;
  /** `delay` where a refusal would let an attacker lock somebody out: the answer then only takes longer. */
  readonly over: 'refuse' | 'delay';
}

/** Limits that are counted together; the name tells their counters from others'. */
export interface NamedLimits {
  readonly name: string;
  readonly limits: readonly Limit[];
}

export const minuteMs = 60_000;
export const hourMs: number = 60 * minuteMs;

export const refuse = (by: Counted, most: number, perMs: number): Limit => ({ by, most, perMs, over: 'refuse' });
export const delay = (by: Counted, most: number, perMs: number): Limit => ({ by, most, perMs, over: 'delay' });

/** Those of a plugin's `declared` limits that count by `by`; undefined if there are none. */
export function namedLimits(
  name: string,
  declared: readonly RateLimit[],
  by: RateLimit['by'],
): NamedLimits | undefined {
  const limits = declared
    .filter((limit) => limit.by === by)
    .map(({ requests, seconds }) => refuse(by === 'caller' ? 'user' : 'network', requests, seconds * 1_000));
  return limits.length === 0 ? undefined : { name, limits };
}
