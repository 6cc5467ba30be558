/** How large the races are: short in `npm test`, as long as the promises say in `npm run test:races -- --seed 7`. */

export const long: boolean = process.env.PALESTRA_TEST_LONG === 'on';
export const seed: number = Number(process.env.PALESTRA_TEST_SEED) || 1;

/** A few buyers make all the purchases of a test. */
export const manyPending = { pendingPerMember: 100_000, pendingPerMerchandise: 100_000 } as const;

/** `short` unless the long form is run. */
export function scaled(short: number, full: number): number {
  return long ? full : short;
}

/** Mulberry32: the same numbers for the same seed. */
export function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const list = [...items];
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other] as Item, list[at] as Item];
  }
  return list;
}

/** Runs `action` for every item, so many at a time. */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  action: (item: Item, at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      await action(items[at] as Item, at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
