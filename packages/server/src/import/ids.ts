/**
 * Ids for new rows, the same in every run on the same data: the number that the row had, where it is free, else the next
 * one behind the highest.
 */
import type { Database, Unit } from '../database/types.js';
import { padded } from './rows.js';

/** Those of one transaction. */
interface BatchIds {
  next(legacyId: string): number;
  /** A row was written under it. */
  used(id: number): void;
}

/** For rows with these ids in the older system. */
export type IdAllocator = (legacyIds: readonly string[], unit: Unit) => Promise<BatchIds>;

/** A number stays the id that it was, where that is free. */
const numericId = /^[1-9][0-9]{0,14}$/;

export function createIdAllocator(database: Database, table: string): IdAllocator {
  const highest = database.statement<{ highest: number | null }>((knex) => knex(table).max({ highest: 'id' }));

  async function takenAmong(ids: readonly number[], unit: Unit): Promise<Set<number>> {
    if (ids.length === 0) return new Set();
    const query = database.knex(table).select('id').whereIn('id', padded(ids));
    return new Set((await database.query<{ id: number }>(query, unit)).map(({ id }) => id));
  }

  return async (legacyIds, unit) => {
    const numbers = legacyIds.filter((legacyId) => numericId.test(legacyId)).map(Number);
    const taken = await takenAmong(numbers, unit);
    let last = Number((await highest.first({}, unit))?.highest ?? 0);
    return {
      next(legacyId) {
        const own = numericId.test(legacyId) ? Number(legacyId) : undefined;
        return own !== undefined && !taken.has(own) ? own : last + 1;
      },
      used(id) {
        taken.add(id);
        last = Math.max(last, id);
      },
    };
  };
}
