/** Chance that is the same at every run with the same seed. */

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** Whether something with this probability happens. */
  chance(probability: number): boolean;
  /** A whole number from 0 on, below `end`. */
  below(end: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** mulberry32 */
export function randomOf(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    next,
    chance: (probability) => next() < probability,
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('There is nothing to pick from.');
      return item;
    },
  };
}

/** Of the long forms: `npm run test:races -- --seed 7`. */
export const seed: number = Number(process.env.PALESTRA_TEST_SEED ?? 1);
export const isLong: boolean = process.env.PALESTRA_TEST_LONG === 'on';
