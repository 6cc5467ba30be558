/** A unit of work as those inside see it, and the connection that only statements see. */
import type { Unit } from '@palestra/core';
import type { Knex } from 'knex';
import type { Connection } from './connection.js';
import { decorateConnection } from './driver.js';
import { isTransient } from './errors.js';
import type { LastWrites } from './last-writes.js';
import { bind, compileQuery } from './parameters.js';
import type { Row, Written } from './types.js';

const connectionKey: unique symbol = Symbol('connection');
const lastKey: unique symbol = Symbol('last');

interface ConnectedUnit extends Unit {
  readonly [connectionKey]: Connection;
  readonly [lastKey]: LastWrites;
}

interface UnitParts {
  readonly connection: Connection;
  readonly attempt: number;
  readonly last: LastWrites;
  readonly afterCommit: Unit['afterCommit'];
}

/** The transaction's connection; a unit wrapped by spreading keeps it. */
export function connectionOf(unit: Unit): Connection {
  return connected(unit)[connectionKey];
}

/** What is written right before the COMMIT. */
export function lastWritesOf(unit: Unit): LastWrites {
  return connected(unit)[lastKey];
}

function connected(unit: Unit): ConnectedUnit {
  if (isConnected(unit)) return unit;
  throw new TypeError('The unit was not made by unitOfWork.');
}

/** The same object for every unit of one transaction. */
export function transactionOf(unit: Unit): object {
  return connectionOf(unit);
}

function isConnected(unit: Unit): unit is ConnectedUnit {
  return connectionKey in unit;
}

export function createUnit({ connection, last, attempt, afterCommit }: UnitParts): Unit {
  const unit: ConnectedUnit = { [connectionKey]: connection, [lastKey]: last, attempt, afterCommit };
  return unit;
}

export async function queryInside<Result extends object = Row>(
  unit: Unit,
  query: Knex.QueryBuilder | Knex.Raw,
): Promise<Result[]> {
  const compiled = compileQuery(query);
  return connectionOf(unit).all<Result>(compiled.sql, bind(compiled));
}

export async function writeInside(unit: Unit, query: Knex.QueryBuilder | Knex.Raw): Promise<Written> {
  const compiled = compileQuery(query);
  return connectionOf(unit).run(compiled.sql, bind(compiled));
}

export interface TransactionConnection {
  readonly connection: Connection;
  /** No further statements. @throws the fault that the transaction died of, even if `work` swallowed it */
  end(): void;
  /** No further statements, whatever became of those before. */
  close(): void;
}

/**
 * The connection for as long as its transaction lives. A deadlock rolls the whole transaction back, and a lost
 * connection too: if `work` swallowed that error, what follows would commit statement by statement. So after such a
 * fault, and after the end, it refuses.
 */
export function transactionConnection(inner: Connection): TransactionConnection {
  let fault: unknown;
  let ended = false;
  const note = (error: unknown): never => {
    if (isTransient(error)) fault = error;
    throw error;
  };
  const connection = decorateConnection(
    inner,
    (_sql, action) => {
      if (ended) throw new TypeError('The unit has ended; await every statement inside it.');
      if (fault !== undefined) throw fault;
      try {
        const result = action();
        return result instanceof Promise ? result.catch(note) : result;
      } catch (error) {
        return note(error);
      }
    },
    {
      commitWith: undefined,
      control() {
        throw new TypeError('A unit begins and ends its transaction itself.');
      },
      release() {
        throw new TypeError('A unit gives its connection back itself.');
      },
    },
  );
  return {
    connection,
    close() {
      ended = true;
    },
    end() {
      ended = true;
      if (fault !== undefined) throw fault;
    },
  };
}
