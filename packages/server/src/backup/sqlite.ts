/**
 * SQLite, copied and restored by its online backup, page by page. Restoring copies into the running file in one
 * transaction of SQLite's own: other processes and open connections see the old database or the new one, and a crash
 * in between leaves the old one.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Sqlite, { type Database as Handle } from 'better-sqlite3';
import { openDatabase } from '../database/connect.js';
import { quoted } from '../database/dialect.js';
import { type Connection, driverOf, withConnection } from '../database/driver.js';
import { migrate } from '../database/migrate.js';
import type { Database } from '../database/types.js';
import { type Copying, differingTable, type Restoration, type Staged, type StageOptions } from './copying.js';
import { backupDamaged } from './errors.js';
import { replaces } from './rules.js';
import { checkSqlite } from './sqlite-check.js';

/** A turn of the event loop copies so many pages of 4 KiB: about 2 ms. */
const pagesATurn = 500;
/** So long another process may keep the running database from being replaced. */
const patienceMs = 30_000;

export const sqliteCopying: Copying = {
  async dump(database, target) {
    const source = new Sqlite(await fileOf(database), { readonly: true, fileMustExist: true });
    try {
      // One read transaction: writers continue, and the copy does not start again at each of their commits.
      source.exec('BEGIN');
      source.prepare('SELECT count(*) FROM sqlite_schema').get();
      await makePrivate(target);
      await source.backup(target, { progress: () => pagesATurn });
    } finally {
      source.close();
    }
    const { faults, rows } = await checkSqlite(target);
    if (faults.length > 0) throw new Error(`The database itself is damaged: ${faults.join('; ')}`);
    return rows;
  },

  async stage(options) {
    const file = join(options.folder, `restore-${randomBytes(8).toString('hex')}.partial`);
    const discard = () => removeDatabase(file);
    try {
      await pipeline(options.payload(), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
      const { faults, rows } = await checkSqlite(file);
      if (faults.length > 0) throw backupDamaged(`SQLite says ${faults.join('; ')}`);
      const table = differingTable(options.manifest.rows, rows);
      if (table !== undefined) throw backupDamaged(`${table} has not as many rows as its manifest says`);
      const staging = await openDatabase({ url: `sqlite:${file}` });
      await migrate(staging, options.sets).finally(() => staging.close());
    } catch (error) {
      await discard();
      throw error;
    }
    return { switchOver: (restoration) => switchOver(options, file, restoration), discard } satisfies Staged;
  },
};

async function switchOver(options: StageOptions, file: string, restoration: Restoration): Promise<void> {
  const running = await fileOf(options.database);
  const staging = new Sqlite(file, { fileMustExist: true });
  try {
    staging.prepare('ATTACH DATABASE ? AS running').run(running);
    staging.transaction(() => carryOver(staging, options, restoration))();
    staging.exec('DETACH DATABASE running');
    await replacePages(staging, running);
  } finally {
    staging.close();
  }
  await confirm(options.database, restoration);
}

/** From the running database into the staged one, before that takes its place. */
function carryOver(staging: Handle, { rules, tables }: StageOptions, restoration: Restoration): void {
  for (const { table, column } of rules.stamps) {
    const now = BigInt(restoration.restored_at);
    staging.prepare(`UPDATE ${quoted(table)} SET ${quoted(column)} = ?`).run(now);
  }
  for (const rule of rules.columns) {
    const { table, column } = rule;
    const same = keyOf(tables, table).map((name) => `r.${quoted(name)} = main.${quoted(table)}.${quoted(name)}`);
    const replaced = replaces(rule, `r.${quoted(column)}`, `main.${quoted(table)}.${quoted(column)}`);
    const said = `FROM running.${quoted(table)} AS r WHERE ${same.join(' AND ')} AND ${replaced}`;
    staging.exec(
      `UPDATE ${quoted(table)} SET ${quoted(column)} = (SELECT r.${quoted(column)} ${said}) WHERE EXISTS (SELECT 1 ${said})`,
    );
  }
  for (const { table } of rules.rows) {
    const columns = quoted(...Object.keys(tables.get(table)?.columns ?? {}));
    staging.exec(
      `INSERT OR REPLACE INTO ${quoted(table)} (${columns}) SELECT ${columns} FROM running.${quoted(table)}`,
    );
  }
  // An id that was given once is never given again.
  staging.exec(`UPDATE sqlite_sequence SET seq = max(seq, coalesce(
    (SELECT r.seq FROM running.sqlite_sequence AS r WHERE r.name = main.sqlite_sequence.name), 0))`);
  staging.exec(`INSERT INTO sqlite_sequence (name, seq) SELECT name, seq FROM running.sqlite_sequence
    WHERE name NOT IN (SELECT name FROM main.sqlite_sequence)`);
  staging
    .prepare('INSERT INTO restoration (id, created_at, restored_at) VALUES (@id, @created_at, @restored_at)')
    .run(restoration);
}

/** better-sqlite3 reports no pages, and no error, where another process holds the lock at the first step. */
async function replacePages(source: Handle, running: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  const progress = () => {
    if (performance.now() > deadline) throw new Error('Another process keeps the database locked.');
    return pagesATurn;
  };
  for (;;) {
    const { totalPages } = await source.backup(running, { progress });
    if (totalPages > 0) return;
    progress();
  }
}

/** Also puts it on disk: the connection of the online backup does not wait for that. */
async function confirm(database: Database, { id }: Restoration): Promise<void> {
  const found = await withConnection(
    driverOf(database),
    async (connection: Connection) => {
      await connection.all('PRAGMA wal_checkpoint(TRUNCATE)', []);
      return connection.first('SELECT id FROM restoration WHERE id = ?', [id]);
    },
    () => true,
  );
  if (!found) throw new Error('The database does not have the pages that were copied.');
}

async function fileOf(database: Database): Promise<string> {
  const rows = await withConnection(
    driverOf(database),
    (connection) => connection.all<{ name: string; file: string }>('PRAGMA database_list', []),
    () => true,
  );
  const file = rows.find(({ name }) => name === 'main')?.file;
  if (!file) throw new Error('A SQLite database in memory cannot be backed up.');
  return file;
}

function keyOf(tables: StageOptions['tables'], table: string): readonly string[] {
  return tables.get(table)?.key ?? [];
}

/** The online backup fills a file that is there, and would make one that everybody may read. */
async function makePrivate(file: string): Promise<void> {
  await (await open(file, 'wx', 0o600)).close();
}

async function removeDatabase(file: string): Promise<void> {
  await Promise.all(['', '-wal', '-shm', '-journal'].map((suffix) => rm(file + suffix, { force: true })));
}
