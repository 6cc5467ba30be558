/** The database behind a knex of the embedding app: used with our guarantees, without changing the app's own. */
import type { Database as Handle } from 'better-sqlite3';
import knexModule, { type Knex } from 'knex';
import type { ConnectionOptions } from 'mysql2';
import type { Connection, Driver } from './driver.js';
import { openMysql } from './mysql.js';
import { connections, openReader, SqliteClient, sqliteDriver } from './sqlite.js';
import { busyTimeoutMs, SqliteConnection } from './sqlite-connection.js';

/** What knex keeps of its configuration, as far as it is read here. */
type HandedClient = Pick<Knex.Client, 'acquireConnection' | 'releaseConnection'> & {
  readonly driverName: string;
  readonly connectionSettings: ConnectionOptions;
  readonly config: Knex.Config;
  readonly pool?: { readonly max: number };
};

type Drivers = Readonly<Record<string, (client: HandedClient) => Promise<Driver>>>;

const drivers: Drivers = { 'better-sqlite3': shareSqlite, mysql2: reconnectMysql, mysql: reconnectMysql };

/** @throws TypeError for a client that is neither better-sqlite3 nor mysql2 */
export async function adoptKnex(knex: Knex): Promise<Driver> {
  const client: HandedClient = knex.client;
  const adopt = Object.hasOwn(drivers, client.driverName) ? drivers[client.driverName] : undefined;
  if (!adopt) throw new TypeError(`A knex for ${client.driverName} cannot be used: better-sqlite3 or mysql2 can.`);
  return adopt(client);
}

/** Where the server is and how to sign in there; how values are read stays our affair. */
const address = [
  'host',
  'port',
  'socketPath',
  'user',
  'password',
  'passwordSha1',
  'password1',
  'password2',
  'password3',
  'database',
  'ssl',
  'stream',
  'authPlugins',
  // Of a function: until when what it gave is good.
  'expirationChecker',
] as const;

/**
 * MySQL: connections of our own with the app's address and credentials (a function that gives them is asked again, as
 * knex does). SQL mode, isolation and decoding belong to a connection: on the app's they would change its own queries.
 */
async function reconnectMysql({ config, connectionSettings, pool }: HandedClient): Promise<Driver> {
  const given = config.connection;
  // By name, since knex hides the password from an enumeration.
  const pick = (settings: object): ConnectionOptions =>
    Object.fromEntries(
      address.map((key) => [key, Reflect.get(settings, key)]).filter(([, value]) => value !== undefined),
    );
  return openMysql(
    typeof given === 'function' ? async () => pick(await given()) : pick(connectionSettings),
    pool?.max ?? 10,
  );
}

/**
 * SQLite: the app's own handle, by its pool. A second writer in one process would deadlock with it, since
 * better-sqlite3 waits for a lock inside the call. Reading has a handle of its own.
 */
async function shareSqlite(app: HandedClient): Promise<Driver> {
  if (app.pool && app.pool.max > 1) throw new TypeError('SQLite has one writer: give knex pool: { min: 1, max: 1 }.');
  const knex = knexModule.knex({
    client: sharingClient(app),
    useNullAsDefault: true,
    compileSqlOnError: false,
  });
  const client = knex.client as Knex.Client;
  const acquire = async () => asConnection(await client.acquireConnection(), client);
  const writer = await app.acquireConnection();
  const { file, version } = await inspect(writer).finally(() => app.releaseConnection(writer));
  const reader = new SqliteConnection(openReader(file));
  return sqliteDriver({ knex, acquire, reader, version });
}

/** A client without a pool of its own, so that closing it leaves the app's alone. */
function sharingClient(app: HandedClient): typeof Knex.Client {
  class SharingClient extends SqliteClient {
    override async acquireConnection(): Promise<Handle> {
      const handle: Handle = await app.acquireConnection();
      if (!connections.has(handle)) connections.set(handle, new SqliteConnection(handle));
      borrow(handle);
      return handle;
    }

    override async releaseConnection(handle: Handle): Promise<void> {
      giveBack(handle);
      await app.releaseConnection(handle);
    }
  }
  return SharingClient as unknown as typeof Knex.Client;
}

/** One that is in doubt is rolled back: closed, it would stay in the app's pool. */
function asConnection(handle: Handle, client: Knex.Client): Connection {
  const inner = connections.get(handle) as SqliteConnection;
  return {
    all: (sql, values) => inner.all(sql, values),
    first: (sql, values) => inner.first(sql, values),
    tuples: (sql, values) => inner.tuples(sql, values),
    run: (sql, values) => inner.run(sql, values),
    control: (sql) => inner.control(sql),
    release: () => {
      if (handle.inTransaction) handle.exec('ROLLBACK');
      void client.releaseConnection(handle);
    },
  };
}

/** What ours demand of a handle, while they have it. */
const demanded: Readonly<Record<string, number>> = { synchronous: 2, foreign_keys: 1, busy_timeout: busyTimeoutMs };

const lent = new WeakMap<Handle, Readonly<Record<string, number>>>();

function borrow(handle: Handle): void {
  const own = Object.keys(demanded).map((name) => [name, handle.pragma(name, { simple: true })] as const);
  lent.set(handle, Object.fromEntries(own) as Record<string, number>);
  set(handle, demanded);
}

function giveBack(handle: Handle): void {
  if (handle.open) set(handle, lent.get(handle) ?? {});
}

function set(handle: Handle, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) handle.pragma(`${name} = ${value}`);
}

/** WAL is a property of the file: with it, reading never waits for writing. */
async function inspect(handle: Handle): Promise<{ file: string; version: string }> {
  if (handle.memory) throw new TypeError('SQLite needs a file: a knex in memory cannot be used.');
  const mode = handle.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') throw new Error(`SQLite cannot run safely on ${handle.name}: its journal mode stays ${mode}.`);
  const { version } = handle.prepare('SELECT sqlite_version() AS version').get() as { version: string };
  return { file: handle.name, version };
}
