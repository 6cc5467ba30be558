/**
 * What contains a text, found by the index of trigrams. The index names candidates, whose rows are then compared as every
 * row would be without it, so the answer and its order are the same. A step compares so many candidates at most. It goes
 * through the whole index for them: FTS5 looks for the next row that has all pieces wherever that is, so a step over some
 * of the ids takes as long as one over all.
 */
import { matchOf, type TextIndex } from '../database/text-index.js';
import type { Tuple } from '../database/types.js';
import type { Condition } from './plan.js';

/** Rows that a step compares at most. */
const mostCandidates = 256;

interface Step {
  /** Behind this id. */
  readonly from: number;
  /** The highest one. */
  readonly end: number;
  readonly limit: number;
  /** At most `limit` rows in order of their ids behind `after`: those of the ids, a JSON array, that meet all conditions. */
  rowsOf(ids: string, after: number, limit: number): Promise<readonly Tuple[]>;
}

interface TextSearch {
  /** Rows up to the id that was reached, or as many as the limit. */
  look(step: Step): Promise<{ readonly rows: readonly Tuple[]; readonly reached: number }>;
}

export interface TextSearches {
  /** Whether the index says anything about the conditions. */
  knows(conditions: readonly Condition[]): boolean;
  /** Undefined for conditions that it says nothing about, and while it is not whole. */
  searchFor(conditions: readonly Condition[]): Promise<TextSearch | undefined>;
}

export function createTextSearches(index: TextIndex): TextSearches {
  const matchesOf = (conditions: readonly Condition[]) =>
    conditions.flatMap((condition) => matchOfCondition(index, condition) ?? []);
  return {
    knows: (conditions) => matchesOf(conditions).length > 0,
    async searchFor(conditions) {
      const matches = matchesOf(conditions);
      return matches.length > 0 && (await index.isWhole()) ? createSearch(index, matches.join(' AND ')) : undefined;
    },
  };
}

function createSearch(index: TextIndex, match: string): TextSearch {
  return {
    async look({ from, end, limit, rowsOf }) {
      const ids = await index.candidates({ match, after: from, limit: mostCandidates });
      const isFull = ids.length === mostCandidates;
      const rows = ids.length === 0 ? [] : await rowsOf(JSON.stringify(ids), from, limit);
      return { rows, reached: isFull ? (ids.at(-1) ?? end) : end };
    },
  };
}

function matchOfCondition(index: TextIndex, { fields, qualifier, values }: Condition): string | undefined {
  if (qualifier !== 'contains') return undefined;
  const columns = fields.map(({ folded }) => folded ?? '');
  return columns.every((column) => index.columns.has(column)) ? matchOf(columns, String(values[0])) : undefined;
}
