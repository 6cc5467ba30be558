/**
 * MySQL and MariaDB: the rows of our tables as JSON lines, read in one snapshot. Restoring is one transaction over
 * locked tables, so that every instance sees the old rows or the new ones; definitions stay those of this version.
 */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { quoted } from '../database/dialect.js';
import { driverOf } from '../database/driver.js';
import { type MysqlConnection, mysqlConnection } from '../database/mysql-connection.js';
import type { Database } from '../database/types.js';
import type { Copying, StageOptions } from './copying.js';
import { type Line, lineOfRow, lineOfTable } from './lines.js';
import { loadMysql } from './mysql-load.js';
import { openLines } from './payload-lines.js';
import { linesOfFile, stageFile } from './sqlite-staging.js';
import type { Table } from './tables.js';

const rowsAhead = 200;
/** Characters. */
const chunkLength = 64 * 1024;

export const mysqlCopying: Copying = {
  async dump(database, target, { tables }) {
    const rows: Record<string, number> = {};
    // The isolation belongs to the connection, which therefore does not return to the pool.
    const connection = mysqlConnection(await driverOf(database).acquire());
    connection.withoutLimits();
    try {
      // MySQL shows table statistics of a day ago by default, and with them the next id.
      if (database.dialect.product === 'MySQL')
        await connection.control('SET SESSION information_schema_stats_expiry = 0');
      await connection.control('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await connection.control('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      const output = createWriteStream(target, { flags: 'wx', mode: 0o600 });
      await pipeline(inChunks(dumpLines(connection, database, tables, rows)), createGzip({ level: 6 }), output);
    } finally {
      connection.release(true);
    }
    return rows;
  },

  async stage(options) {
    const { lines, discard } = await linesFor(options);
    return { switchOver: (restoration) => loadMysql(options, lines, restoration), discard };
  },
};

/** A SQLite file is brought to today's tables first, as one that is restored on SQLite. */
async function linesFor(
  options: StageOptions,
): Promise<{ lines: () => AsyncIterable<Line>; discard(): Promise<void> }> {
  if (options.manifest.database === 'mysql') return { lines: await openLines(options), discard: async () => undefined };
  const { file, discard } = await stageFile(options);
  return { lines: () => linesOfFile(file, options), discard };
}

async function* dumpLines(
  connection: MysqlConnection,
  { tableName }: Database,
  tables: ReadonlyMap<string, Table>,
  rows: Record<string, number>,
): AsyncGenerator<string> {
  for (const table of tables.values()) {
    const names = Object.keys(table.columns);
    yield lineOfTable(table.name, names, await nextIdOf(connection, table, tableName(table.name)));
    rows[table.name] = 0;
    const sql = `SELECT ${quoted(...names)} FROM ${quoted(tableName(table.name))} ORDER BY ${quoted(...table.key)}`;
    for await (const row of connection.stream(sql, rowsAhead)) {
      rows[table.name] = (rows[table.name] ?? 0) + 1;
      yield lineOfRow(row);
    }
  }
}

/** Of what InnoDB gives next; read in the snapshot's session, so at least what the snapshot needs. */
async function nextIdOf(connection: MysqlConnection, { columns }: Table, name: string): Promise<number | undefined> {
  if (!Object.values(columns).some(({ type }) => type === 'id')) return undefined;
  const sql = `SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`;
  return Number((await connection.first<{ next: number | null }>(sql, [name]))?.next ?? 1);
}

/** Each write to gzip is a task of the thread pool, which a single line is not worth. */
async function* inChunks(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
