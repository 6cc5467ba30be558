/** The ids that rows had in an older system. A row of this table is written with the row that it is about. */
import { createHash } from 'node:crypto';
import type { Database, Unit } from '../database/types.js';
import { createInsertAll, padded } from './rows.js';

export interface LegacyRow {
  readonly legacyId: string;
  readonly id: number;
}

export interface LegacyIds {
  /** The rows of a table that had these ids, by them. */
  findAll(table: string, legacyIds: readonly string[]): Promise<Map<string, number>>;
  /** Of the table, where one is named; else of any, and undefined where several have it. */
  find(legacyId: string, table?: string): Promise<number | undefined>;
  add(table: string, rows: readonly LegacyRow[], unit: Unit): Promise<void>;
  /** Of a row that is deleted and must not be imported again. Only a hash of its older id stays. */
  forget(table: string, id: number, unit: Unit): Promise<void>;
  /** Those of these ids whose rows were deleted here. */
  forgottenAmong(table: string, legacyIds: readonly string[]): Promise<Set<string>>;
}

interface LegacyRecord {
  readonly legacy_id: string;
  readonly row_id: number;
}

export function createLegacyIds(database: Database): LegacyIds {
  const insertAll = createInsertAll(database);
  const one = database.statement<{ row_id: number }>((knex, parameter) =>
    knex('legacy_id')
      .select('row_id')
      .where(parameter.each(['table_name', 'legacy_id'])),
  );
  const any = database.statement<{ row_id: number }>((knex, parameter) =>
    knex('legacy_id')
      .select('row_id')
      .where({ legacy_id: parameter('legacy_id') })
      .limit(2),
  );
  return {
    async findAll(table_name, legacyIds) {
      if (legacyIds.length === 0) return new Map();
      const known: LegacyRecord[] = await database
        .knex('legacy_id')
        .select('legacy_id', 'row_id')
        .where({ table_name })
        .whereIn('legacy_id', padded(legacyIds));
      return new Map(known.map(({ legacy_id, row_id }) => [legacy_id, row_id]));
    },
    async find(legacy_id, table_name) {
      if (table_name !== undefined) return (await one.first({ table_name, legacy_id }))?.row_id;
      const [row, another] = await any.all({ legacy_id });
      return another ? undefined : row?.row_id;
    },
    async add(table_name, rows, unit) {
      if (rows.length === 0) return;
      const values = rows.map(({ legacyId: legacy_id, id: row_id }) => ({ table_name, legacy_id, row_id }));
      await insertAll('legacy_id', values, unit);
    },
    ...composeForgetting(database),
  };
}

function composeForgetting(database: Database): Pick<LegacyIds, 'forget' | 'forgottenAmong'> {
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
    async forgottenAmong(table, legacyIds) {
      const hashes = new Map(legacyIds.map((legacyId) => [hashOf(table, legacyId), legacyId]));
      if (hashes.size === 0) return new Set();
      const found: { hash: string }[] = await database
        .knex('forgotten_legacy_id')
        .select('hash')
        .whereIn('hash', padded([...hashes.keys()]));
      return new Set(found.flatMap(({ hash }) => hashes.get(hash) ?? []));
    },
  };
}

function hashOf(table: string, legacyId: string): string {
  return createHash('sha256').update(`${table} ${legacyId}`).digest('hex');
}
