/** Tables of other owners in the same database: a migration must not take one of them for its own. */
import type { Migration } from '@palestra/core';
import type { Connection } from './connection.js';
import { type Dialect, tableMark } from './dialect.js';
import { ledgerTable, type TableNames } from './table-names.js';

const queries = {
  // A table and its entry in the ledger commit together, so what is here without an entry is of another owner.
  sqlite: "SELECT lower(name) AS name FROM sqlite_schema WHERE type IN ('table', 'view')",
  // A crash may leave a table without its entry; the mark tells that it is Palestra's all the same.
  mysql: `SELECT IF(@@lower_case_table_names = 0, TABLE_NAME, LOWER(TABLE_NAME)) AS name FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_COMMENT <> '${tableMark}'`,
} as const;

/** Names of tables and views, in lower case where `Gym` and `gym` are the same table. Read them before the ledger. */
export async function tablesWithoutMark(connection: Connection, dialect: Dialect): Promise<ReadonlySet<string>> {
  const rows = await connection.all<{ readonly name: string }>(queries[dialect.name], []);
  return new Set(rows.map(({ name }) => name));
}

interface Pending {
  readonly plugin: string;
  readonly migration: Migration;
}

/** What is not applied yet and would make a table that `existing` has, by the names in the database. */
export function foreignTables(
  pending: readonly Pending[],
  existing: ReadonlySet<string>,
  names: TableNames,
): { readonly plugin: string; readonly table: string }[] {
  return pending.flatMap(({ plugin, migration }) =>
    'createTable' in migration && existing.has(names.physical(migration.createTable.table))
      ? [{ plugin, table: names.physical(migration.createTable.table) }]
      : [],
  );
}

const ledgers = {
  sqlite: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE ?",
  mysql:
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ?',
} as const;

/**
 * For a database in which nothing has been set up by these names yet.
 * @throws Error if it was set up with another prefix: a second time it would begin empty, beside all its data
 */
export async function refuseOtherPrefix(connection: Connection, dialect: Dialect, names: TableNames): Promise<void> {
  const rows = await connection.all<{ readonly name: string }>(ledgers[dialect.name], [`%${ledgerTable}`]);
  const [found] = rows.map(({ name }) => name.slice(0, -ledgerTable.length)).filter((each) => each !== names.prefix);
  if (found === undefined) return;
  const [here, now] = [found, names.prefix].map((prefix) =>
    prefix === '' ? 'without a tablePrefix' : `with the tablePrefix ${prefix}`,
  );
  const correct = found === '' ? 'Unset tablePrefix (PALESTRA_TABLE_PREFIX)' : `Set it to ${found}`;
  throw new Error(
    `This database was set up ${here}, and is opened ${now}. ${correct}, or take a database of its own for another installation.`,
  );
}
