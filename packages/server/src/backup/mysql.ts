/**
 * MySQL and MariaDB: the rows of our tables as JSON lines, read in one snapshot. Restoring is one transaction over
 * locked tables, so that every instance sees the old rows or the new ones; definitions stay those of this version.
 */
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { quoted } from '../database/dialect.js';
import { driverOf } from '../database/driver.js';
import type { MigrationSet } from '../database/migration-set.js';
import { type MysqlConnection, mysqlConnection } from '../database/mysql-connection.js';
import { type Copying, differingTable } from './copying.js';
import { backupDamaged, backupIncompatible } from './errors.js';
import { type Line, lineOfRow, lineOfTable, linesOf } from './mysql-lines.js';
import { loadMysql } from './mysql-load.js';
import type { Table } from './tables.js';

const rowsAhead = 200;
/** Characters. */
const chunkLength = 64 * 1024;

export const mysqlCopying: Copying = {
  async dump(database, target, tables) {
    const rows: Record<string, number> = {};
    // The isolation belongs to the connection, which therefore does not return to the pool.
    const connection = mysqlConnection(await driverOf(database).acquire());
    connection.withoutLimits();
    try {
      await connection.control('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await connection.control('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      const output = createWriteStream(target, { flags: 'wx', mode: 0o600 });
      await pipeline(inChunks(dumpLines(connection, tables, rows)), createGzip({ level: 6 }), output);
    } finally {
      connection.release(true);
    }
    return rows;
  },

  async stage(options) {
    refuseUnrepeatable(options.sets, options.manifest.migrations);
    const rows: Record<string, number> = {};
    for await (const line of payloadLines(options.payload())) count(line, rows, options.tables);
    const table = differingTable(options.manifest.rows, rows);
    if (table !== undefined) throw backupDamaged(`${table} has not as many rows as its manifest says`);
    const lines = () => payloadLines(options.payload());
    return { switchOver: (restoration) => loadMysql(options, lines, restoration), discard: async () => undefined };
  },
};

async function* dumpLines(
  connection: MysqlConnection,
  tables: ReadonlyMap<string, Table>,
  rows: Record<string, number>,
): AsyncGenerator<string> {
  for (const table of tables.values()) {
    const names = Object.keys(table.columns);
    yield lineOfTable(table.name, names);
    rows[table.name] = 0;
    const sql = `SELECT ${quoted(...names)} FROM ${quoted(table.name)} ORDER BY ${quoted(...table.key)}`;
    for await (const row of connection.stream(sql, rowsAhead)) {
      rows[table.name] = (rows[table.name] ?? 0) + 1;
      yield lineOfRow(row);
    }
  }
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

/** Definitions are not restored, so what came after the backup must not have changed rows. */
function refuseUnrepeatable(sets: readonly MigrationSet[], applied: Readonly<Record<string, string>>): void {
  for (const { plugin, migrations } of sets) {
    const changed = migrations.find((each) => 'statement' in each && !(`${plugin}/${each.name}` in applied));
    if (!changed) continue;
    throw backupIncompatible(
      `it is from before ${plugin}/${changed.name}, which changed rows; restore it with the version that made it, then upgrade`,
    );
  }
}

function count(line: Line, rows: Record<string, number>, tables: ReadonlyMap<string, Table>): void {
  const { table, row } = line;
  const known = tables.get(table);
  if (!known) throw backupIncompatible(`no plugin here has the table ${table}`);
  const unknown = line.columns.find((column) => !(column in known.columns));
  if (unknown !== undefined) throw backupIncompatible(`${table} has no column ${unknown} here`);
  if (row && row.length !== line.columns.length) throw backupDamaged(`a row of ${table} is incomplete`);
  rows[table] = (rows[table] ?? 0) + (row ? 1 : 0);
}

async function* payloadLines(payload: Readable): AsyncGenerator<Line> {
  const unzip = createGunzip();
  // The checksum is compared at the end, and its failure ends the lines as well.
  const checked = pipeline(payload, unzip);
  checked.catch(() => undefined);
  try {
    yield* linesOf(unzip);
  } catch (error) {
    await checked;
    throw backupDamaged('it cannot be unpacked', error);
  }
  await checked;
}
