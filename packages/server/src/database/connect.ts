/** Opens the database that a URL names. */
import { withTimeout } from '../async/with-timeout.js';
import { adoptKnex } from './adopted-knex.js';
import { queryInside, writeInside } from './connected-unit.js';
import type { Connection } from './connection.js';
import type { Dialect } from './dialect.js';
import { type Driver, type WritingDriver, withConnection, withDriver } from './driver.js';
import { intercepted } from './intercept.js';
import { joinedTransaction, runJoined, runPassed } from './joined-transaction.js';
import { openMysql } from './mysql.js';
import { parseMysqlUrl } from './mysql-url.js';
import { commitAlone, shareCommits } from './shared-commit.js';
import { openSqlite } from './sqlite.js';
import { createStatement } from './statement.js';
import { TableNames } from './table-names.js';
import { timeLimits } from './time-limits.js';
import { traced } from './traced.js';
import type { Database, DatabaseOptions, DatabaseSettings } from './types.js';
import { runUnitOfWork } from './unit-of-work.js';
import { probeWrite, Writability } from './writability.js';

const defaultPoolSize = 10;
const pingTimeoutMs = 1000;
/** For transactions that still wait or run. */
const closeTimeoutMs = 5000;

/** @throws TypeError for a URL of neither form; the driver's own error if the database cannot be opened */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const opened = await openDriver(options);
  const watched = options.trace ? traced(opened, options.trace) : opened;
  const reached = options.intercept ? intercepted(watched, options.intercept) : watched;
  const source = reached.dialect.name === 'sqlite' ? shareCommits(reached, options.commitTimes) : commitAlone(reached);
  const writability = new Writability();
  const driver: WritingDriver = {
    ...reached,
    ...source,
    writeAlone: (sql, values, attempt) => writability.watch(source.writeAlone(sql, values, attempt)),
  };
  const random = options.random ?? Math.random;
  const database: Database = {
    dialect: driver.dialect,
    knex: driver.knex,
    warnings: driver.warnings,
    hosts: () => ({ list: driver.hosts?.list() ?? [], moves: driver.hosts?.moves ?? 0 }),
    tableName: (name) => driver.tableNames.physical(name),
    statement: (query) => createStatement(driver, random, query),
    unitOfWork: (work) => joinedTransaction()?.inner(work) ?? writability.watch(runUnitOfWork(driver, random, work)),
    oneTransaction: (work, conclude) => writability.watch(runJoined(driver, random, work, conclude)),
    passedTransaction: (parts) => writability.watch(runPassed(driver, random, parts)),
    query: (query, unit) => queryInside(unit, query),
    write: (query, unit) => writeInside(unit, query),
    ping: () => ping(driver, writability),
    assertWritable: () => probeWrite(driver),
    async close() {
      await withTimeout(closeTimeoutMs, () => source.drained()).catch(() => undefined);
      await driver.close();
    },
  };
  return withDriver(database, driver);
}

/** @throws TypeError for a URL that `openDatabase` cannot open, without the URL, which holds a password */
export function assertDatabaseUrl(url: string): void {
  if (url.startsWith('mysql:')) parseMysqlUrl(url);
  else if (!url.startsWith('sqlite:') || sqliteFile(url) === '') throw unknownUrl();
}

async function openDriver(options: DatabaseOptions): Promise<Driver> {
  const { tablePrefix = '' } = options;
  if ('knex' in options) return adoptKnex(options.knex, tablePrefix);
  const { url } = options;
  if (url.startsWith('sqlite:')) return openSqlite(sqliteFile(url), new TableNames(tablePrefix, 'sqlite'));
  if (url.startsWith('mysql:')) return openUrl(url, options);
  throw unknownUrl();
}

function openUrl(url: string, options: DatabaseSettings): Promise<Driver> {
  const { poolSize = defaultPoolSize, timeLimits: limits = timeLimits, hostTimes: times, tablePrefix = '' } = options;
  const { hosts: addresses, database, tls, user, password } = parseMysqlUrl(url);
  const credentials = { user, password, ...(tls && { ssl: { rejectUnauthorized: true } }) };
  const servers = { addresses, credentials, ...(times && { times }) };
  const tableNames = new TableNames(tablePrefix, 'mysql');
  const address = { ...credentials, database, ...addresses[0] };
  return openMysql({ address, poolSize, tableNames, limits, servers });
}

function unknownUrl(): TypeError {
  return new TypeError('DATABASE_URL is neither sqlite:<file> nor mysql://user:password@host:port/db.');
}

/** `sqlite:data/x.db`, `sqlite:/srv/x.db` and `sqlite:///srv/x.db`. */
function sqliteFile(url: string): string {
  return url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
}

async function ping(driver: Driver, writability: Writability): Promise<boolean> {
  try {
    return await withTimeout(pingTimeoutMs, async () => {
      const ask = (connection: Connection) => answers(connection, driver.dialect);
      const answered = driver.reader ? await ask(driver.reader) : await withConnection(driver, ask, () => true);
      return answered && (await writability.holds(() => probeWrite(driver)));
    });
  } catch {
    return false;
  }
}

/** A Galera node that has lost the others answers, and takes nothing. */
async function answers(connection: Connection, { cluster }: Dialect): Promise<boolean> {
  if (!cluster) return (await connection.first('SELECT 1 AS answer', [])) !== undefined;
  const state = await connection.first<{ Value: string }>("SHOW STATUS LIKE 'wsrep_ready'", []);
  return state?.Value === 'ON';
}
