/**
 * What contains a text, found by the index of trigrams. The index names candidates, whose rows are then compared as every
 * row would be without it, so the answer and its order are the same. A step takes a bounded time, whatever the text: so many
 * ids of the index, so many candidates.
 */
import { matchOf, type TextIndex } from '../database/text-index.js';
import type { Tuple } from '../database/types.js';
import type { Condition } from './plan.js';

/** Ids that a step goes through in the index: few at first, since there may be a candidate at each, then ever more. */
const windows = { first: 4_096, most: 131_072, growth: 4 } as const;
/** Rows that a step compares at most. */
const mostCandidates = 256;

interface Step {
  /** Behind this id. */
  readonly from: number;
  /** Up to this one. */
  readonly end: number;
  readonly limit: number;
  /** At most `limit` rows in order of their ids behind `after`: those of the ids, a JSON array, that meet all conditions. */
  rowsOf(ids: string, after: number, limit: number): Promise<readonly Tuple[]>;
}

interface TextSearch {
  /** Rows up to the id that was reached, or as many as the limit. */
  look(step: Step): Promise<{ readonly rows: readonly Tuple[]; readonly reached: number }>;
}

/** Undefined for conditions that the index says nothing about, and while it is not whole. */
export function createTextSearch(
  index: TextIndex,
): (conditions: readonly Condition[]) => Promise<TextSearch | undefined> {
  return async (conditions) => {
    const match = conditions.flatMap((condition) => matchOfCondition(index, condition) ?? []).join(' AND ');
    return match !== '' && (await index.isWhole()) ? createSearch(index, match) : undefined;
  };
}

function createSearch(index: TextIndex, match: string): TextSearch {
  let window: number = windows.first;
  return {
    async look({ from, end, limit, rowsOf }) {
      const until = Math.min(from + window, end);
      const ids = await index.candidates({ match, after: from, until, limit: mostCandidates });
      const isFull = ids.length === mostCandidates;
      if (!isFull) window = Math.min(window * windows.growth, windows.most);
      const rows = ids.length === 0 ? [] : await rowsOf(JSON.stringify(ids), from, limit);
      return { rows, reached: isFull ? (ids.at(-1) ?? until) : until };
    },
  };
}

function matchOfCondition(index: TextIndex, { fields, qualifier, values }: Condition): string | undefined {
  if (qualifier !== 'contains') return undefined;
  const columns = fields.map(({ folded }) => folded ?? '');
  return columns.every((column) => index.columns.has(column)) ? matchOf(columns, String(values[0])) : undefined;
}
