/** What the rest of the server and every plugin see of the database. */
import type { Unit } from '@palestra/core';
import type { Knex } from 'knex';
import type { CommitTimes } from './commit-times.js';
import type { Dialect } from './dialect.js';
import type { DatabaseHost, HostTimes } from './mysql-hosts.js';
import type { TimeLimits } from './time-limits.js';
import type { LastWriteOptions, Row, Scalar, Tuple, Values, Written } from './values.js';

export type { Row, Scalar, Tuple, Unit, Values, Written };

/** SQL compiled once by knex, at its first run, and run many times with named values; see `Parameter`. */
export interface Statement<Result extends object = Row> {
  readonly sql: string;
  /** Rows of a query. Outside a unit it sees what is committed, on SQLite without waiting for a writer. */
  all(values?: Values, unit?: Unit): Promise<Result[]>;
  /** The same rows as lists, in the order of the selected columns: half the work where there are many. */
  tuples(values?: Values, unit?: Unit): Promise<Tuple[]>;
  first(values?: Values, unit?: Unit): Promise<Result | undefined>;
  /** A write. Inside a unit, forgetting `unit` makes it wait for that same unit on SQLite: always pass it. */
  run(values?: Values, unit?: Unit): Promise<Written>;
  /**
   * A write that nothing in `unit` waits for: it runs after all others, right before the COMMIT, on MariaDB as one statement
   * with it. The unit fails with what it is refused with.
   */
  runLast(values: Values, unit: Unit, options?: LastWriteOptions): void;
}

/** `parameter('name')` is a placeholder for the value `name` of each run. */
export interface Parameter {
  (name: string): Knex.Raw;
  /**
   * A parameter for each column, for an insert, an update or `where`: named after the column, or, of `{ field: column }`,
   * after the field.
   */
  each(columns: readonly string[] | Readonly<Record<string, string>>): Record<string, Knex.Raw>;
}

/**
 * Makes the SQL of a statement. knex's `limit` takes numbers only: see `limited`. MySQL is sent numbers as text (see
 * `mysql-connection.ts`), so a bare `select ?` returns text there.
 */
export type QueryFactory = (knex: Knex, parameter: Parameter) => Knex.QueryBuilder | Knex.Raw;

/** One that can become a part of another query, with other names of its values. */
export type SelectFactory = (knex: Knex, parameter: (name: string) => Knex.Raw) => Knex.QueryBuilder;

/** One that is open for writes to join. */
export interface Transaction {
  /** False once it commits or is undone. */
  readonly isOpen: boolean;
  /** For a write by itself; begins the transaction if this is its first. */
  unit(): Promise<Unit>;
  /** A unit of work inside: its failure undoes what it wrote and nothing else. */
  inner<Result>(work: (unit: Unit) => Promise<Result>): Promise<Result>;
}

export interface TransactionParts<Result> {
  /** Before the first write, in the transaction; what it throws, the write throws. */
  open(unit: Unit): Promise<void>;
  /** May run several times. */
  work(transaction: Transaction): Promise<Result>;
  /** Writes last. */
  conclude(unit: Unit, result: Result): Promise<void>;
}

export interface Database {
  readonly dialect: Dialect;
  /** Builds queries; also runs them, serialised with units on SQLite, for what is not hot. */
  readonly knex: Knex;
  /** What an operator should change in the database's settings; to be logged at start-up and shown by `doctor`. */
  readonly warnings: readonly string[];
  /** The servers that the URL names, the preferred one first, and how often the one in use has changed; none of SQLite. */
  hosts(): { readonly list: readonly DatabaseHost[]; readonly moves: number };
  /**
   * What a table is called in the database, which its own catalogue and its other users know it by: `name` after
   * `tablePrefix`. In SQL that `knex` builds or is given, write `name` itself.
   */
  tableName(name: string): string;
  /** Compiles the SQL at the first run and keeps it; call it at set-up, not per request. */
  statement<Result extends object = Row>(query: QueryFactory): Statement<Result>;
  /**
   * Runs `work` in one transaction (READ COMMITTED; BEGIN IMMEDIATE on SQLite), again from its first read on a
   * deadlock, lock timeout, failed certification or SQLITE_BUSY: at most 5 tries, none begun after 3 s, full jitter.
   * `work` does no other I/O.
   * @throws PalestraError `unavailable` (503, Retry-After) when the tries are spent or the database is away
   * @throws PalestraError `outcomeUnknown` (503) when the connection was lost during COMMIT; see `isOutcomeUnknown`
   */
  unitOfWork<Result>(work: (unit: Unit) => Promise<Result>): Promise<Result>;
  /**
   * Runs `work`, whose units and single writes become one transaction: it begins with the first of them, and `conclude`
   * writes last. `work` may run several times, as that of `unitOfWork`; what it throws undoes everything. It must not
   * call other systems, and not run `knex` by itself.
   */
  oneTransaction<Result>(
    work: () => Promise<Result>,
    conclude: (unit: Unit, result: Result) => Promise<void>,
  ): Promise<Result>;
  /** The same for work that passes the transaction to all its writes; see `call-transaction.ts`. */
  passedTransaction<Result>(parts: TransactionParts<Result>): Promise<Result>;
  /** For what is not hot: any knex query, run inside the transaction of `unit`. */
  query<Result extends object = Row>(query: Knex.QueryBuilder | Knex.Raw, unit: Unit): Promise<Result[]>;
  /** The same for a write. */
  write(query: Knex.QueryBuilder | Knex.Raw, unit: Unit): Promise<Written>;
  /** True if the database answers within a second, and takes writes as far as is known. */
  ping(): Promise<boolean>;
  /** Once migrated. @throws Error as the database refuses a write, such as of a read-only file or on a full disk */
  assertWritable(): Promise<void>;
  /** Waits for what is running, then lets go of every connection. */
  close(): Promise<void>;
}

/** Runs a statement of a connection; `sql` is its text, which holds no values. */
export type AroundStatement = <Result>(sql: string, action: () => Result | Promise<Result>) => Result | Promise<Result>;

/** For fault tests: called around every statement, BEGIN, COMMIT and ROLLBACK included; what it throws is the fault. */
export type Intercept = (sql: string, phase: 'before' | 'after') => void | Promise<void>;

/** Where the database is. */
export type DatabaseSource =
  /**
   * `sqlite:<file>` or `mysql://user:password@host:port/db`, with `?tls=on` to demand a verified certificate. Of several
   * hosts (`a:3306,b:3306,c`) the first that can be used is, by every instance.
   */
  | { readonly url: string }
  /** That of an embedding app, which closes it itself; see `adopted-knex.ts`. */
  | { readonly knex: Knex };

export type DatabaseOptions = DatabaseSource & DatabaseSettings;

export interface DatabaseSettings {
  /** With what the names of all tables begin, such as `palestra_`; nothing by default. */
  readonly tablePrefix?: string;
  /** The most connections at once (MySQL); default 10. SQLite has one writer and one reader. */
  readonly poolSize?: number;
  /** Full jitter's source, injectable for tests. */
  readonly random?: () => number;
  readonly intercept?: Intercept;
  /** What runs every statement, made for the name that OpenTelemetry has for the database. */
  readonly trace?: (system: string) => AroundStatement;
  /** How long a server is waited for (MySQL). */
  readonly timeLimits?: TimeLimits;
  /** How long transactions are gathered for one COMMIT (SQLite). */
  readonly commitTimes?: CommitTimes;
  /** How often several servers are looked at (MySQL). */
  readonly hostTimes?: HostTimes;
}
