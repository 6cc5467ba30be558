/** Reads one or many rows of a resource as answers, or as what plugins see. */
import { Encoded, guest, type ListChunk, parseId } from '@palestra/core';
import { createLookup } from '../database/gathered-reads.js';
import type { Database, Tuple, Unit } from '../database/types.js';
import type { Answer, Caller, Chunk, Found, ResourceRules, ResourceTypes } from '../plugin/resource.js';
import type { Plan, Query } from './plan.js';
import { filteredPages, passes } from './row-filter.js';
import { createSelector, type Page, pagesOf } from './select.js';
import { listOf } from './stream.js';

export interface Reader<Types extends ResourceTypes> {
  /** @throws PalestraError 404 for what does not exist for the caller; in the rest face 403 for what is another's */
  one(id: string, caller?: Caller): Promise<Answer<Types['shown']>>;
  list(query: Query, caller?: Caller): Promise<Found<Types['shown']>>;
  /** As the wire shows it to every caller. */
  find(id: number, unit?: Unit): Promise<Types['shown'] | undefined>;
  /** The answer to a write of this row. */
  answer(row: Tuple, unit?: Unit): Promise<Answer<Types['shown']>>;
  byId(id: number, unit?: Unit): Promise<Tuple | undefined>;
  /** What is stored, not locked. */
  record(id: number): Promise<Types['record'] | undefined>;
}

export function createReader<Types extends ResourceTypes>(
  database: Database,
  plan: Plan,
  rules: ResourceRules<Types>,
): Reader<Types> {
  type Shown = Types['shown'];
  const { facts, face, shown } = plan;
  const selector = createSelector(database, plan, shown.columns);
  const byId = createLookup(database, plan.qualified('id'), (knex) => plan.select(knex, shown.columns));
  const stored = createLookup(database, 'id', (knex) => knex(facts.table).select(plan.record.columns));

  async function complete(rows: readonly Tuple[], unit?: Unit): Promise<Shown[]> {
    const items = rows.map(shown.decode) as Shown[];
    const stored = (row: Tuple): Types['record'] => plan.recordOfShown(row);
    await rules.complete?.(
      rows.map((row, at) => ({ shown: items[at] as Shown, record: stored(row) })),
      unit,
    );
    return items;
  }

  /**
   * The rows' own text is the answer, unless the rules have something to add. It is joined at once: pieces of text that
   * outlive the event loop's turn cost the garbage collector more than all else here.
   */
  async function answers({ rows, bytes }: Omit<Page, 'next'>): Promise<Chunk<Shown, ListChunk<Shown>>> {
    const text = rules.complete ? undefined : `[${rows.map(shown.encode).join(',')}]`;
    const items = text === undefined ? await complete(rows) : new Encoded<readonly Shown[]>(text);
    return { items, count: rows.length, bytes };
  }

  async function* chunks(
    pages: AsyncIterable<Omit<Page, 'next'>>,
  ): AsyncGenerator<Chunk<Shown, ListChunk<Shown>>, void> {
    for await (const page of pages) yield await answers(page);
  }

  const answer = async (row: Tuple, unit?: Unit): Promise<Answer<Shown>> =>
    rules.complete ? ((await complete([row], unit))[0] as Shown) : new Encoded(shown.encode(row), !rules.codecs);

  return {
    byId,
    answer,
    async record(id) {
      const row = await stored(id);
      return row && (plan.record.decode(row) as Types['record']);
    },
    async one(id, { principal } = { principal: guest }) {
      const number = parseId(id);
      const row = number === undefined ? undefined : await byId(number);
      if (!row) throw face.notFound(facts, id);
      const filter = await rules.readable?.(principal);
      if (filter && !passes(plan, filter, shown.columns, row)) throw face.hidden(facts, id);
      return answer(row);
    },
    async list(query, { principal } = { principal: guest }) {
      const filter = await rules.readable?.(principal);
      if (filter) return listOf(chunks(filteredPages(plan, selector, query, filter)));
      const page = await selector.page(query);
      return page.next ? listOf(chunks(pagesOf(page))) : (await answers(page)).items;
    },
    async find(id, unit) {
      const row = await byId(id, unit);
      return row && (await complete([row], unit))[0];
    },
  };
}
