/**
 * One transaction around a function that knows nothing of it: what the function writes, in units or by single
 * statements, joins a transaction that begins with the first write and commits when the function has ended.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Unit } from '@palestra/core';
import { createUnit, type TransactionConnection, transactionConnection } from './connected-unit.js';
import type { Connection, WritingDriver } from './driver.js';
import { isTransient, sendOnce } from './errors.js';
import { withRetries } from './retry.js';
import { rollBack, runAfterCommit } from './transaction-end.js';

interface Begun {
  readonly connection: Connection;
  readonly transaction: TransactionConnection;
  readonly unit: Unit;
}

const current = new AsyncLocalStorage<JoinedTransaction>();

/** The transaction that a write of this asynchronous context joins; undefined outside of one, and after its end. */
export function joinedTransaction(): JoinedTransaction | undefined {
  const joined = current.getStore();
  return joined?.isOpen ? joined : undefined;
}

/**
 * Runs `work` outside of the transaction: what it writes commits by itself, whatever becomes of the transaction. Once
 * that has begun, `work` joins it after all, since on SQLite it holds the only writer.
 */
export function outsideTransaction<Result>(work: () => Result): Result {
  return current.getStore()?.hasBegun ? work() : current.exit(work);
}

/**
 * Runs `work` with all its writes in one transaction, in which `conclude` writes last; again from the beginning on a
 * deadlock, a lock timeout or a failed certification, as `unitOfWork` does. What `work` throws undoes everything.
 */
export function runJoined<Result>(
  driver: WritingDriver,
  random: () => number,
  work: () => Promise<Result>,
  conclude: (unit: Unit, result: Result) => Promise<void>,
): Promise<Result> {
  return withRetries(random, async (attempt) => {
    const joined = new JoinedTransaction(driver, attempt);
    running += 1;
    try {
      const result = await current.run(joined, work);
      await joined.commit((unit) => conclude(unit, result));
      return result;
    } finally {
      await joined.end();
      running -= 1;
      if (running === 0) current.disable();
    }
  });
}

/** While it is enabled, every promise of the process costs more. What it has kept is of transactions that have ended. */
let running = 0;

export class JoinedTransaction {
  readonly #driver: WritingDriver;
  readonly #attempt: number;
  readonly #afterCommit: (() => void)[] = [];
  #begun: Promise<Begun> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #savepoints = 0;
  #open = true;
  /** A deadlock or lost connection that `work` may have swallowed. */
  #fault: unknown;

  constructor(driver: WritingDriver, attempt: number) {
    this.#driver = driver;
    this.#attempt = attempt;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get hasBegun(): boolean {
    return this.#begun !== undefined;
  }

  /** For a write by itself; begins the transaction if this is its first. */
  async unit(): Promise<Unit> {
    return (await this.#begin()).unit;
  }

  /** For a read, which sees what the transaction has written; undefined while it has written nothing. */
  async writtenUnit(): Promise<Unit | undefined> {
    return (await this.#begun)?.unit;
  }

  afterCommit(action: () => void): void {
    this.#afterCommit.push(action);
  }

  /**
   * A unit of work inside: its failure undoes what it wrote and nothing else, as if it were a transaction of its own.
   * Units run one after another.
   */
  inner<Result>(work: (unit: Unit) => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(() => this.#inner(work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #inner<Result>(work: (unit: Unit) => Promise<Result>): Promise<Result> {
    const isFirst = this.#begun === undefined;
    const actions = this.#afterCommit.length;
    const { connection, unit } = await this.#begin();
    const undo = isFirst ? () => this.#rollBack() : await this.#savepoint(connection);
    try {
      return await work(unit);
    } catch (error) {
      if (isTransient(error)) this.#fault = error;
      this.#afterCommit.length = actions;
      await undo();
      throw error;
    }
  }

  /** What undoes everything from here on. After a deadlock or on a lost connection, there is nothing left to undo. */
  async #savepoint(connection: Connection): Promise<() => Promise<void>> {
    this.#savepoints += 1;
    const name = `inner_${this.#savepoints}`;
    await connection.control(`SAVEPOINT ${name}`);
    return async () => {
      await Promise.resolve(connection.control(`ROLLBACK TO SAVEPOINT ${name}`)).catch(() => undefined);
    };
  }

  /** Commits, with what `conclude` writes last. @throws the fault that the transaction died of */
  async commit(conclude: (unit: Unit) => Promise<void>): Promise<void> {
    await this.#turn;
    if (this.#fault !== undefined) throw this.#fault;
    const { connection, transaction, unit } = await this.#begin();
    await conclude(unit);
    this.#open = false;
    transaction.end();
    await sendOnce(() => connection.control('COMMIT'));
    this.#begun = undefined;
    connection.release(false);
    for (const action of this.#afterCommit.splice(0)) runAfterCommit(action);
  }

  /** Undoes what has not been committed. */
  async end(): Promise<void> {
    this.#open = false;
    await this.#rollBack();
  }

  async #rollBack(): Promise<void> {
    const begun = await this.#begun?.catch(() => undefined);
    this.#begun = undefined;
    if (!begun) return;
    begun.transaction.close();
    let broken = true;
    try {
      broken = !(await rollBack(begun.connection));
    } finally {
      begun.connection.release(broken);
    }
  }

  #begin(): Promise<Begun> {
    this.#begun ??= this.#beginNow();
    return this.#begun;
  }

  async #beginNow(): Promise<Begun> {
    const connection = await this.#driver.acquireForTransaction(this.#attempt);
    try {
      await connection.control(this.#driver.dialect.begin);
    } catch (error) {
      connection.release(true);
      throw error;
    }
    const transaction = transactionConnection(connection);
    const unit = createUnit(transaction.connection, this.#attempt, (action) => this.afterCommit(action));
    return { connection, transaction, unit };
  }
}
