/** MySQL 8, MariaDB, Galera through mysql2: knex's pool holds the connections, each with the same session settings. */
import { createRequire } from 'node:module';
import knexModule, { type Knex } from 'knex';
import type { Connection as Raw } from 'mysql2';
import { exactCollations, mysqlDialect } from './dialect.js';
import type { Driver } from './driver.js';
import { MysqlConnection } from './mysql-connection.js';
import { toScalars } from './parameters.js';

const connectTimeoutMs = 5000;
const acquireTimeoutMs = 30_000;
const idleTimeoutMs = 60_000;
/** A connection; the server has 16,382 for all. */
const maxPrepared = 500;

/** What every session is set to, whatever the server's defaults are. */
const session = [
  "sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT'",
  "time_zone = '+00:00'",
  'innodb_lock_wait_timeout = 5',
  'autocommit = 1',
];

interface KnexQuery {
  sql: string;
  bindings?: readonly unknown[];
  response?: unknown;
}

type ServerVariables = Readonly<Record<string, string>>;

/** knex ships no types for its dialects' classes. */
const BaseClient: typeof Knex.Client & {
  prototype: { _query(connection: Raw, query: KnexQuery): Promise<KnexQuery> };
} = createRequire(import.meta.url)('knex/lib/dialects/mysql2/index.js');

/** What this folder uses in the place of a driver's connection, kept as long as that lives. */
const connections = new WeakMap<Raw, MysqlConnection>();

class MysqlClient extends BaseClient {
  override async acquireRawConnection(): Promise<Raw> {
    const raw: Raw = await super.acquireRawConnection();
    const connection = new MysqlConnection(raw, () => this.releaseConnection(raw));
    connections.set(raw, connection);
    try {
      await prepareSession(connection);
    } catch (error) {
      raw.destroy();
      throw error;
    }
    return raw;
  }

  /** knex's own queries run like statements; a query without values need not be prepared. */
  async _query(raw: Raw, query: KnexQuery): Promise<KnexQuery> {
    if (!query.bindings?.length) return BaseClient.prototype._query.call(this, raw, query);
    const connection = connectionOver(raw);
    query.response = [await connection.execute(query.sql, toScalars(query.bindings, query.sql)), []];
    return query;
  }
}

function connectionOver(raw: Raw): MysqlConnection {
  const connection = connections.get(raw);
  if (!connection) throw new TypeError('The MySQL connection is not one of this pool.');
  return connection;
}

/** A function is asked for every new connection, for passwords that change by the hour. */
export type MysqlAddress = MysqlSettings | (() => Promise<MysqlSettings>);

/** Where the server is and how to sign in there; the other settings are those of `connectionOptions`. */
export type MysqlSettings = Pick<
  Knex.MySql2ConnectionConfig,
  'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'
>;

export async function openMysql(address: MysqlAddress, poolSize: number): Promise<Driver> {
  const knex = knexModule.knex({
    client: MysqlClient,
    connection: connectionTo(address),
    version: 'latest',
    // knex would write the bound values, secrets among them, into its errors' messages.
    compileSqlOnError: false,
    // Failures to connect are thrown; knex would print them as well.
    log: { warn: () => {} },
    pool: {
      min: 0,
      max: poolSize,
      acquireTimeoutMillis: acquireTimeoutMs,
      idleTimeoutMillis: idleTimeoutMs,
    },
  });
  const client: Knex.Client = knex.client;
  const acquire = async () => connectionOver(await client.acquireConnection());
  try {
    const { dialect, warnings } = await inspect(acquire);
    return { dialect, warnings, knex, acquire, close: () => knex.destroy() };
  } catch (error) {
    await knex.destroy();
    throw error;
  }
}

/** Cleartext passwords stay refused (mysql2's default since 3.22.0), several statements in one text too. */
const connectionOptions = {
  charset: 'utf8mb4_bin',
  connectTimeout: connectTimeoutMs,
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

function connectionTo(address: MysqlAddress): Knex.StaticConnectionConfig | Knex.ConnectionConfigProvider {
  if (typeof address !== 'function') return { ...connectionOptions, ...address } as object;
  return async (): Promise<Knex.StaticConnectionConfig> => ({ ...connectionOptions, ...(await address()) });
}

async function prepareSession(connection: MysqlConnection): Promise<void> {
  const { wsrep_on } = await serverVariables(connection);
  // On Galera a read waits until what other nodes committed before is here: without, 34 of 300 were stale.
  const settings = wsrep_on === 'ON' ? [...session, 'wsrep_sync_wait = 1'] : session;
  await connection.control(`SET SESSION ${settings.join(', ')}`);
  await connection.control('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
}

async function serverVariables(connection: MysqlConnection): Promise<ServerVariables> {
  const rows = await connection.all<{ Variable_name: string; Value: string }>(
    `SHOW VARIABLES WHERE Variable_name IN ('version', 'wsrep_on', 'innodb_flush_log_at_trx_commit')`,
    [],
  );
  return Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
}

async function inspect(acquire: () => Promise<MysqlConnection>): Promise<Pick<Driver, 'dialect' | 'warnings'>> {
  const connection = await acquire();
  try {
    const variables = await serverVariables(connection);
    const rows = await connection.all<{ name: string }>(
      `SELECT COLLATION_NAME AS name FROM information_schema.COLLATIONS WHERE COLLATION_NAME IN (?, ?)`,
      exactCollations,
    );
    const collation = exactCollations.find((name) => rows.some((row) => row.name === name));
    const version = variables.version ?? '';
    if (!collation)
      throw new Error(`${version} has no collation that compares exactly: ${exactCollations.join(', ')}.`);
    const dialect = mysqlDialect({ version, collation, cluster: variables.wsrep_on === 'ON' });
    return { dialect, warnings: warningsOf(variables) };
  } finally {
    connection.release(false);
  }
}

function warningsOf({ innodb_flush_log_at_trx_commit: flush }: ServerVariables): string[] {
  if (flush === undefined || flush === '1') return [];
  return [
    `innodb_flush_log_at_trx_commit is ${flush}: a crash of the server loses commits already answered. Set it to 1.`,
  ];
}
