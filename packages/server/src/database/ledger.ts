/** The table of the migrations that a database has had. */
import type { TableDefinition } from '@palestra/core';
import { renderMigration } from './ddl.js';
import type { Connection, Driver } from './driver.js';
import { ledgerTable } from './table-names.js';

/** What has run. Entries are never changed; a plugin that is not installed keeps its own. */
const ledger: TableDefinition = {
  table: ledgerTable,
  columns: {
    plugin: { type: 'ascii', length: 64 },
    name: { type: 'ascii', length: 190 },
    checksum: { type: 'ascii', length: 64 },
    applied_at: { type: 'integer' },
  },
  primaryKey: ['plugin', 'name'],
};

interface LedgerRow {
  readonly plugin: string;
  readonly name: string;
  readonly checksum: string;
}

export interface Entry {
  readonly plugin: string;
  readonly name: string;
  readonly checksum: string;
  /** Milliseconds since the epoch. */
  readonly appliedAt: number;
}

/** Checksums by plugin and name. */
export type Ledger = ReadonlyMap<string, string>;

export async function createLedger(connection: Connection, { dialect }: Driver): Promise<void> {
  for (const { sql } of renderMigration(dialect, { name: 'ledger', createTable: ledger }))
    await connection.control(sql);
}

/** Undefined in a database that has none yet. */
export async function readLedger(connection: Connection, { dialect, tableNames }: Driver): Promise<Ledger | undefined> {
  const name = tableNames.physical(ledger.table);
  if ((await connection.first(ledgerExists[dialect.name], [name])) === undefined) return undefined;
  const rows = await connection.all<LedgerRow>(`SELECT plugin, name, checksum FROM ${ledger.table}`, []);
  return new Map(rows.map((row) => [keyOf(row.plugin, row.name), row.checksum]));
}

const ledgerExists = {
  sqlite: "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?",
  mysql: 'SELECT 1 AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
} as const;

export async function record(connection: Connection, { plugin, name, checksum, appliedAt }: Entry): Promise<void> {
  const sql = `INSERT INTO ${ledger.table} (plugin, name, checksum, applied_at) VALUES (?, ?, ?, ?)`;
  await connection.run(sql, [plugin, name, checksum, appliedAt]);
}

export function keyOf(plugin: string, name: string): string {
  return `${plugin}/${name}`;
}
