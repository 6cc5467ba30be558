/** What a list of times comes to. */

export function percentile(times: readonly number[], share: number): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

export const median = (times: readonly number[]): number => percentile(times, 0.5);
