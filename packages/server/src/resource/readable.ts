/** Rows that only some may read: each reason to read one is a field's value, found by that field's own index. */

import type { Row, Tuple } from '../database/types.js';
import type { Readable, ResourceFacts } from '../plugin/resource.js';
import { shownFields } from './facts.js';
import { kindOf } from './kinds.js';
import type { Condition, Query } from './query.js';
import type { Selector } from './select.js';

/** One selection a reason, merged by id: an OR over two columns would be read without either's index. */
export async function* readableChunks(
  facts: ResourceFacts,
  selector: Selector,
  query: Query,
  readable: Readable,
): AsyncGenerator<Tuple[], void> {
  const sources = readable.map((reason) => {
    const conditions = [...query.conditions, conditionOf(facts, reason)];
    return createCursor(selector.chunks({ ...query, conditions }));
  });
  let left = query.find;
  while (left > 0) {
    const heads = await Promise.all(sources.map((source) => source.head()));
    const present = heads.filter((row) => row !== undefined);
    if (present.length === 0) return;
    const safe = Math.min(...sources.map((source) => source.known()));
    const merged = new Map<number, Tuple>();
    for (const source of sources) for (const row of source.until(safe)) merged.set(idOf(row), row);
    const rows = [...merged.values()].sort((a, b) => idOf(a) - idOf(b)).slice(0, left);
    left -= rows.length;
    yield rows;
  }
}

export function isReadable(facts: ResourceFacts, row: Row, readable: Readable): boolean {
  return readable.some((reason) => {
    const { fields, values } = conditionOf(facts, reason);
    return (fields[0]?.columns ?? []).every((column, at) => row[column] === values[at]);
  });
}

function conditionOf(facts: ResourceFacts, [name, value]: Readable[number]): Condition {
  const field = shownFields(facts)[name];
  if (!field?.indexed) throw new TypeError(`${facts.type} has no indexed field ${name}.`);
  return { name, fields: [field], qualifier: 'equals', values: kindOf(field).encode(value) };
}

const idOf = (tuple: Tuple): number => tuple[0] as number;

interface Cursor {
  /** The next row, read if need be; undefined at the end. */
  head(): Promise<Tuple | undefined>;
  /** Up to this id everything that qualifies has been read. */
  known(): number;
  /** Takes the rows up to `id`. */
  until(id: number): Tuple[];
}

function createCursor(chunks: AsyncGenerator<Tuple[], void>): Cursor {
  let rows: Tuple[] = [];
  let ended = false;
  return {
    async head() {
      while (rows.length === 0 && !ended) {
        const next = await chunks.next();
        if (next.done) ended = true;
        else rows = next.value;
      }
      return rows[0];
    },
    known: () => (rows.length === 0 ? Number.POSITIVE_INFINITY : idOf(rows.at(-1) as Tuple)),
    until(id) {
      const at = rows.findIndex((row) => idOf(row) > id);
      return rows.splice(0, at === -1 ? rows.length : at);
    },
  };
}
