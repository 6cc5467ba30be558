/** One connection to a database, whichever it is. */
import type { LastWriteOptions, Row, Scalar, Tuple, Written } from './values.js';

/** A write right before the COMMIT. */
export interface LastWrite extends LastWriteOptions {
  readonly sql: string;
  readonly values: readonly Scalar[];
}

/** Values are checked before they come here. */
export interface Connection {
  /** No rows from a statement that returns none. */
  all<Result extends object = Row>(sql: string, values: readonly Scalar[]): Result[] | Promise<Result[]>;
  first<Result extends object = Row>(
    sql: string,
    values: readonly Scalar[],
  ): Result | undefined | Promise<Result | undefined>;
  /** The rows of `all` as lists. */
  tuples(sql: string, values: readonly Scalar[]): Tuple[] | Promise<Tuple[]>;
  run(sql: string, values: readonly Scalar[]): Written | Promise<Written>;
  /** BEGIN, COMMIT, ROLLBACK and definitions: no values, no result, not prepared. */
  control(sql: string): void | Promise<void>;
  /**
   * The last writes of a transaction and its COMMIT, where the database takes them as one statement; what fails leaves the
   * transaction open.
   */
  readonly commitWith?: ((writes: readonly LastWrite[]) => Promise<void>) | undefined;
  /** Whether the transaction that was begun is still open: SQLite ends one by itself on a full disk and the like. */
  holdsTransaction(): boolean;
  /** What runs from now on until the release takes the time it needs: for migrations, backups and restores. */
  withoutLimits(): void;
  /** The connection that this one adds to. */
  readonly decorates?: Connection;
  /** Gives it back to the pool; a broken one is thrown away instead, with whatever transaction it held. */
  release(broken: boolean): void;
}
