/** Makes limits, and turns those that plugins declare into what the limiter counts. */
import type { RateLimit } from '@palestra/core';
import type { Counted, Limit, NamedLimits } from './types.js';

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
