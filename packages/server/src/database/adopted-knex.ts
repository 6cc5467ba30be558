/** The database behind a knex of the embedding app, used with this package's guarantees; the app's settings stay. */
import type { Database as Handle } from 'better-sqlite3';
import knexModule, { type Knex } from 'knex';
import type { ConnectionOptions } from 'mysql2';
import { acquireFrom } from './closed.js';
import type { Connection } from './connection.js';
import { type Driver, decorateConnection } from './driver.js';
import { type MysqlSettings, openMysql } from './mysql.js';
import { connectionTo, openReader, SqliteClient, sqliteDriver } from './sqlite.js';
import { busyTimeoutMs, SqliteConnection } from './sqlite-connection.js';
import { nameTables, TableNames } from './table-names.js';

/** What knex keeps of its configuration, as far as it is read here. */
type HandedClient = Pick<Knex.Client, 'acquireConnection' | 'releaseConnection'> & {
  readonly driverName: string;
  readonly connectionSettings: ConnectionOptions;
  readonly config: Knex.Config;
  readonly pool?: { readonly max: number };
};

type Drivers = Readonly<Record<string, (client: HandedClient, tablePrefix: string) => Promise<Driver>>>;

const drivers: Drivers = { 'better-sqlite3': shareSqlite, mysql2: reconnectMysql, mysql: reconnectMysql };

/** @throws TypeError for a client that is neither better-sqlite3 nor mysql2 */
export async function adoptKnex(knex: Knex, tablePrefix: string): Promise<Driver> {
  const client: HandedClient = knex.client;
  const adopt = Object.hasOwn(drivers, client.driverName) ? drivers[client.driverName] : undefined;
  if (!adopt) throw new TypeError(`A knex for ${client.driverName} cannot be used: better-sqlite3 or mysql2 can.`);
  return adopt(client, tablePrefix);
}

/** Where the server is and how to sign in there. How values are decoded is not taken from the app. */
const addressKeys = [
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
  // Of a function: until when its result is valid.
  'expirationChecker',
] as const;

/**
 * MySQL: separate connections with the app's address and credentials (a function that provides them is asked again, as
 * knex does). SQL mode, isolation and decoding belong to a connection: on the app's they would change its queries.
 */
async function reconnectMysql(
  { config, connectionSettings, pool }: HandedClient,
  tablePrefix: string,
): Promise<Driver> {
  const given = config.connection;
  // By name, since knex hides the password from an enumeration.
  const pick = (settings: object): MysqlSettings =>
    Object.fromEntries(
      addressKeys.map((key) => [key, Reflect.get(settings, key)]).filter(([, value]) => value !== undefined),
    );
  const address = typeof given === 'function' ? async () => pick(await given()) : pick(connectionSettings);
  return openMysql({ address, poolSize: pool?.max ?? 10, tableNames: new TableNames(tablePrefix, 'mysql') });
}

/**
 * SQLite: the app's own handle, through its pool. A second writer in one process would deadlock with it, since
 * better-sqlite3 waits for a lock inside the call. Reads have a separate handle.
 */
async function shareSqlite(app: HandedClient, tablePrefix: string): Promise<Driver> {
  if (app.pool && app.pool.max > 1) throw new TypeError('SQLite has one writer: give knex pool: { min: 1, max: 1 }.');
  const knex = knexModule.knex({
    client: sharingClient(app, tablePrefix),
    useNullAsDefault: true,
    compileSqlOnError: false,
  });
  const tableNames = new TableNames(tablePrefix, 'sqlite');
  nameTables(knex, tableNames);
  const client: Knex.Client = knex.client;
  const acquire = async () => asConnection(await client.acquireConnection(), client);
  const writer = await app.acquireConnection();
  const file = await fileOf(writer).finally(() => app.releaseConnection(writer));
  const reader = new SqliteConnection(openReader(file), tablePrefix);
  return sqliteDriver({ knex, acquire, reader, tableNames });
}

/** A client without a pool of its own, so that closing it leaves the app's alone. */
function sharingClient(app: HandedClient, tablePrefix: string): typeof Knex.Client {
  class SharingClient extends SqliteClient {
    override async acquireConnection(): Promise<Handle> {
      const handle: Handle = await acquireFrom(app, () => app.acquireConnection());
      connectionTo(handle, () => new SqliteConnection(handle, tablePrefix));
      borrow(handle);
      return handle;
    }

    override async releaseConnection(handle: Handle): Promise<void> {
      giveBack(handle);
      await app.releaseConnection(handle);
    }
  }
  return SharingClient;
}

/** One that is in doubt is rolled back: closed, it would stay in the app's pool. */
function asConnection(handle: Handle, client: Knex.Client): Connection {
  return decorateConnection(connectionTo(handle), (_sql, action) => action(), {
    release() {
      if (handle.inTransaction) handle.exec('ROLLBACK');
      void client.releaseConnection(handle);
    },
  });
}

type Pragmas = readonly (readonly [name: string, value: unknown])[];

/** What this package needs of a handle while it uses it. */
const demanded: Pragmas = [
  ['synchronous', 2],
  ['foreign_keys', 1],
  ['busy_timeout', busyTimeoutMs],
];

/** How the app had them. */
const before = new WeakMap<Handle, Pragmas>();

function borrow(handle: Handle): void {
  before.set(
    handle,
    demanded.map(([name]) => [name, handle.pragma(name, { simple: true })]),
  );
  setPragmas(handle, demanded);
}

function giveBack(handle: Handle): void {
  if (handle.open) setPragmas(handle, before.get(handle) ?? []);
}

function setPragmas(handle: Handle, pragmas: Pragmas): void {
  for (const [name, value] of pragmas) handle.pragma(`${name} = ${value}`);
}

/** WAL is a property of the file: with it, reading never waits for writing. */
async function fileOf(handle: Handle): Promise<string> {
  if (handle.memory) throw new TypeError('SQLite needs a file: a knex in memory cannot be used.');
  const mode = handle.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') throw new Error(`SQLite cannot run safely on ${handle.name}: its journal mode stays ${mode}.`);
  return handle.name;
}
