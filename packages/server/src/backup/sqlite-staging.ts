/** A SQLite file beside the running database, made of a backup of either kind, with the tables of this version. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Sqlite, { type Database as Handle } from 'better-sqlite3';
import { openDatabase } from '../database/connect.js';
import { quoted } from '../database/dialect.js';
import { migrate } from '../database/migrate.js';
import { differingTable, type StageOptions } from './copying.js';
import { backupDamaged } from './errors.js';
import type { Line } from './lines.js';
import { openLines } from './payload-lines.js';
import { checkSqlite } from './sqlite-check.js';

export interface StagedFile {
  readonly file: string;
  discard(): Promise<void>;
}

/** @throws PalestraError `backup_damaged`, `backup_incompatible`; nothing is left then */
export async function stageFile(options: StageOptions): Promise<StagedFile> {
  const file = join(options.folder, `restore-${randomBytes(8).toString('hex')}.partial`);
  const discard = () => removeDatabase(file);
  try {
    await (options.manifest.database === 'sqlite' ? unpack(file, options) : fill(file, options));
  } catch (error) {
    await discard();
    throw error;
  }
  return { file, discard };
}

async function unpack(file: string, options: StageOptions): Promise<void> {
  await pipeline(options.payload(), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  const rows = await soundRows(file, options);
  const table = differingTable(options.manifest.rows, rows);
  if (table !== undefined) throw backupDamaged(`${table} has not as many rows as its manifest says`);
  await migrateFile(file, options);
}

async function fill(file: string, options: StageOptions): Promise<void> {
  const lines = await openLines(options);
  await makePrivate(file);
  await migrateFile(file, options);
  const handle = new Sqlite(file, { fileMustExist: true });
  try {
    // No other process knows the file, and what a crash leaves of it is deleted.
    handle.pragma('synchronous = OFF');
    handle.pragma('foreign_keys = OFF');
    handle.exec('BEGIN');
    const { staged } = options.prefixes;
    for (const name of options.tables.keys()) handle.exec(`DELETE FROM ${quoted(staged + name)}`);
    await insertLines(handle, lines(), staged);
    handle.exec('COMMIT');
  } finally {
    handle.close();
  }
  await soundRows(file, options);
}

async function insertLines(handle: Handle, lines: AsyncIterable<Line>, prefix: string): Promise<void> {
  let insert = handle.prepare('SELECT 1');
  for await (const { table, columns, nextId, row } of lines) {
    if (row) {
      insert.run(...row);
      continue;
    }
    const values = columns.map(() => '?').join(', ');
    insert = handle.prepare(`INSERT INTO ${quoted(prefix + table)} (${quoted(...columns)}) VALUES (${values})`);
    if (nextId === undefined) continue;
    handle.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(prefix + table);
    handle.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(prefix + table, BigInt(nextId - 1));
  }
}

/** The rows of a staged file, as a backup of MySQL has them. */
export async function* linesOfFile(file: string, { tables, prefixes }: StageOptions): AsyncGenerator<Line> {
  const handle = new Sqlite(file, { readonly: true, fileMustExist: true });
  try {
    for (const { name, columns, key } of tables.values()) {
      const names = Object.keys(columns);
      const head = { table: name, columns: names };
      const physical = prefixes.staged + name;
      const nextId = nextIdOf(handle, physical);
      yield { ...head, length: 0, ...(nextId !== undefined && { nextId }) };
      const sql = `SELECT ${quoted(...names)} FROM ${quoted(physical)} ORDER BY ${quoted(...key)}`;
      for (const row of handle.prepare<[], Line['row']>(sql).raw().iterate()) {
        if (row) yield { ...head, row, length: lengthOf(row) };
      }
    }
  } finally {
    handle.close();
  }
}

function nextIdOf(handle: Handle, table: string): number | undefined {
  const seq = handle.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck().get(table);
  return seq === undefined ? undefined : Number(seq) + 1;
}

function lengthOf(row: NonNullable<Line['row']>): number {
  return row.reduce<number>(
    (sum, value) => sum + (typeof value === 'object' ? (value?.length ?? 4) : String(value).length),
    0,
  );
}

/** Rows by table. */
async function soundRows(file: string, { prefixes }: StageOptions): Promise<Record<string, number>> {
  const { faults, rows } = await checkSqlite(file, { prefix: prefixes.staged });
  if (faults.length > 0) throw backupDamaged(`SQLite says ${faults.join('; ')}`);
  return rows;
}

async function migrateFile(file: string, { sets, prefixes }: StageOptions): Promise<void> {
  const staging = await openDatabase({ url: `sqlite:${file}`, tablePrefix: prefixes.staged });
  await migrate(staging, sets).finally(() => staging.close());
}

/** SQLite fills a file that is there, and would make one that everybody may read. */
export async function makePrivate(file: string): Promise<void> {
  await (await open(file, 'wx', 0o600)).close();
}

async function removeDatabase(file: string): Promise<void> {
  await Promise.all(['', '-wal', '-shm', '-journal'].map((suffix) => rm(file + suffix, { force: true })));
}
