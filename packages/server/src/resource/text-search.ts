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

/** At most `mostCandidates` ids behind this one, in order. */
type Candidates = (after: number) => number[] | Promise<number[]>;

export function createTextSearches(index: TextIndex): TextSearches {
  const textsOf = (conditions: readonly Condition[]) =>
    conditions.flatMap((condition) => textOf(index, condition) ?? []);
  return {
    knows: (conditions) => textsOf(conditions).length > 0,
    async searchFor(conditions) {
      const texts = textsOf(conditions);
      if (texts.length === 0 || !(await index.isWhole())) return undefined;
      const candidates = byPieces(index, texts) ?? (await byShortText(index, texts));
      return candidates && { look: (step) => look(candidates, step) };
    },
  };
}

interface SearchedText {
  /** In one of these columns of the index. */
  readonly columns: readonly string[];
  readonly text: string;
}

function textOf(index: TextIndex, { fields, qualifier, values }: Condition): SearchedText | undefined {
  if (qualifier !== 'contains') return undefined;
  const columns = fields.map(({ folded }) => folded ?? '');
  return columns.every((column) => index.columns.has(column)) ? { columns, text: String(values[0]) } : undefined;
}

/** What has the pieces of all texts that are long enough to have one. */
function byPieces(index: TextIndex, texts: readonly SearchedText[]): Candidates | undefined {
  const match = texts.flatMap(({ columns, text }) => matchOf(columns, text) ?? []).join(' AND ');
  return match === '' ? undefined : (after) => index.candidates({ match, after, limit: mostCandidates });
}

/** What has the first short text that few rows have; others are soon found by looking at all rows. */
async function byShortText(index: TextIndex, texts: readonly SearchedText[]): Promise<Candidates | undefined> {
  for (const { columns, text } of texts) {
    const ids = await index.few(columns, text);
    if (ids) return (after) => ids.filter((id) => id > after).slice(0, mostCandidates);
  }
  return undefined;
}

async function look(candidates: Candidates, { from, end, limit, rowsOf }: Step): ReturnType<TextSearch['look']> {
  const ids = await candidates(from);
  const isFull = ids.length === mostCandidates;
  const rows = ids.length === 0 ? [] : await rowsOf(JSON.stringify(ids), from, limit);
  return { rows, reached: isFull ? (ids.at(-1) ?? end) : end };
}
