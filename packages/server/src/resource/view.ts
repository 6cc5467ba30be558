/** A resource seen through fewer fields: what guests and other callers with less than everything may read. */
import type { Database } from '../database/types.js';
import type { View, ViewFacts, ViewQuery } from '../plugin/resource.js';
import { createFew } from './few.js';
import type { Condition, Plan } from './plan.js';
import { among, bound, contains, equals } from './query.js';
import { createSelector, pagesOf } from './select.js';
import { limitOf } from './stream.js';

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

  const few = createFew(database, plan);

  return {
    few: (query, field) => few(conditionsOf(query), fieldOf(field)),
    async *chunks(query) {
      const { find, after = 0, together } = query;
      const first = await selector.page({ conditions: conditionsOf(query), find: limitOf(find), after, together });
      for await (const { rows, bytes } of pagesOf(first)) {
        yield { items: rows.map(decode) as Shown[], count: rows.length, bytes };
      }
    },
  };
}
