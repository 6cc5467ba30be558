/**
 * What contains a text, found by the index of trigrams. The index names candidates, whose rows are then compared as every
 * row would be without it, so the answer and its order are the same. A step compares so many candidates at most. On SQLite
 * it goes through the whole index for them: FTS5 looks for the next row that has all pieces wherever that is, so a step over
 * some of the ids takes as long as one over all.
 */
import { type Candidates, mostCandidates, type SearchedText, type TextIndex } from '../database/text-index.js';
import type { Tuple } from '../database/types.js';
import type { Condition } from './plan.js';

interface Step {
  /** Behind this id. */
  readonly from: number;
  /** The highest one. */
  readonly end: number;
  readonly limit: number;
  /** At most `limit` rows in order of their ids behind `after`: those of the ids that meet all conditions. */
  rowsOf(ids: readonly number[], after: number, limit: number): Promise<readonly Tuple[]>;
}

interface TextSearch {
  /** Rows up to the id that was reached, or as many as the limit. */
  look(step: Step): Promise<{ readonly rows: readonly Tuple[]; readonly reached: number }>;
}

export interface TextSearches {
  /** Whether the index says anything about the conditions. */
  knows(conditions: readonly Condition[]): boolean;
  /** Undefined for conditions that it says nothing about, or of which many rows may meet, and while it is not whole. */
  searchFor(conditions: readonly Condition[]): Promise<TextSearch | undefined>;
}

export function createTextSearches(index: TextIndex): TextSearches {
  const textsOf = (conditions: readonly Condition[]) =>
    conditions.flatMap((condition) => textOf(index, condition) ?? []);
  return {
    knows: (conditions) => textsOf(conditions).length > 0,
    async searchFor(conditions) {
      const texts = textsOf(conditions);
      const candidates = texts.length > 0 ? await index.candidates(texts) : undefined;
      return candidates && { look: (step) => look(candidates, step) };
    },
  };
}

function textOf(index: TextIndex, { fields, qualifier, values }: Condition): SearchedText | undefined {
  if (qualifier !== 'contains') return undefined;
  const columns = fields.map(({ folded }) => folded ?? '');
  return columns.every((column) => index.columns.has(column)) ? { columns, text: String(values[0]) } : undefined;
}

async function look(candidates: Candidates, { from, end, limit, rowsOf }: Step): ReturnType<TextSearch['look']> {
  const ids = await candidates(from);
  const isFull = ids.length === mostCandidates;
  const rows = ids.length === 0 ? [] : await rowsOf(ids, from, limit);
  return { rows, reached: isFull ? (ids.at(-1) ?? end) : end };
}
