/**
 * Whether a query finds few rows, and which. What lies nearest can be looked for in two ways: at one place after the
 * other, which takes the longer the fewer rows there are, or by reading all of them, which takes the longer the more
 * there are. The first rows tell how many there will be.
 */
import type { Database } from '../database/types.js';
import type { Few } from '../plugin/resource.js';
import type { Condition, Plan, PlannedField } from './plan.js';
import { createSelector, pagesOf, type Selector } from './select.js';
import { createLastId } from './way-statements.js';

/** Rows before which nothing is judged: their density is that of the table to one part in eight. */
const sample = 64;
/** Rows read at most. */
const most = 4_096;
/** What a page of the nearest has. */
const wanted = 20;

/** Of all rows that meet the conditions the values of a field's column, where they are few. */
export function createFew(
  database: Database,
  plan: Plan,
): (conditions: readonly Condition[], field: PlannedField) => Promise<Few> {
  const lastId = createLastId(database, plan);
  const selectors = new Map<string, Selector>();

  function selectorOf({ name, columns: [column = ''] }: PlannedField): Selector {
    const known = selectors.get(name) ?? createSelector(database, plan, ['id', column]);
    selectors.set(name, known);
    return known;
  }

  return async (conditions, field) => {
    const end = await lastId();
    const found: number[] = [];
    for await (const { rows } of pagesOf(
      await selectorOf(field).page({ conditions, find: Number.POSITIVE_INFINITY, after: 0 }),
    )) {
      for (const [, value] of rows) found.push(value as number);
      const last = rows.at(-1)?.[0] as number | undefined;
      if (last !== undefined && areMany(found.length, last / end, end)) return { rowsEach: last / found.length };
    }
    return { values: found };
  };
}

/**
 * Among `rows` of which a part of the table has so many. Reading all takes as long as there are matches; going from place
 * to place takes rows ÷ matches for each one wanted. Both are the same at the root of rows × wanted.
 */
function areMany(found: number, part: number, rows: number): boolean {
  if (found < sample) return false;
  return found > most || found / part > Math.sqrt(rows * wanted);
}
