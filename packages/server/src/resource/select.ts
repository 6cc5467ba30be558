/** Reads a resource in chunks along its ids, so that neither memory nor the event loop knows how many there are. */
import { createPlaces } from '../async/places.js';
import { turns } from '../async/turns.js';
import type { Database, Tuple } from '../database/types.js';
import type { Plan, Query } from './plan.js';
import { chunkLimits } from './stream.js';
import { createWays } from './ways.js';

/** Rows of the first chunk at most: how wide they are is not known before any were read, and may have changed. */
const firstChunk = { unknown: 32, known: 128 } as const;

/**
 * Pages behind a full one that MySQL or MariaDB is asked for at once, in this process: it answers while others have their
 * turn, but what it has answered is read from all connections in one.
 */
const longPages = createPlaces(2);

/** Rows of a page at most. Others wait for the rest of the turn that one is read in. */
const pageRows = 250;

export interface Page {
  /** In the order of the selected columns, `id` first. */
  readonly rows: readonly Tuple[];
  /** About. */
  readonly bytes: number;
  /** Undefined behind the last page. */
  readonly next: (() => Promise<Page>) | undefined;
}

export interface Selector {
  /** The first rows in order of `id`; a page may be empty and have a next one. */
  page(query: Query): Promise<Page>;
}

/** How far a query has come, and how much it takes at once. */
interface Position {
  readonly from: number;
  readonly left: number;
  readonly limit: number;
}

export function createSelector(database: Database, plan: Plan, columns: readonly string[]): Selector {
  const wayOf = createWays(database, plan, columns);
  let rowBytes = 0;

  /** The widest chunk lately decides how many rows the next list begins with. */
  function learn(rows: number, bytes: number): number {
    if (rows === 0) return rowBytes;
    const average = bytes / rows;
    rowBytes = Math.max(average, rowBytes * 0.9);
    return average;
  }

  const firstLimit = (): number => fitting(rowBytes, rowBytes > 0 ? firstChunk.known : firstChunk.unknown);

  return {
    async page({ conditions, find, after, together }) {
      const look = await wayOf(conditions, together);

      async function read({ from, left, limit }: Position): Promise<Page> {
        const { rows, reached, isEnd } = await look(from, limit);
        const bytes = widthOf(rows);
        const average = learn(rows.length, bytes);
        const full = rows.length === limit;
        if (full ? left <= limit : isEnd) return { rows, bytes, next: undefined };
        const position = {
          from: full ? (rows.at(-1)?.[0] as number) : reached,
          left: left - rows.length,
          limit: Math.min(left - rows.length, full ? fitting(average, limit * 4) : limit),
        };
        return { rows, bytes, next: () => turns.run(() => (full ? longPages(() => read(position)) : read(position))) };
      }

      return read({ from: after, left: find, limit: Math.min(find, firstLimit()) });
    },
  };
}

/** The pages of a query, one after the other. */
export async function* pagesOf(first: Page): AsyncGenerator<Page, void> {
  for (let page = first; ; page = await page.next()) {
    yield page;
    if (!page.next) return;
  }
}

/** Rows of this width that a chunk may have. */
function fitting(rowBytes: number, most: number): number {
  const rows = rowBytes > 0 ? Math.floor(chunkLimits.bytes / rowBytes) : most;
  return Math.max(1, Math.min(rows, most, pageRows));
}

/** Text is nearly all of it; a number is taken for 8. */
function widthOf(rows: readonly Tuple[]): number {
  let bytes = 0;
  for (const row of rows) for (const cell of row) bytes += typeof cell === 'string' ? cell.length : 8;
  return bytes;
}
