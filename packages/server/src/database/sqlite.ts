/** SQLite through better-sqlite3: one writer, which knex's pool hands to one user at a time, and one reader. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import Sqlite, { type Database as Handle } from 'better-sqlite3';
import knexModule, { type Knex } from 'knex';
import { acquireFrom, closePool } from './closed.js';
import { sqliteDialect } from './dialect.js';
import type { Driver } from './driver.js';
import { toScalars } from './parameters.js';
import { busyTimeoutMs, SqliteConnection } from './sqlite-connection.js';
import { nameTables, type TableNames, tableNamesOf } from './table-names.js';

/** Units queue for the one writer; a longer queue than this answers 503. */
const acquireTimeoutMs = 30_000;
/** Nothing is served yet, so opening may wait inside the call for another process that starts. */
const openTimeoutMs = 5000;

interface KnexQuery {
  sql: string;
  bindings?: readonly unknown[];
  response?: unknown;
  context?: { lastID: number | bigint; changes: number };
}

/** knex ships no types for its dialects' classes. */
const BaseClient: typeof Knex.Client = createRequire(import.meta.url)('knex/lib/dialects/better-sqlite3/index.js');

/** Each handle's connection, kept as long as the handle lives. */
const connections = new WeakMap<Handle, SqliteConnection>();

/** The connection over a handle of a pool, `made` where it has none yet. */
export function connectionTo(handle: Handle, made?: () => SqliteConnection): SqliteConnection {
  const connection = connections.get(handle) ?? made?.();
  if (!connection) throw new TypeError('The SQLite handle is not one of this pool.');
  connections.set(handle, connection);
  return connection;
}

export class SqliteClient extends BaseClient {
  declare connectionSettings: { readonly filename: string };
  readonly #open = new Set<Handle>();

  override acquireConnection(): Promise<Handle> {
    return acquireFrom(this, () => super.acquireConnection());
  }

  override async acquireRawConnection(): Promise<Handle> {
    const { filename } = this.connectionSettings;
    const handle = openWriter(filename);
    this.#open.add(handle);
    const { prefix } = tableNamesOf(this);
    connectionTo(handle, () => new SqliteConnection(handle, prefix, () => this.releaseConnection(handle)));
    return handle;
  }

  override async validateConnection(handle: Handle): Promise<boolean> {
    return handle.open;
  }

  override async destroyRawConnection(handle: Handle): Promise<void> {
    this.#open.delete(handle);
    if (!handle.open) return;
    handle.pragma('wal_checkpoint(TRUNCATE)');
    handle.close();
  }

  /** What is not committed is rolled back. */
  cutAll(): void {
    for (const handle of this.#open) handle.close();
    this.#open.clear();
  }

  override positionBindings(sql: string): string {
    return tableNamesOf(this).sql(sql);
  }

  /** knex's own queries run like statements; its transactions take the write lock at once. */
  async _query(handle: Handle, query: KnexQuery): Promise<KnexQuery> {
    const sql = query.sql === 'BEGIN;' ? 'BEGIN IMMEDIATE;' : query.sql;
    const connection = connectionTo(handle);
    const values = toScalars(query.bindings, sql);
    if (connection.prepare(sql).reader) {
      query.response = await connection.all(sql, values);
      return query;
    }
    const { affected, insertedId } = await connection.run(sql, values);
    query.context = { changes: affected, lastID: insertedId };
    query.response = query.context;
    return query;
  }
}

export async function openSqlite(file: string, tableNames: TableNames): Promise<Driver> {
  if (file === '' || file.startsWith(':memory:')) throw new TypeError('SQLite needs a file: sqlite:<file>.');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const knex = knexModule.knex({
    client: SqliteClient,
    connection: { filename: file },
    useNullAsDefault: true,
    // knex would write the bound values, secrets among them, into its errors' messages.
    compileSqlOnError: false,
    // Failures to open are thrown; knex would print them as well.
    log: { warn: () => {} },
    pool: { min: 1, max: 1, acquireTimeoutMillis: acquireTimeoutMs },
  });
  nameTables(knex, tableNames);
  const client: Knex.Client = knex.client;
  const acquire = async () => connectionTo(await client.acquireConnection());
  // The writer first: it makes the file and switches it to WAL.
  (await acquire()).release(false);
  const reader = new SqliteConnection(openReader(file), tableNames.prefix);
  return sqliteDriver({ knex, acquire, reader, tableNames });
}

export interface SqliteParts extends Pick<Driver, 'knex' | 'acquire' | 'tableNames'> {
  readonly reader: SqliteConnection;
}

export function sqliteDriver({ knex, acquire, reader, tableNames }: SqliteParts): Driver {
  const { version } = reader.prepare<{ version: string }>('SELECT sqlite_version() AS version').get() ?? {
    version: '',
  };
  return {
    dialect: sqliteDialect(version),
    knex,
    tableNames,
    warnings: [],
    acquire,
    reader,
    async close() {
      reader.handle.close();
      await closePool(knex);
    },
  };
}

/**
 * FULL, since better-sqlite3 is built to run a WAL database with NORMAL, which loses the last commits in a power cut;
 * asserted, since a PRAGMA that SQLite does not take is silently ignored.
 */
function openWriter(file: string): Handle {
  makePrivate(file);
  const handle = configured(new Sqlite(file, { timeout: openTimeoutMs }));
  const pragma = (name: string) => handle.pragma(name, { simple: true });
  handle.pragma('journal_mode = WAL');
  const found = { journal_mode: pragma('journal_mode'), synchronous: pragma('synchronous') };
  handle.pragma(`busy_timeout = ${busyTimeoutMs}`);
  if (found.journal_mode === 'wal' && found.synchronous === 2) return handle;
  handle.close();
  throw new Error(`SQLite cannot run safely on ${file}: ${JSON.stringify(found)} instead of WAL and FULL (2).`);
}

/** SQLite makes a file that everybody may read, and gives the rights of the file to its `-wal` and `-shm`. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch {
    // SQLite says what is wrong with it.
  }
}

/** Sees the last commit at each statement, never waits for the writer, and cannot write. */
export function openReader(file: string): Handle {
  return configured(new Sqlite(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }));
}

function configured(handle: Handle): Handle {
  handle.pragma('synchronous = FULL');
  handle.pragma('foreign_keys = ON');
  // Otherwise a row that INSERT OR REPLACE takes away is gone without its delete triggers, as those of the audit.
  handle.pragma('recursive_triggers = ON');
  // A file from elsewhere cannot make its views and triggers call functions with effects.
  handle.pragma('trusted_schema = OFF');
  return handle;
}
