/** Tables of other owners in the same database: a migration must not take one of them for its own. */
import type { Migration } from '@palestra/core';
import { type Dialect, tableMark } from './dialect.js';
import type { Connection } from './driver.js';

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

/** What is not applied yet and would make a table that `existing` has. */
export function foreignTables(
  pending: readonly Pending[],
  existing: ReadonlySet<string>,
): { readonly plugin: string; readonly table: string }[] {
  return pending.flatMap(({ plugin, migration }) =>
    'createTable' in migration && existing.has(migration.createTable.table)
      ? [{ plugin, table: migration.createTable.table }]
      : [],
  );
}
