/** Empty databases of both kinds, and a quick way to fill them. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMariadb } from '@palestra/server/testing';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';

export const databaseKinds = ['sqlite', 'mariadb'] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

export interface SqlDatabase {
  readonly kind: DatabaseKind;
  execute(sql: string): Promise<void>;
  /** All of the rows have the columns of the first. */
  insert(table: string, rows: Iterable<Row>): Promise<void>;
  /** Resolves once the server has taken all rows of a table into the index of its texts. */
  indexed(table: string): Promise<void>;
  close(): Promise<void>;
}

export interface Databases {
  readonly kind: DatabaseKind;
  /** The URL of a new, empty one. */
  create(): Promise<string>;
  /** The database server's process; undefined where it runs in the process that is measured. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** @throws Error where MariaDB is not installed */
export function startDatabases(kind: DatabaseKind): Promise<Databases> {
  return kind === 'sqlite' ? sqliteFiles() : mariadbServer();
}

export function openDatabase(url: string): Promise<SqlDatabase> {
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openMariadb(url);
}

async function sqliteFiles(): Promise<Databases> {
  const folder = await mkdtemp(join(tmpdir(), 'palestra-bench-db-'));
  let files = 0;
  return {
    kind: 'sqlite',
    create: async () => `sqlite:${join(folder, `${files++}.sqlite`)}`,
    pid: undefined,
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** As durable as in production, with a buffer pool that holds all that the benchmarks write. */
async function mariadbServer(): Promise<Databases> {
  const server = await startMariadb({ durable: true, daemon: ['--innodb-buffer-pool-size=2G'] });
  if (!server) throw new Error('MariaDB is not installed: apt-get install mariadb-server, or --database sqlite.');
  const connection = await mysql.createConnection(server.url);
  const [[found]] = (await connection.query('SELECT @@datadir AS folder, @@pid_file AS file')) as unknown as [
    { folder: string; file: string }[],
  ];
  await connection.end();
  const { folder = '', file = '' } = found ?? {};
  return {
    kind: 'mariadb',
    create: () => server.createDatabase(),
    pid: Number(readFileSync(file.startsWith('/') ? file : join(folder, file), 'utf8')),
    stop: () => server.stop(),
  };
}

/** Others that wait for the file get a turn, and its log stays short. */
const rowsOfCommit = 2_000;

const columnsOf = (row: Row): string => Object.keys(row).join(', ');

async function openSqlite(file: string): Promise<SqlDatabase> {
  const database = new Database(file, { timeout: 10_000 });
  database.pragma('journal_mode = wal');
  // Of this connection, which only fills: the server opens its own.
  database.pragma('synchronous = off');
  database.pragma('cache_size = -262144');
  return {
    kind: 'sqlite',
    execute: async (sql) => void database.exec(sql),
    async insert(table, rows) {
      let statement: Database.Statement<Value[]> | undefined;
      let inserted = 0;
      database.exec('begin immediate');
      for (const row of rows) {
        statement ??= database.prepare(
          `insert into ${table} (${columnsOf(row)}) values (${Object.keys(row).map(() => '?')})`,
        );
        statement.run(...Object.values(row));
        if (++inserted % rowsOfCommit === 0) database.exec('commit; begin immediate');
      }
      database.exec('commit');
    },
    indexed: async () => undefined,
    close: async () => void database.close(),
  };
}

const rowsAtOnce = 500;

async function openMariadb(url: string): Promise<SqlDatabase> {
  const connection = await mysql.createConnection(url);
  return {
    kind: 'mariadb',
    execute: async (sql) => void (await connection.query(sql)),
    async insert(table, rows) {
      let group: Row[] = [];
      const send = async () => {
        const [first] = group;
        if (!first) return;
        const values = group.map((row) => Object.values(row));
        await connection.query(`insert into ${table} (${columnsOf(first)}) values ?`, [values]);
        group = [];
      };
      await connection.beginTransaction();
      for (const row of rows) {
        group.push(row);
        if (group.length === rowsAtOnce) await send();
      }
      await send();
      await connection.commit();
      await connection.query(`analyze table ${table}`);
    },
    async indexed(table) {
      const index = `${table}_trigrams`;
      const sql = `select 1 from ${index} where piece = -1 and ids like '%"after":null%' and not exists (select 1 from ${index}_pending)`;
      // There is no such table before the server has made it.
      const found = () =>
        connection.query(sql).then(
          ([rows]) => (rows as unknown[]).length,
          () => 0,
        );
      while ((await found()) === 0) await sleep(1_000);
    },
    close: () => connection.end(),
  };
}
