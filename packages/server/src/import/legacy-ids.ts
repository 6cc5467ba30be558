/** The ids that rows had in an older system. A row of this table is written with the row that it is about. */
import { createHash } from 'node:crypto';
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
  /** Of a row that is deleted and must not be imported again. Only a hash of its older id stays. */
  forget(table: string, id: number, unit: Unit): Promise<void>;
  /** Whether the row that had this id in an older system was deleted here. */
  isForgotten(table: string, legacyId: string): Promise<boolean>;
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
    ...composeForgetting(database),
  };
}

function composeForgetting(database: Database): Pick<LegacyIds, 'forget' | 'isForgotten'> {
  const row = { table_name: 'table_name', row_id: 'row_id' } as const;
  const known = database.statement<{ legacy_id: string }>((knex, parameter) =>
    knex('legacy_id').select('legacy_id').where(parameter.each(row)),
  );
  const remove = database.statement((knex, parameter) => knex('legacy_id').where(parameter.each(row)).delete());
  const forgotten = database.statement((knex, parameter) =>
    knex('forgotten_legacy_id')
      .select('hash')
      .where(parameter.each(['hash'])),
  );
  const insert = database.statement((knex, parameter) => knex('forgotten_legacy_id').insert(parameter.each(['hash'])));
  return {
    async forget(table_name, row_id, unit) {
      for (const { legacy_id } of await known.all({ table_name, row_id }, unit)) {
        const hash = hashOf(table_name, legacy_id);
        // A restore brought the row back: it is deleted for the second time.
        if (!(await forgotten.first({ hash }, unit))) await insert.run({ hash }, unit);
      }
      await remove.run({ table_name, row_id }, unit);
    },
    isForgotten: async (table, legacyId) => (await forgotten.first({ hash: hashOf(table, legacyId) })) !== undefined,
  };
}

function hashOf(table: string, legacyId: string): string {
  return createHash('sha256').update(`${table} ${legacyId}`).digest('hex');
}

/**
 * Ids for new rows, the same in every run on the same data: the number that the row had, where it is free, else the next
 * one behind the highest.
 */
export type IdAllocator = (unit: Unit) => BatchIds;

/** Of one transaction. */
interface BatchIds {
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
