/** Rows that only some may read: each reason to read one is a field's value, found by that field's own index. */
import type { Tuple } from '../database/types.js';
import type { RowFilter } from '../plugin/resource.js';
import type { Plan, Query } from './plan.js';
import { conditionOf } from './query.js';
import { type Page, pagesOf, type Selector } from './select.js';

/** One selection a reason, merged by id: an OR over two columns would be read without either's index. */
export async function* filteredPages(
  plan: Plan,
  selector: Selector,
  query: Query,
  filter: RowFilter,
): AsyncGenerator<Omit<Page, 'next'>, void> {
  const sources = await Promise.all(
    filter.map(async (reason) => {
      const conditions = [...query.conditions, conditionOf(plan, reason)];
      return createCursor(pagesOf(await selector.page({ ...query, conditions })));
    }),
  );
  let left = query.find;
  while (left > 0) {
    const heads = await Promise.all(sources.map((source) => source.head()));
    if (heads.every((row) => row === undefined)) return;
    const safe = Math.min(...sources.map((source) => source.known()));
    const merged = new Map<number, Tuple>();
    for (const source of sources) for (const row of source.until(safe)) merged.set(idOf(row), row);
    const rows = [...merged.values()].sort((a, b) => idOf(a) - idOf(b)).slice(0, left);
    left -= rows.length;
    yield { rows, bytes: sources.reduce((sum, source) => sum + source.bytes(), 0) };
  }
}

/** Whether the filter lets a row of `columns` through. */
export function passes(plan: Plan, filter: RowFilter, columns: readonly string[], row: Tuple): boolean {
  return filter.some((reason) => {
    const { fields, values } = conditionOf(plan, reason);
    return (fields[0]?.columns ?? []).every((column, at) => row[columns.indexOf(column)] === values[at]);
  });
}

const idOf = (tuple: Tuple): number => tuple[0] as number;

interface Cursor {
  /** The next row, read if need be; undefined at the end. */
  head(): Promise<Tuple | undefined>;
  /** Up to this id everything that qualifies has been read. */
  known(): number;
  /** Takes the rows up to `id`. */
  until(id: number): Tuple[];
  /** Of the page that it is at. */
  bytes(): number;
}

function createCursor(pages: AsyncGenerator<Page, void>): Cursor {
  let rows: Tuple[] = [];
  let bytes = 0;
  let ended = false;
  return {
    async head() {
      while (rows.length === 0 && !ended) {
        const next = await pages.next();
        if (next.done) ended = true;
        else {
          // Others may read the same list.
          rows = [...next.value.rows];
          bytes = next.value.bytes;
        }
      }
      return rows[0];
    },
    known: () => (rows.length === 0 ? Number.POSITIVE_INFINITY : idOf(rows.at(-1) as Tuple)),
    until(id) {
      const at = rows.findIndex((row) => idOf(row) > id);
      return rows.splice(0, at === -1 ? rows.length : at);
    },
    bytes: () => bytes,
  };
}
