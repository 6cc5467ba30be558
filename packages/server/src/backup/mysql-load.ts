/** The switch on MySQL: one transaction over locked tables empties them, fills them, checks them, and commits. */

import type { Connection } from '../database/connection.js';
import { quoted } from '../database/dialect.js';
import { driverOf } from '../database/driver.js';
import { removeTextIndex } from '../database/mysql-text-index-making.js';
import { namedConnection } from '../database/named-connection.js';
import type { Database, Scalar } from '../database/types.js';
import type { Restoration, StageOptions } from './copying.js';
import { otherHistory } from './errors.js';
import type { Line } from './lines.js';
import { replaces } from './rules.js';
import type { Table } from './tables.js';

/** One INSERT: so many rows, or so much text, at most; a statement has 65,535 placeholders. */
const batch = { rows: 100, characters: 512 * 1024 } as const;
const lockWaitSeconds = 30;

export async function loadMysql(
  options: StageOptions,
  lines: () => AsyncIterable<Line>,
  restoration: Restoration,
): Promise<void> {
  const { database, tables, rules } = options;
  const keepsRows = new Set(rules.rows.map(({ table }) => table));
  const driver = driverOf(database);
  const connection = namedConnection(await driver.acquire(), driver.tableNames);
  connection.withoutLimits();
  try {
    const settings = ['autocommit = 0', 'foreign_key_checks = 0', `lock_wait_timeout = ${lockWaitSeconds}`];
    if (database.dialect.product === 'MariaDB') settings.push('idle_transaction_timeout = 0');
    await connection.control(`SET SESSION ${settings.join(', ')}`);
    // MariaDB 10.11 refuses what their triggers write under LOCK TABLES (error 1442); the next start makes them again.
    for (const name of tables.keys()) await removeTextIndex(connection, database.tableName(name));
    await connection.control(`LOCK TABLES ${[...tables.keys()].map((name) => `${quoted(name)} WRITE`).join(', ')}`);
    await keepColumns(connection, options);
    const origin = await readOrigin(connection, options);
    for (const name of tables.keys()) {
      if (!keepsRows.has(name)) await connection.control(`DELETE FROM ${quoted(name)}`);
    }
    const { nextIds, met } = await insertAll(connection, lines(), keepsRows);
    const same =
      rules.origins.length === 0 || (await readOrigin(connection, options)).some((row) => origin.includes(row));
    const gap = rules.rows.find(({ table, history }) => !same && history && met.has(table));
    if (gap) throw otherHistory(gap.table);
    await applyRules(connection, same ? options : { ...options, rules: { ...rules, columns: [] } }, restoration);
    for (const table of tables.values()) await refuseOrphans(connection, table);
    await connection.control('COMMIT');
    await raiseNextIds(connection, database, nextIds);
    await connection.control('UNLOCK TABLES');
  } finally {
    // Its settings must not return to the pool; cutting the line rolls back what was not committed.
    connection.release(true);
  }
}

/** What the running rows hold that the restored ones may have to keep, as a copy: there may be a million of them. */
async function keepColumns(connection: Connection, { rules, tables }: StageOptions): Promise<void> {
  for (const [at, { table, column }] of rules.columns.entries()) {
    const key = quoted(...(tables.get(table)?.key ?? []));
    const sql = `SELECT ${key}, ${quoted(column)} FROM ${quoted(table)}`;
    await connection.control(`CREATE TEMPORARY TABLE ${copyOf(at)} (PRIMARY KEY (${key})) ${sql}`);
  }
}

function copyOf(rule: number): string {
  return `restore_kept_${rule}`;
}

/** The rows that no other database has, as texts. */
async function readOrigin(connection: Connection, { rules, tables }: StageOptions): Promise<string[]> {
  const origin: string[] = [];
  for (const { table } of rules.origins) {
    const columns = quoted(...Object.keys(tables.get(table)?.columns ?? {}));
    const rows = await connection.tuples(`SELECT ${columns} FROM ${quoted(table)}`, []);
    origin.push(...rows.map((row) => JSON.stringify([table, ...row])));
  }
  return origin;
}

