/** MySQL 8, MariaDB, Galera through mysql2: knex's pool holds the connections, each with the same session settings. */
import knexModule, { type Knex } from 'knex';
import type { ConnectionOptions } from 'mysql2';
import { closePool } from './closed.js';
import type { Driver } from './driver.js';
import { connectionOver, type MysqlClient, mysqlClientWith } from './mysql-client.js';
import { createHostProbe } from './mysql-host-probe.js';
import { type HostTimes, hostTimes, MysqlHosts } from './mysql-hosts.js';
import { inspectServer } from './mysql-session.js';
import type { HostAddress } from './mysql-url.js';
import { nameTables, type TableNames } from './table-names.js';
import { type TimeLimits, timeLimits } from './time-limits.js';

const idleTimeoutMs = 60_000;
/** For each connection; the server has 16,382 for all. */
const maxPrepared = 500;

/** A function is asked for every new connection, for passwords that change by the hour. */
type MysqlAddress = MysqlSettings | (() => Promise<MysqlSettings>);

/** Where the server is and how to sign in there; the other settings are those of `connectionOptions`. */
export type MysqlSettings = Pick<
  Knex.MySql2ConnectionConfig,
  'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'
>;

export interface MysqlOptions {
  readonly address: MysqlAddress;
  readonly poolSize: number;
  readonly tableNames: TableNames;
  readonly limits?: TimeLimits;
  /** Those to choose from, where `address` is the first of several. */
  readonly servers?: MysqlServers;
}

interface MysqlServers {
  /** The preferred one first. */
  readonly addresses: readonly HostAddress[];
  readonly credentials: Pick<ConnectionOptions, 'user' | 'password' | 'ssl'>;
  readonly times?: HostTimes;
}

export async function openMysql(options: MysqlOptions): Promise<Driver> {
  const { address, poolSize, tableNames, servers, limits = timeLimits } = options;
  const knex = knexModule.knex({
    client: mysqlClientWith(limits),
    connection: connectionTo(address, limits),
    version: 'latest',
    // knex would write the bound values, secrets among them, into its errors' messages.
    compileSqlOnError: false,
    // Failures to connect are thrown; knex would print them as well.
    log: { warn: () => {} },
    pool: {
      min: 0,
      max: poolSize,
      acquireTimeoutMillis: limits.acquire,
      idleTimeoutMillis: idleTimeoutMs,
    },
  });
  nameTables(knex, tableNames);
  const client: MysqlClient = knex.client;
  const hosts = servers && hostsOf(servers, (from, lost) => lost && client.cutAll(from));
  client.hosts = hosts;
  const acquire = async () => connectionOver(await client.acquireConnection());
  try {
    await hosts?.start();
    const connection = await acquire();
    const { dialect, collation, warnings } = await inspectServer(connection).finally(() => connection.release(false));
    client.tableCollation = collation;
    return { dialect, warnings, knex, tableNames, acquire, ...(hosts && { hosts }), close: () => close(knex, client) };
  } catch (error) {
    await close(knex, client);
    throw error;
  }
}

async function close(knex: Knex, client: MysqlClient): Promise<void> {
  await closePool(knex);
  client.hosts?.close();
}

function hostsOf(servers: MysqlServers, onMove: (from: HostAddress, lost: boolean) => void): MysqlHosts {
  const { credentials, addresses, times = hostTimes } = servers;
  const options = { ...connectionOptions, flags: [connectionOptions.flags], ...credentials };
  return new MysqlHosts({
    addresses,
    times,
    probe: (server) => createHostProbe(server, options, times.answer),
    onMove,
  });
}

/** Cleartext passwords stay refused (mysql2's default since 3.22.0), several statements in one text too. */
const connectionOptions = {
  // By number (utf8mb4_bin): knex would write a name into CREATE TABLE, where it takes a character set, not a collation.
  charsetNumber: 46,
  // So that the system finds a line that is gone also where no statement waits for an answer.
  enableKeepAlive: true,
  keepAliveInitialDelay: 10_000,
  maxPreparedStatements: maxPrepared,
  multipleStatements: false,
  enableCleartextPlugin: false,
  // A server could otherwise ask for any file of this machine.
  flags: '-LOCAL_FILES',
  // The same values as from SQLite: sums are numbers, JSON is text.
  decimalNumbers: true,
  jsonStrings: true,
  dateStrings: true,
};

function connectionTo(
  address: MysqlAddress,
  { connect: connectTimeout }: TimeLimits,
): Knex.StaticConnectionConfig | Knex.ConnectionConfigProvider {
  const options = { ...connectionOptions, connectTimeout };
  if (typeof address !== 'function') return { ...options, ...address };
  return async (): Promise<Knex.StaticConnectionConfig> => ({ ...options, ...(await address()) });
}
