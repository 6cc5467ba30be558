/**
 * SQLite, copied and restored by its online backup, page by page. Restoring copies into the running file in one
 * transaction of SQLite's own: other processes and open connections see the old database or the new one, and a crash
 * in between leaves the old one. A file that an app shares is restored by rows instead.
 */
import Sqlite, { type Database as Handle } from 'better-sqlite3';
import { quoted } from '../database/dialect.js';
import { type Connection, driverOf, withConnection } from '../database/driver.js';
import type { Database } from '../database/types.js';
import type { Copying, Restoration, Staged, StageOptions } from './copying.js';
import { otherHistory } from './errors.js';
import { replaces, type SortedRules } from './rules.js';
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
    let leftOut: readonly string[] = [];
    try {
      // One read transaction: writers continue, and the copy does not start again at each of their commits.
      source.exec('BEGIN');
      source.prepare('SELECT count(*) FROM sqlite_schema').get();
      await makePrivate(target);
      leftOut = namesToLeaveOut(source, tables, sets);
      await source.backup(target, { progress: () => pagesATurn });
    } finally {
      source.close();
    }
    const { faults, rows } = await checkSqlite(target, leftOut);
    if (faults.length > 0) throw new Error(`The database itself is damaged: ${faults.join('; ')}`);
    return rows;
  },

  async stage(options) {
    const { file, discard } = await stageFile(options);
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
    if (isShared(running, options)) await replaceRows(options, file, running, patienceMs);
    else await replacePages(staging, running);
  } finally {
    staging.close();
  }
  await confirm(options.database, restoration);
}

function isShared(running: string, { tables }: StageOptions): boolean {
  const handle = new Sqlite(running, { readonly: true, fileMustExist: true });
  try {
    return foreignNames(handle, tables).length > 0;
  } finally {
    handle.close();
  }
}

/** From the running database into the staged one, before that takes its place. */
function carryOver(staging: Handle, { rules, tables }: StageOptions, restoration: Restoration): void {
  for (const { table, column } of rules.stamps) {
    const now = BigInt(restoration.restored_at);
    staging.prepare(`UPDATE ${quoted(table)} SET ${quoted(column)} = ?`).run(now);
  }
  const ofThis = isOfThis(staging, rules, tables);
  if (!ofThis) refuseGaps(staging, rules, tables);
  for (const rule of ofThis ? rules.columns : []) {
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

/** Whether the staged database and the running one are the same at two times. */
function isOfThis(staging: Handle, { origins }: SortedRules, tables: StageOptions['tables']): boolean {
  const common = origins.map(({ table }) => {
    const columns = quoted(...Object.keys(tables.get(table)?.columns ?? {}));
    const select = (schema: string) => `SELECT ${columns} FROM ${schema}.${quoted(table)}`;
    return staging.prepare(`${select('main')} INTERSECT ${select('running')}`).get() !== undefined;
  });
  return common.length === 0 || common.includes(true);
}

function refuseGaps(staging: Handle, { rows }: SortedRules, tables: StageOptions['tables']): void {
  for (const { table, history } of rows) {
    if (!history) continue;
    const key = quoted(...keyOf(tables, table));
    const both = `SELECT ${key} FROM main.${quoted(table)} INTERSECT SELECT ${key} FROM running.${quoted(table)}`;
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
