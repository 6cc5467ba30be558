/**
 * SQLite, copied and restored by its online backup, page by page. Restoring copies into the running file in one
 * transaction of SQLite's own: other processes and open connections see the old database or the new one, and a crash
 * in between leaves the old one. A file that an app shares is restored by rows instead.
 */
import Sqlite, { type Database as Handle } from 'better-sqlite3';
import type { Connection } from '../database/connection.js';
import { quoted } from '../database/dialect.js';
import { driverOf } from '../database/driver.js';
import { withNamedConnection } from '../database/named-connection.js';
import type { Database } from '../database/types.js';
import type { Copying, Prefixes, Restoration, Staged, StageOptions } from './copying.js';
import { otherHistory } from './errors.js';
import { replaces } from './rules.js';
import { checkSqlite } from './sqlite-check.js';
import { foreignNames, namesToLeaveOut, replaceRows } from './sqlite-shared.js';
import { makePrivate, stageFile } from './sqlite-staging.js';

/** A turn of the event loop copies so many pages of 4 KiB: about 2 ms. */
const pagesATurn = 500;
/** So long another process may keep the running database from being replaced. */
const patienceMs = 30_000;

export const sqliteCopying: Copying = {
  async dump(database, target, { tables, sets }) {
    const source = new Sqlite(await fileOf(database), { readonly: true, fileMustExist: true });
    const prefix = database.tableName('');
    let leftOut: readonly string[] = [];
    try {
      // One read transaction: writers continue, and the copy does not start again at each of their commits.
      source.exec('BEGIN');
      source.prepare('SELECT count(*) FROM sqlite_schema').get();
      await makePrivate(target);
      leftOut = namesToLeaveOut(source, tables, { sets, prefix });
      await source.backup(target, { progress: () => pagesATurn });
    } finally {
      source.close();
    }
    const { faults, rows } = await checkSqlite(target, { prefix, leftOut });
    if (faults.length > 0) throw new Error(`The database itself is damaged: ${faults.join('; ')}`);
    return rows;
  },

  async stage(options) {
    const { file, discard } = await stageFile(options);
    return { switchOver: (restoration) => switchOver(options, file, restoration), discard } satisfies Staged;
  },
};

async function switchOver(options: StageOptions, file: string, restoration: Restoration): Promise<void> {
  const { prefixes } = options;
  const running = await fileOf(options.database);
  const staging = new Sqlite(file, { fileMustExist: true });
  try {
    staging.prepare('ATTACH DATABASE ? AS running').run(running);
    staging.transaction(() => carryOver(staging, options, restoration))();
    staging.exec('DETACH DATABASE running');
    if (isShared(running, options) || prefixes.staged !== prefixes.running)
      await replaceRows(options, file, running, patienceMs);
    else await replacePages(staging, running);
  } finally {
    staging.close();
  }
  await confirm(options.database, restoration);
}

function isShared(running: string, { tables, prefixes }: StageOptions): boolean {
  const handle = new Sqlite(running, { readonly: true, fileMustExist: true });
  try {
    return foreignNames(handle, tables, prefixes.running).length > 0;
  } finally {
    handle.close();
  }
}

/** The tables of the two files, as they are called in a statement on both. */
function namesIn({ prefixes }: StageOptions) {
  return {
    staged: (table: string) => `main.${quoted(prefixes.staged + table)}`,
    running: (table: string) => `running.${quoted(prefixes.running + table)}`,
  };
}

/** From the running database into the staged one, before that takes its place. */
function carryOver(staging: Handle, options: StageOptions, restoration: Restoration): void {
  const { rules, tables, prefixes } = options;
  const { staged, running } = namesIn(options);
  for (const { table, column } of rules.stamps) {
    const now = BigInt(restoration.restored_at);
    staging.prepare(`UPDATE ${staged(table)} SET ${quoted(column)} = ?`).run(now);
  }
  const ofThis = isOfThis(staging, options);
  if (!ofThis) refuseGaps(staging, options);
  for (const rule of ofThis ? rules.columns : []) {
    const { table, column } = rule;
    const same = keyOf(tables, table).map((name) => `r.${quoted(name)} = ${staged(table)}.${quoted(name)}`);
    const replaced = replaces(rule, `r.${quoted(column)}`, `${staged(table)}.${quoted(column)}`);
    const said = `FROM ${running(table)} AS r WHERE ${same.join(' AND ')} AND ${replaced}`;
    staging.exec(
      `UPDATE ${staged(table)} SET ${quoted(column)} = (SELECT r.${quoted(column)} ${said}) WHERE EXISTS (SELECT 1 ${said})`,
    );
  }
  for (const { table } of rules.rows) {
    const columns = quoted(...Object.keys(tables.get(table)?.columns ?? {}));
    staging.exec(`INSERT OR REPLACE INTO ${staged(table)} (${columns}) SELECT ${columns} FROM ${running(table)}`);
  }
  const names = staging.prepare<[], string>('SELECT name FROM running.sqlite_sequence').pluck().all();
  for (const name of names) {
    if (name.startsWith(prefixes.running)) keepSequence(staging, prefixes, name.slice(prefixes.running.length));
  }
  const into = `INSERT INTO ${staged('restoration')} (id, created_at, restored_at)`;
  staging.prepare(`${into} VALUES (@id, @created_at, @restored_at)`).run(restoration);
}

/** An id that was given once is never given again. */
function keepSequence(staging: Handle, prefixes: Prefixes, table: string): void {
  const seqOf = (file: 'main' | 'running', name: string) =>
    staging.prepare<[string], number>(`SELECT seq FROM ${file}.sqlite_sequence WHERE name = ?`).pluck().get(name);
  const name = prefixes.staged + table;
  const found = [seqOf('main', name), seqOf('running', prefixes.running + table)].filter((seq) => seq !== undefined);
  if (found.length === 0) return;
  staging.prepare('DELETE FROM main.sqlite_sequence WHERE name = ?').run(name);
  staging.prepare('INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)').run(name, BigInt(Math.max(...found)));
}

/** Whether the staged database and the running one are the same at two times. */
function isOfThis(staging: Handle, options: StageOptions): boolean {
  const { staged, running } = namesIn(options);
  const common = options.rules.origins.map(({ table }) => {
    const columns = quoted(...Object.keys(options.tables.get(table)?.columns ?? {}));
    const both = `SELECT ${columns} FROM ${staged(table)} INTERSECT SELECT ${columns} FROM ${running(table)}`;
    return staging.prepare(both).get() !== undefined;
  });
  return common.length === 0 || common.includes(true);
}

function refuseGaps(staging: Handle, options: StageOptions): void {
  const { staged, running } = namesIn(options);
  for (const { table, history } of options.rules.rows) {
    if (!history) continue;
    const key = quoted(...keyOf(options.tables, table));
    const both = `SELECT ${key} FROM ${staged(table)} INTERSECT SELECT ${key} FROM ${running(table)}`;
    if (staging.prepare(both).get() !== undefined) throw otherHistory(table);
  }
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
  const found = await withNamedConnection(
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
  const rows = await withNamedConnection(
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
