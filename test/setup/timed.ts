/** Tests of how long something takes: `npm test` runs them when nothing else runs, and once more if one fails. */

/** `npm test` says so while it runs other tests at the same time. */
const crowded = process.env.TEST_LANE === 'crowded';

export function itTimed(title: string, body: (this: Mocha.Context) => Promise<void> | void): void {
  if (!crowded) it(`${title} (timed)`, body).retries(1);
}

/**
 * How many times as long the slowest kind of work takes as the quickest, by the shortest time of each: what else the
 * machine does only adds to the others. Measured again, up to ten times as often, while that is not below `limit`.
 */
export async function ratioOf(
  kinds: Readonly<Record<string, () => Promise<unknown>>>,
  { rounds, limit }: { readonly rounds: number; readonly limit: number },
): Promise<number> {
  const shortest = new Map(Object.keys(kinds).map((kind) => [kind, Infinity]));
  const ratio = () => Math.max(...shortest.values()) / Math.min(...shortest.values());
  for (let round = 0; round < rounds || (round < 10 * rounds && ratio() >= limit); round++) {
    for (const [kind, work] of Object.entries(kinds)) {
      const started = performance.now();
      await work();
      shortest.set(kind, Math.min(shortest.get(kind) ?? Infinity, performance.now() - started));
    }
  }
  return ratio();
}
