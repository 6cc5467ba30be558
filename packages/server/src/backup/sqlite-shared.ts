/** A SQLite file in which an app has tables too: backups leave them out, and a restore does not touch them. */
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite, { type Database as Handle, SqliteError } from 'better-sqlite3';
import { quoted } from '../database/dialect.js';
import type { MigrationSet } from '../database/migration-set.js';
import { removalOf } from '../database/sqlite-text-index-definition.js';
import { ledgerTable } from '../database/table-names.js';
import { textIndexTables } from '../database/text-index.js';
import type { StageOptions } from './copying.js';
import { backupIncompatible } from './errors.js';
import type { Table } from './tables.js';

type Tables = ReadonlyMap<string, Table>;

const pauseMs = 50;

/** Tables and views that neither a plugin here nor this server has made under this prefix. */
export function foreignNames(handle: Handle, tables: Tables, prefix: string): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'";
  const names = handle.prepare<[], string>(sql).pluck().all();
  const derived = textIndexTables(tables.keys());
  const isOurs = (name: string | undefined) =>
    name !== undefined && (name === ledgerTable || tables.has(name) || derived.has(name));
  return names.filter((name) => !isOurs(logical(name, prefix)));
}

/** What to take out of a copy, but not what may be of a plugin that was here, and comes back. */
export function namesToLeaveOut(
  handle: Handle,
  tables: Tables,
  { sets, prefix }: { readonly sets: readonly MigrationSet[]; readonly prefix: string },
): string[] {
  const plugins = handle
    .prepare<[], string>(`SELECT DISTINCT plugin FROM ${quoted(prefix + ledgerTable)}`)
    .pluck()
    .all();
  const away = plugins.some((name) => !sets.some(({ plugin }) => plugin === name));
  const foreign = foreignNames(handle, tables, prefix);
  return away ? foreign.filter((name) => !name.startsWith(prefix)) : foreign;
}

/**
 * Replaces the rows of our tables by those of the staged file, in one transaction that the app sees as a whole.
 * @throws PalestraError `backup_incompatible` if rows of the app would refer to rows that are gone
 */
export async function replaceRows(
  options: StageOptions,
  staged: string,
  running: string,
  withinMs: number,
): Promise<void> {
  const handle = new Sqlite(running, { fileMustExist: true, timeout: 10 });
  try {
    handle.pragma('synchronous = FULL');
    handle.pragma('foreign_keys = OFF');
    handle.prepare('ATTACH DATABASE ? AS staged').run(staged);
    await begin(handle, withinMs);
    // Made again at the next start: without its triggers it would not follow what is written here.
    for (const name of options.tables.keys()) {
      for (const sql of removalOf(options.prefixes.running + name)) handle.exec(sql);
    }
    const triggers = dropTriggers(handle, options);
    for (const table of options.tables.values()) replaceTable(handle, table, options);
    for (const sql of triggers) handle.exec(sql);
    refuseOrphans(handle, options);
    handle.exec('COMMIT');
  } finally {
    // Rolls back what was not committed.
    handle.close();
  }
}

/** Waits between tries, since the app may hold the lock in this process. */
async function begin(handle: Handle, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      handle.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      const busy = error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!busy || performance.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}

/** The app's own would fire for every row; ours forbid to delete from the audit. */
function dropTriggers(handle: Handle, { tables, prefixes }: StageOptions): string[] {
  const sql = "SELECT name, tbl_name AS tableName, sql FROM main.sqlite_schema WHERE type = 'trigger'";
  const all = handle.prepare<[], { name: string; tableName: string; sql: string }>(sql).all();
  const ours = all.filter(({ tableName }) => tables.has(logical(tableName, prefixes.running) ?? ''));
  for (const { name } of ours) handle.exec(`DROP TRIGGER main.${quoted(name)}`);
  return ours.map((trigger) => trigger.sql);
}

function replaceTable(handle: Handle, { name, columns, key }: Table, { rules, prefixes }: StageOptions): void {
  const [running, staged] = [prefixes.running + name, prefixes.staged + name];
  const list = quoted(...Object.keys(columns));
  const keeps = rules.rows.some(({ table }) => table === name);
  const same = key.map((column) => `m.${quoted(column)} = s.${quoted(column)}`).join(' AND ');
  const missing = keeps ? ` AS s WHERE NOT EXISTS (SELECT 1 FROM main.${quoted(running)} AS m WHERE ${same})` : '';
  if (!keeps) handle.exec(`DELETE FROM main.${quoted(running)}`);
  handle.exec(`INSERT INTO main.${quoted(running)} (${list}) SELECT ${list} FROM staged.${quoted(staged)}${missing}`);
  const seq = handle
    .prepare<[string], number>('SELECT seq FROM staged.sqlite_sequence WHERE name = ?')
    .pluck()
    .get(staged);
  if (seq === undefined) return;
  handle.prepare('DELETE FROM main.sqlite_sequence WHERE name = ?').run(running);
  handle.prepare('INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)').run(running, BigInt(seq));
}

function refuseOrphans(handle: Handle, { tables, prefixes }: StageOptions): void {
  const found = handle.pragma('main.foreign_key_check') as { table: string; parent: string }[];
  const orphan = found.find(({ parent }) => tables.has(logical(parent, prefixes.running) ?? ''));
  if (!orphan) return;
  throw backupIncompatible(
    `${orphan.table} refers to rows of ${orphan.parent} that it does not have; delete those of ${orphan.table} first`,
  );
}

function logical(name: string, prefix: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}
