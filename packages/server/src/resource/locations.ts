/** Where rows of a table are, by their ids. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../database/types.js';
import type { Located, NearbyFacts } from './cell-reader.js';

/** Read by one statement. */
const atOnce = 128;

/** Of those that are there and have a location, in no order. */
export function createLocations(
  database: Database,
  { table, longitude, latitude }: Omit<NearbyFacts, 'cell'>,
): (ids: readonly number[]) => Promise<Located[]> {
  const names = Array.from({ length: atOnce }, (_, at) => `id_${at}`);
  const some = database.statement<Located>((knex, parameter) =>
    knex(table)
      .select({ id: 'id', longitude, latitude })
      .whereIn('id', names.map(parameter))
      .whereNotNull(longitude)
      .whereNotNull(latitude),
  );

  return async (ids) => {
    const found: Located[] = [];
    for (let from = 0; from < ids.length; from += atOnce) {
      if (from > 0) await nextTurn();
      const group = ids.slice(from, from + atOnce);
      // The last one fills up what is left, so that one statement serves any number.
      const values = Object.fromEntries(names.map((name, at) => [name, group[Math.min(at, group.length - 1)] ?? 0]));
      found.push(...(await some.all(values)));
    }
    return found;
  };
}
