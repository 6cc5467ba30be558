/** The ids that rows had in an older system. A row of this table is written with the row that it is about. */
import type { Database, Unit } from '../database/types.js';

export interface LegacyRow {
  readonly legacyId: string;
  readonly id: number;
}

export interface LegacyIds {
  find(table: string, legacyId: string): Promise<number | undefined>;
  /** Of any table; undefined where several have it. */
  findAny(legacyId: string): Promise<number | undefined>;
  add(table: string, rows: readonly LegacyRow[], unit: Unit): Promise<void>;
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
    async add(table_name, rows, unit) {
      if (rows.length === 0) return;
      const values = rows.map(({ legacyId: legacy_id, id: row_id }) => ({ table_name, legacy_id, row_id }));
      await database.write(database.knex('legacy_id').insert(values), unit);
    },
    remove: async (table_name, row_id, unit) => void (await remove.run({ table_name, row_id }, unit)),
  };
}

/**
 * Ids for new rows, the same in every run on the same data: the number that the row had, where it is free, else the next
 * one behind the highest.
 */
export type IdAllocator = (unit: Unit) => BatchIds;

/** Of one transaction. */
export interface BatchIds {
  next(legacyId: string): Promise<number>;
  /** A row was written under it. */
  used(id: number): void;
}

export function createIdAllocator(database: Database, table: string): IdAllocator {
  const highest = database.statement<{ highest: number | null }>((knex) => knex(table).max({ highest: 'id' }));
  const taken = database.statement((knex, parameter) =>
    knex(table)
      .select('id')
      .where({ id: parameter('id') }),
  );
  return (unit) => {
    let last: number | undefined;
    return {
      async next(legacyId) {
        const own = numericId.test(legacyId) ? Number(legacyId) : undefined;
        if (own !== undefined && !(await taken.first({ id: own }, unit))) return own;
        last ??= Number((await highest.first({}, unit))?.highest ?? 0);
        return last + 1;
      },
      used(id) {
        if (last !== undefined) last = Math.max(last, id);
      },
    };
  };
}
