/** A resource seen through fewer fields: what guests and other callers with less than everything may read. */
import type { Database } from '../database/types.js';
import type { View, ViewFacts, ViewQuery } from '../plugin/resource.js';
import type { Condition, Plan } from './plan.js';
import { among, bound, contains, equals } from './query.js';
import { createSelector, pagesOf } from './select.js';
import { limitOf } from './stream.js';
import { createTextSearch } from './text-search.js';

export function createView<Shown extends object>(
  database: Database,
  plan: Plan,
  { fields: names, keyword: searched }: ViewFacts,
): View<Shown> {
  const { columns, decode } = plan.shape(names);
  const selector = createSelector(database, plan, columns);
  const fieldOf = (name: string) => {
    const field = plan.fields.get(name);
    if (!field) throw new TypeError(`${plan.facts.name} has no field ${name}.`);
    return field;
  };
  const texts = searched.map(fieldOf);

  function conditionsOf({
    keyword,
    equals: wanted = {},
    among: some = {},
    begun = {},
    lasting = {},
  }: ViewQuery): Condition[] {
    const conditions = [
      ...Object.entries(wanted).map(([name, value]) => equals(fieldOf(name), value)),
      ...Object.entries(some).map(([name, values]) => among(fieldOf(name), values)),
      ...Object.entries(begun).map(([name, at]) => bound(fieldOf(name), 'begun', at)),
      ...Object.entries(lasting).map(([name, at]) => bound(fieldOf(name), 'lasting', at)),
    ];
    return keyword === undefined ? conditions : [...conditions, contains('keyword', texts, keyword)];
  }

  const search = plan.textIndex && createTextSearch(plan.textIndex);

  return {
    async few(query, most) {
      const conditions = conditionsOf(query);
      if (!(await search?.(conditions))) return undefined;
      const ids: number[] = [];
      for await (const { rows } of pagesOf(await selector.page({ conditions, find: most + 1, after: 0 }))) {
        ids.push(...rows.map(([id]) => id as number));
      }
      return ids.length > most ? undefined : ids;
    },
    async *chunks(query) {
      const { find, after = 0 } = query;
      const first = await selector.page({ conditions: conditionsOf(query), find: limitOf(find), after });
      for await (const { rows, bytes } of pagesOf(first)) {
        yield { items: rows.map(decode) as Shown[], count: rows.length, bytes };
      }
    },
  };
}
