/** A resource seen through fewer fields: what guests and other callers with less than everything may read. */

import { fold } from '@palestra/core';
import type { Database, Tuple } from '../database/types.js';
import type { ResourceFacts, View, ViewFacts, ViewQuery } from '../plugin/resource.js';
import { shownFields } from './facts.js';
import { kindOf } from './kinds.js';
import type { Condition } from './query.js';
import { createDecoder, selectedColumns } from './rows.js';
import { createSelector } from './select.js';
import { listOf } from './stream.js';

export function createView<Shown extends object>(
  database: Database,
  facts: ResourceFacts,
  viewFacts: ViewFacts,
): View<Shown> {
  const fields = shownFields(facts);
  const decode = createDecoder(facts, { names: viewFacts.fields, as: 'tuple' }) as (tuple: Tuple) => Shown;
  const selector = createSelector(database, facts.table, selectedColumns(facts, viewFacts.fields));
  const searched = viewFacts.keyword.flatMap((name) => fields[name] ?? []);

  function conditionsOf({ keyword, equals = {} }: ViewQuery): Condition[] {
    const conditions = Object.entries(equals).map(([name, value]): Condition => {
      const field = fields[name];
      if (!field) throw new TypeError(`${facts.type} has no field ${name}.`);
      return { name, fields: [field], qualifier: 'equals', values: kindOf(field).encode(value) };
    });
    if (keyword === undefined) return conditions;
    return [...conditions, { name: 'keyword', fields: searched, qualifier: 'contains', values: [fold(keyword)] }];
  }

  async function* chunks(query: ViewQuery): AsyncGenerator<Shown[], void> {
    const find = query.find || Number.POSITIVE_INFINITY;
    for await (const rows of selector.chunks({ conditions: conditionsOf(query), find, after: query.after ?? 0 })) {
      yield rows.map(decode);
    }
  }

  return { chunks, list: (query) => listOf(chunks(query)) };
}
