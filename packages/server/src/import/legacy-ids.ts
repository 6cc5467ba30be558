/** The ids that rows had in an older system. A row of this table is written with the row that it is about. */
import type { Database, Unit } from '../database/types.js';

export interface LegacyIds {
  find(table: string, legacyId: string): Promise<number | undefined>;
  /** Of any table; undefined where several have it. */
  findAny(legacyId: string): Promise<number | undefined>;
  add(table: string, legacyId: string, id: number, unit: Unit): Promise<void>;
  /** Of a row that is deleted. */
  remove(table: string, id: number, unit: Unit): Promise<void>;
}

/** A number stays the id that it was, where that is free. */
const numericId = /^[1-9][0-9]{0,14}$/;

export function createLegacyIds(database: Database): LegacyIds {
  const find = database.statement<{ row_id: number }>((knex, parameter) =>
    knex('legacy_id')
      .select('row_id')
      .where({ table_name: parameter('table_name'), legacy_id: parameter('legacy_id') }),
  );
  const any = database.statement<{ row_id: number }>((knex, parameter) =>
    knex('legacy_id')
      .select('row_id')
      .where({ legacy_id: parameter('legacy_id') })
      .limit(2),
  );
  const add = database.statement((knex, parameter) =>
    knex('legacy_id').insert(parameter.each(['table_name', 'legacy_id', 'row_id'])),
  );
  const remove = database.statement((knex, parameter) =>
    knex('legacy_id')
      .where(parameter.each(['table_name', 'row_id']))
      .delete(),
  );
  return {
    find: async (table_name, legacy_id) => (await find.first({ table_name, legacy_id }))?.row_id,
    async findAny(legacy_id) {
      const [row, another] = await any.all({ legacy_id });
      return another ? undefined : row?.row_id;
    },
    add: async (table_name, legacy_id, row_id, unit) => void (await add.run({ table_name, legacy_id, row_id }, unit)),
    remove: async (table_name, row_id, unit) => void (await remove.run({ table_name, row_id }, unit)),
  };
}

/**
 * Ids for new rows, the same in every run on the same data: the number that the row had, where it is free, else the next
 * one behind the highest.
 */
export interface IdAllocator {
  next(legacyId: string, unit: Unit): Promise<number>;
}

export function createIdAllocator(database: Database, table: string): IdAllocator {
  const highest = database.statement<{ highest: number | null }>((knex) => knex(table).max({ highest: 'id' }));
  const taken = database.statement((knex, parameter) =>
    knex(table)
      .select('id')
      .where({ id: parameter('id') }),
  );
  return {
    async next(legacyId, unit) {
      const own = numericId.test(legacyId) ? Number(legacyId) : undefined;
      if (own !== undefined && !(await taken.first({ id: own }, unit))) return own;
      return Number((await highest.first({}, unit))?.highest ?? 0) + 1;
    },
  };
}
