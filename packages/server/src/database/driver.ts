/** What the statement layer, the unit of work and the migrations need of a database, and all they know of it. */
import type { Knex } from 'knex';
import type { Connection } from './connection.js';
import type { Dialect } from './dialect.js';
import type { MysqlHosts } from './mysql-hosts.js';
import type { TableNames } from './table-names.js';
import type { AroundStatement, Database, Scalar, Written } from './types.js';

/** A connection each of whose statements goes through `around`. */
export function decorateConnection(
  connection: Connection,
  around: AroundStatement,
  overrides: Partial<Pick<Connection, 'control' | 'commitWith' | 'release'>> = {},
): Connection {
  const { commitWith } = connection;
  return {
    decorates: connection,
    all: (sql, values) => around(sql, () => connection.all(sql, values)),
    first: (sql, values) => around(sql, () => connection.first(sql, values)),
    tuples: (sql, values) => around(sql, () => connection.tuples(sql, values)),
    run: (sql, values) => around(sql, () => connection.run(sql, values)),
    control: (sql) => around(sql, () => connection.control(sql)),
    commitWith:
      commitWith &&
      (async (writes) => {
        // They reach the server with the COMMIT.
        for (const { sql } of writes) await around(sql, () => undefined);
        await around('COMMIT', () => commitWith(writes));
      }),
    holdsTransaction: () => connection.holdsTransaction(),
    withoutLimits: () => connection.withoutLimits(),
    release: (broken) => connection.release(broken),
    ...overrides,
  };
}

export interface Driver {
  readonly dialect: Dialect;
  readonly knex: Knex;
  /** Those of SQL from `knex` are the database's already; for other SQL see `named-connection.ts`. */
  readonly tableNames: TableNames;
  readonly warnings: readonly string[];
  /** The servers that the URL names. */
  readonly hosts?: Pick<MysqlHosts, 'list' | 'moves'>;
  /** A connection to write with; on SQLite there is one, and waiting for it is what serialises writers. */
  acquire(): Promise<Connection>;
  /** Reads outside units without acquiring anything, where that is possible. */
  readonly reader?: Connection;
  close(): Promise<void>;
}

/**
 * What a transaction that shares its COMMIT undoes where it fails after a write: what it wrote by itself, from a savepoint,
 * or, where that is not to be expected, all that share the COMMIT, and the others run again.
 */
export type Undoing = 'itself' | 'all';

/** Where transactions begin; `attempt` counts from 1 how often one is tried. */
export interface TransactionSource {
  /** A write that is a transaction of its own. */
  writeAlone(sql: string, values: readonly Scalar[], attempt: number): Promise<Written>;
  /** A connection for one transaction: first BEGIN, then COMMIT or ROLLBACK, which on SQLite may be those of several. */
  acquireForTransaction(attempt: number, undoes?: Undoing): Promise<Connection>;
  /** Resolves when no transaction waits or runs that was begun here. */
  drained(): Promise<void>;
}

export interface WritingDriver extends Driver, TransactionSource {}

const driverKey: unique symbol = Symbol('driver');

/** A `Database` that keeps its driver, for this folder alone. */
export interface DrivenDatabase extends Database {
  readonly [driverKey]: Driver;
}

export function withDriver(database: Database, driver: Driver): DrivenDatabase {
  return Object.assign(database, { [driverKey]: driver });
}

export function driverOf(database: Database): Driver {
  if (isDriven(database)) return database[driverKey];
  throw new TypeError('The database was not opened by openDatabase.');
}

function isDriven(database: Database): database is DrivenDatabase {
  return driverKey in database;
}

/** Runs `action` on a connection of its own; one that `action` left in doubt does not return to the pool. */
export async function withConnection<Result>(
  driver: Pick<Driver, 'acquire'>,
  action: (connection: Connection) => Result | Promise<Result>,
  leavesDoubt: (error: unknown) => boolean,
): Promise<Result> {
  const connection = await driver.acquire();
  let broken = false;
  try {
    return await action(connection);
  } catch (error) {
    broken = leavesDoubt(error);
    throw error;
  } finally {
    connection.release(broken);
  }
}
