/** The tables of a database, read from its own catalogue. */
import type { Column } from '@palestra/core';
import { driverOf } from './driver.js';
import { hasNewer } from './ledger.js';
import type { MigrationSet } from './migration-set.js';
import type { Database, Row } from './types.js';

/** What a column can hold, the same on every database. */
export type Storage = 'integer' | 'real' | 'text' | 'bytes';

interface RealColumn {
  readonly storage: Storage;
  readonly nullable: boolean;
}

export interface RealTable {
  readonly columns: ReadonlyMap<string, RealColumn>;
  /** Columns of each index, in order; `unique` among them the primary key. */
  readonly indexes: readonly { readonly columns: readonly string[]; readonly unique: boolean }[];
  /** A newer version of a plugin has been here, and may have added columns that this one need not know. */
  readonly grown: boolean;
}

export type RealTables = ReadonlyMap<string, RealTable>;

export const storageOf: Readonly<Record<Column['type'], Storage>> = {
  id: 'integer',
  integer: 'integer',
  real: 'real',
  text: 'text',
  longtext: 'text',
  ascii: 'text',
  json: 'text',
  bytes: 'bytes',
};

interface Catalogue {
  /** `table_name`, `column_name`, `type` and `nullable` (1 or 0). */
  readonly columns: string;
  /** `table_name`, `index_name`, `column_name`, `is_unique` (1 or 0), in the order of the columns. */
  readonly indexes: string;
}

const catalogues: Readonly<Record<'sqlite' | 'mysql', Catalogue>> = {
  sqlite: {
    columns: `SELECT t.name AS table_name, c.name AS column_name, c.type AS type, c."notnull" = 0 AND c.pk = 0 AS nullable
      FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'`,
    indexes: `SELECT t.name AS table_name, i.name AS index_name, c.name AS column_name, i."unique" AS is_unique
      FROM sqlite_master AS t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c
      WHERE t.type = 'table' ORDER BY t.name, i.name, c.seqno`,
  },
  mysql: {
    columns: `SELECT TABLE_NAME AS table_name, COLUMN_NAME AS column_name, DATA_TYPE AS type, IS_NULLABLE = 'YES' AS nullable
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()`,
    indexes: `SELECT TABLE_NAME AS table_name, INDEX_NAME AS index_name, COLUMN_NAME AS column_name,
        NON_UNIQUE = 0 AS is_unique
      FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
      ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  },
};

/** SQL types by what their names begin with. */
const storages: readonly (readonly [begins: RegExp, storage: Storage])[] = [
  [/int/i, 'integer'],
  [/real|double|float|decimal/i, 'real'],
  [/blob|binary/i, 'bytes'],
  [/./, 'text'],
];

interface Inspected {
  readonly columns: Map<string, RealColumn>;
  readonly indexes: Map<string, { readonly columns: string[]; readonly unique: boolean }>;
}

/**
 * By the names that migrations give them; those of another prefix are left out.
 * @param sets what this version knows, where it is of interest whether a newer one has been here
 */
export async function inspectTables(database: Database, sets: readonly MigrationSet[] = []): Promise<RealTables> {
  const grown = sets.length > 0 && (await hasNewer(database, sets));
  const { columns, indexes } = catalogues[database.dialect.name];
  const read = (sql: string): Promise<Row[]> => database.statement((knex) => knex.raw(sql)).all();
  const tables = new Map<string, Inspected>();
  for (const row of await read(columns)) {
    const name = String(row.table_name);
    const table = tables.get(name) ?? { columns: new Map(), indexes: new Map() };
    tables.set(name, table);
    table.columns.set(String(row.column_name), columnOf(row));
  }
  for (const row of await read(indexes)) {
    const inspected = tables.get(String(row.table_name))?.indexes;
    const index = inspected?.get(String(row.index_name)) ?? { columns: [], unique: Number(row.is_unique) === 1 };
    index.columns.push(String(row.column_name));
    inspected?.set(String(row.index_name), index);
  }
  const { tableNames } = driverOf(database);
  return new Map(
    [...tables].flatMap(([physical, table]) => {
      const name = tableNames.logical(physical);
      return name === undefined ? [] : [[name, { ...table, grown, indexes: [...table.indexes.values()] }]];
    }),
  );
}

function columnOf({ type, nullable }: Row): RealColumn {
  const storage = storages.find(([begins]) => begins.test(String(type)))?.[1] ?? 'text';
  return { storage, nullable: Number(nullable) === 1 };
}
