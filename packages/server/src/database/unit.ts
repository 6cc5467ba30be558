/** A unit of work as those inside see it, and the connection that only statements see. */
import type { Knex } from 'knex';
import type { Connection } from './driver.js';
import { compose } from './parameters.js';
import { isTransient } from './retry.js';
import type { Row, Scalar, Tuple, Unit, Written } from './types.js';

const connectionKey: unique symbol = Symbol('connection');

interface ConnectedUnit extends Unit {
  readonly [connectionKey]: Connection;
}

/** The transaction's connection; a unit wrapped by spreading keeps it. */
export function connectionOf(unit: Unit): Connection {
  const connection = (unit as Partial<ConnectedUnit>)[connectionKey];
  if (!connection) throw new TypeError('The unit was not made by unitOfWork.');
  return connection;
}

export function createUnit(connection: Connection, attempt: number, afterCommit: (action: () => void) => void): Unit {
  const unit: ConnectedUnit = {
    [connectionKey]: connection,
    attempt,
    async query<Result extends object = Row>(query: Knex.QueryBuilder | Knex.Raw) {
      const { sql, slots } = compose(query);
      return connection.all(sql, slots as Scalar[]) as Promise<Result[]>;
    },
    async write(query) {
      const { sql, slots } = compose(query);
      return connection.run(sql, slots as Scalar[]);
    },
    afterCommit,
  };
  return unit;
}

/**
 * The connection for as long as its transaction lives. A deadlock rolls the whole transaction back, and a lost
 * connection too: if `work` swallowed that error, what follows would commit statement by statement. So after such a
 * fault, and after the end, it refuses.
 */
export class TransactionConnection implements Connection {
  /** What the transaction died of. */
  #fault: unknown;
  #ended = false;

  constructor(private readonly inner: Connection) {}

  all(sql: string, values: readonly Scalar[]): Promise<Row[]> {
    return this.#attempt(() => this.inner.all(sql, values));
  }

  first(sql: string, values: readonly Scalar[]): Promise<Row | undefined> {
    return this.#attempt(() => this.inner.first(sql, values));
  }

  tuples(sql: string, values: readonly Scalar[]): Promise<Tuple[]> {
    return this.#attempt(() => this.inner.tuples(sql, values));
  }

  run(sql: string, values: readonly Scalar[]): Promise<Written> {
    return this.#attempt(() => this.inner.run(sql, values));
  }

  control(): never {
    throw new TypeError('A unit begins and ends its transaction itself.');
  }

  release(): never {
    throw new TypeError('A unit gives its connection back itself.');
  }

  /** No further statements. @throws the fault that the transaction died of, even if `work` swallowed it */
  end(): void {
    this.#ended = true;
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #attempt<Result>(action: () => Result | Promise<Result>): Promise<Result> {
    if (this.#ended) throw new TypeError('The unit has ended; await every statement inside it.');
    if (this.#fault !== undefined) throw this.#fault;
    try {
      return await action();
    } catch (error) {
      if (isTransient(error)) this.#fault = error;
      throw error;
    }
  }
}
