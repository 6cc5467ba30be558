/** The table of the migrations that a database has had. */
import type { TableDefinition } from '@palestra/core';
import type { Connection } from './connection.js';
import { renderMigration } from './ddl.js';
import type { Driver } from './driver.js';
import type { MigrationSet } from './migration-set.js';
import { ledgerTable } from './table-names.js';
import type { Database } from './types.js';

/** What has run. Entries are never changed; a plugin that is not installed keeps its own. */
const ledger = {
  table: ledgerTable,
  columns: {
    plugin: { type: 'ascii', length: 64 },
    name: { type: 'ascii', length: 190 },
    checksum: { type: 'ascii', length: 64 },
    applied_at: { type: 'integer' },
    /** The first version of the plugin that runs on the tables after it; null where only those do that know it. */
    compatible_since: { type: 'ascii', length: 64, nullable: true },
  },
  primaryKey: ['plugin', 'name'],
} as const satisfies TableDefinition;

interface LedgerRow {
  readonly plugin: string;
  readonly name: string;
  readonly checksum: string;
  /** Lacking where a version from before that column has made the table. */
  readonly compatible_since?: string | null;
}

export interface Entry {
  readonly plugin: string;
  readonly name: string;
  readonly checksum: string;
  /** Milliseconds since the epoch. */
  readonly appliedAt: number;
  readonly compatibleSince: string | undefined;
}

/** What is known of a migration that was applied. */
interface Applied {
  readonly checksum: string;
  readonly compatibleSince: string | null;
}

/** By plugin and name. */
export type Ledger = ReadonlyMap<string, Applied>;

export async function createLedger(connection: Connection, { dialect, tableNames }: Driver): Promise<void> {
  for (const { sql } of renderMigration(dialect, { name: 'ledger', createTable: ledger }))
    await connection.control(sql);
  const values = [tableNames.physical(ledger.table), laterColumn];
  if (await connection.first(columnExists[dialect.name], values)) return;
  const addColumn = { table: ledger.table, name: laterColumn, column: ledger.columns[laterColumn] };
  for (const { sql } of renderMigration(dialect, { name: 'ledger', addColumn })) await connection.control(sql);
}

const laterColumn = 'compatible_since';
const columnExists = {
  sqlite: 'SELECT 1 AS found FROM pragma_table_info(?) WHERE name = ?',
  mysql:
    'SELECT 1 AS found FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?',
} as const;

/** Undefined in a database that has none yet. */
export async function readLedger(connection: Connection, { dialect, tableNames }: Driver): Promise<Ledger | undefined> {
  const name = tableNames.physical(ledger.table);
  if ((await connection.first(ledgerExists[dialect.name], [name])) === undefined) return undefined;
  const rows = await connection.all<LedgerRow>(`SELECT * FROM ${ledger.table}`, []);
  return new Map(
    rows.map(({ plugin, name: migration, checksum, compatible_since = null }) => [
      keyOf(plugin, migration),
      { checksum, compatibleSince: compatible_since },
    ]),
  );
}

const ledgerExists = {
  sqlite: "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?",
  mysql: 'SELECT 1 AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
} as const;

/** In a database that has a ledger. */
export async function isRecorded(connection: Connection, plugin: string, name: string): Promise<boolean> {
  const sql = `SELECT 1 AS found FROM ${ledger.table} WHERE plugin = ? AND name = ?`;
  return (await connection.first(sql, [plugin, name])) !== undefined;
}

export async function record(connection: Connection, entry: Entry): Promise<void> {
  const { plugin, name, checksum, appliedAt, compatibleSince = null } = entry;
  const columns = 'plugin, name, checksum, applied_at, compatible_since';
  const sql = `INSERT INTO ${ledger.table} (${columns}) VALUES (?, ?, ?, ?, ?)`;
  await connection.run(sql, [plugin, name, checksum, appliedAt, compatibleSince]);
}

/** Whether the database has had migrations of these plugins that this version does not know. */
export async function hasNewer({ knex }: Database, sets: readonly MigrationSet[]): Promise<boolean> {
  const rows: LedgerRow[] = await knex(ledgerTable).select('plugin', 'name');
  const known = new Map(sets.map(({ plugin, migrations }) => [plugin, new Set(migrations.map(({ name }) => name))]));
  return rows.some(({ plugin, name }) => known.get(plugin)?.has(name) === false);
}

export function keyOf(plugin: string, name: string): string {
  return `${plugin}/${name}`;
}
