/** One handle on a SQLite file: keeps prepared statements, names faults, waits for the lock of another process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database as Handle, Statement as Prepared } from 'better-sqlite3';
import { databaseClosed } from './closed.js';
import type { Connection } from './connection.js';
import { databaseFault, withTablePrefix } from './errors.js';
import type { Row, Scalar, Tuple, Written } from './types.js';

/**
 * SQLite waits for a lock inside the call, and so stops the event loop: it may do so for the time of another process's
 * ordinary commit (10 ms). After that the wait continues between calls, for as long as a busy_timeout usually is.
 */
export const busyTimeoutMs = 10;
const lockWaitMs = 5000;
const pauseMs = 20;

/** Statements of knex that come and go must not fill memory. */
const maxPrepared = 500;

export class SqliteConnection implements Connection {
  readonly handle: Handle;
  readonly #giveBack: () => void;
  readonly #tablePrefix: string;
  readonly #prepared = new Map<string, Prepared>();
  readonly #preparedTuples = new Map<string, Prepared<unknown[], Tuple>>();

  constructor(handle: Handle, tablePrefix: string, giveBack: () => void = () => {}) {
    this.handle = handle;
    this.#tablePrefix = tablePrefix;
    this.#giveBack = giveBack;
  }

  all<Result extends object = Row>(sql: string, values: readonly Scalar[]): Result[] | Promise<Result[]> {
    return this.#attempt(() => {
      const statement = this.prepare<Result>(sql);
      if (statement.reader) return statement.all(toSqlite(values));
      statement.run(toSqlite(values));
      return [];
    });
  }

  first<Result extends object = Row>(
    sql: string,
    values: readonly Scalar[],
  ): Result | undefined | Promise<Result | undefined> {
    return this.#attempt(() => this.prepare<Result>(sql).get(toSqlite(values)));
  }

  tuples(sql: string, values: readonly Scalar[]): Tuple[] | Promise<Tuple[]> {
    return this.#attempt(() => this.#prepareTuples(sql).all(toSqlite(values)));
  }

  run(sql: string, values: readonly Scalar[]): Written | Promise<Written> {
    return this.#attempt(() => {
      const { changes, lastInsertRowid } = this.prepare(sql).run(toSqlite(values));
      return { affected: changes, insertedId: Number(lastInsertRowid) };
    });
  }

  control(sql: string): void | Promise<void> {
    // After a full disk and the like SQLite has rolled back already, and calls a second time an error.
    if (sql === 'ROLLBACK' && !this.handle.inTransaction) return;
    return this.#attempt(() => {
      this.handle.exec(sql);
    });
  }

  holdsTransaction(): boolean {
    return this.handle.inTransaction;
  }

  /** SQLite answers inside the call. */
  withoutLimits(): void {}

  release(broken: boolean): void {
    // Closing rolls back; the pool opens another.
    if (broken) this.handle.close();
    this.#giveBack();
  }

  /** `Result` is what its SQL selects, which only the caller knows. */
  prepare<Result>(sql: string): Prepared<unknown[], Result> {
    const prepared = this.#prepared.get(sql) ?? keep(this.#prepared, sql, this.handle.prepare(sql));
    return prepared as Prepared<unknown[], Result>;
  }

  #prepareTuples(sql: string): Prepared<unknown[], Tuple> {
    const prepare = () => this.handle.prepare<unknown[], Tuple>(sql).raw();
    return this.#preparedTuples.get(sql) ?? keep(this.#preparedTuples, sql, prepare());
  }

  #attempt<Result>(action: () => Result): Result | Promise<Result> {
    try {
      return action();
    } catch (error) {
      if (!this.handle.open) throw databaseClosed(error);
      if (this.#mayWait(error)) return this.#whileBusy(action);
      throw this.#named(error);
    }
  }

  async #whileBusy<Result>(action: () => Result): Promise<Result> {
    const deadline = performance.now() + lockWaitMs;
    for (;;) {
      await sleep(1 + Math.random() * pauseMs);
      try {
        return action();
      } catch (error) {
        if (!this.#mayWait(error) || performance.now() > deadline) throw this.#named(error);
      }
    }
  }

  /** Only for the lock itself: inside a transaction a busy database means that the transaction must start over. */
  #mayWait(error: unknown): boolean {
    return databaseFault(error)?.kind === 'retry' && !this.handle.inTransaction;
  }

  /** SQLite names the columns of a unique index, MySQL the index; callers compare the index's name. */
  #named(error: unknown): unknown {
    withTablePrefix(error, this.#tablePrefix);
    if (!(error instanceof Error) || databaseFault(error)?.kind !== 'duplicate') return error;
    const columns = /UNIQUE constraint failed: (.+)$/.exec(error.message)?.[1]?.split(', ') ?? [];
    const table = columns[0]?.split('.')[0];
    const index = /index '(.+)'$/.exec(error.message)?.[1];
    const names = columns.map((column) => column.slice(column.indexOf('.') + 1)).join();
    return Object.assign(error, { constraint: index ?? this.#uniqueIndex(table, names) ?? 'PRIMARY' });
  }

  #uniqueIndex(table: string | undefined, columns: string): string | undefined {
    const statement = this.prepare<{ name: string }>(
      `SELECT list.name FROM pragma_index_list(?) AS list WHERE list."unique" = 1 AND list.origin <> 'pk' AND
        (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(list.name) ORDER BY seqno)) = ?`,
    );
    return statement.get([table, columns])?.name;
  }
}

function keep<Kept>(prepared: Map<string, Kept>, sql: string, statement: Kept): Kept {
  const [oldest] = prepared.size < maxPrepared ? [] : prepared.keys();
  if (oldest !== undefined) prepared.delete(oldest);
  prepared.set(sql, statement);
  return statement;
}

/** better-sqlite3 binds every number as REAL, and 5.0 becomes the text '5.0': integers go as integers. */
function toSqlite(values: readonly Scalar[]): (Scalar | bigint)[] {
  return values.map((value) => (typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value));
}