/** An id that was given once is never given again. A definition: it cannot be part of the transaction. */
async function raiseNextIds(
  connection: Connection,
  { tableName }: Database,
  nextIds: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [table, next] of nextIds) {
    const sql = `SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`;
    const found = await connection.first<{ next: number | null }>(sql, [tableName(table)]);
    if (Number(found?.next ?? 1) < next)
      await connection.control(`ALTER TABLE ${quoted(table)} AUTO_INCREMENT = ${next}`);
  }
}

interface Inserted {
  /** By table. */
  readonly nextIds: Map<string, number>;
  /** Tables of which the running database had a row of the same key. */
  readonly met: Set<string>;
}

/** In tables whose rows are kept, those that are there already stay. */
async function insertAll(
  connection: Connection,
  lines: AsyncIterable<Line>,
  keepsRows: ReadonlySet<string>,
): Promise<Inserted> {
  const inserted: Inserted = { nextIds: new Map(), met: new Set() };
  let head: Line | undefined;
  let rows: (readonly Scalar[])[] = [];
  let characters = 0;
  const flush = async () => {
    if (head && rows.length > 0) {
      const count = await insert(connection, head, rows, keepsRows.has(head.table));
      if (count < rows.length) inserted.met.add(head.table);
    }
    rows = [];
    characters = 0;
  };
  for await (const line of lines) {
    if (!line.row) {
      await flush();
      head = line;
      if (line.nextId !== undefined) inserted.nextIds.set(line.table, Number(line.nextId));
      continue;
    }
    rows.push(line.row);
    characters += line.length;
    if (rows.length === batch.rows || characters > batch.characters) await flush();
  }
  await flush();
  return inserted;
}

async function insert(
  connection: Connection,
  { table, columns }: Line,
  rows: readonly (readonly Scalar[])[],
  ignore: boolean,
): Promise<number> {
  const row = `(${columns.map(() => '?').join(', ')})`;
  const sql = `INSERT ${ignore ? 'IGNORE ' : ''}INTO ${quoted(table)} (${quoted(...columns)}) VALUES ${rows.map(() => row).join(', ')}`;
  return (await connection.run(sql, rows.flat())).affected;
}

async function applyRules(
  connection: Connection,
  { rules, tables }: StageOptions,
  restoration: Restoration,
): Promise<void> {
  for (const { table, column } of rules.stamps) {
    await connection.run(`UPDATE ${quoted(table)} SET ${quoted(column)} = ?`, [restoration.restored_at]);
  }
  for (const [at, rule] of rules.columns.entries()) {
    const [table, column, copy] = [quoted(rule.table), quoted(rule.column), copyOf(at)];
    const key = tables.get(rule.table)?.key ?? [];
    const same = key.map((name) => `${copy}.${quoted(name)} = ${table}.${quoted(name)}`).join(' AND ');
    const replaced = replaces(rule, `${copy}.${column}`, `${table}.${column}`);
    const sql = `UPDATE ${table} INNER JOIN ${copy} ON ${same} SET ${table}.${column} = ${copy}.${column} WHERE ${replaced}`;
    await connection.run(sql, []);
  }
  const { id, created_at, restored_at } = restoration;
  const sql = 'INSERT INTO restoration (id, created_at, restored_at) VALUES (?, ?, ?)';
  await connection.run(sql, [id, created_at, restored_at]);
}

/** Foreign keys were off, since tables refer to each other in circles; they hold before the commit all the same. */
async function refuseOrphans(connection: Connection, { name, foreignKeys }: Table): Promise<void> {
  for (const { column, references } of foreignKeys) {
    // A locked table is locked by one name, so a table that refers to itself cannot be joined under another.
    const sql = `SELECT ${quoted(column)} AS orphan FROM ${quoted(name)} WHERE ${quoted(column)} IS NOT NULL
      AND ${quoted(column)} NOT IN (SELECT ${quoted(references.column)} FROM ${quoted(references.table)}) LIMIT 1`;
    if (name === references.table) continue;
    if (await connection.first(sql, [])) throw new Error(`${name}.${column} would refer to rows that are not there.`);
  }
}
