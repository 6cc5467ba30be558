/**
 * One transaction around a function that knows nothing of it: what the function writes, in units or by single
 * statements, joins a transaction that begins with the first write and commits when the function has ended.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Unit } from '@palestra/core';
import { createUnit, type TransactionConnection, transactionConnection } from './connected-unit.js';
import type { Connection } from './connection.js';
import type { Undoing, WritingDriver } from './driver.js';
import { isTransient } from './errors.js';
import { commit, LastWrites, runLast } from './last-writes.js';
import { withRetries } from './retry.js';
import { rollBack, runAfterCommit } from './transaction-end.js';
import type { Transaction, TransactionParts } from './types.js';

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

type Conclude<Result> = (unit: Unit, result: Result) => Promise<void>;

/**
 * Runs `work` with all its writes in one transaction, in which `conclude` writes last; again from the beginning on a
 * deadlock, a lock timeout or a failed certification, as `unitOfWork` does. What `work` throws undoes everything.
 */
export function runJoined<Result>(
  driver: WritingDriver,
  random: () => number,
  work: () => Promise<Result>,
  conclude: Conclude<Result>,
): Promise<Result> {
  return withRetries(random, (attempt) => {
    const joined = new JoinedTransaction(driver, attempt);
    return run(joined, () => inContext(joined, work), conclude);
  });
}

/** The same for work that passes the transaction to all its writes by itself. */
export function runPassed<Result>(
  driver: WritingDriver,
  random: () => number,
  { open, work, conclude }: TransactionParts<Result>,
): Promise<Result> {
  return withRetries(random, (attempt) => {
    const joined = new JoinedTransaction(driver, attempt, open);
    return run(joined, () => work(joined), conclude);
  });
}

async function run<Result>(
  joined: JoinedTransaction,
  work: () => Promise<Result>,
  conclude: Conclude<Result>,
): Promise<Result> {
  try {
    const result = await work();
    await joined.commit((unit) => conclude(unit, result));
    return result;
  } finally {
    await joined.end();
  }
}

/** While it is enabled, every promise of the process costs more. What it has kept is of transactions that have ended. */
let running = 0;

async function inContext<Result>(joined: JoinedTransaction, work: () => Promise<Result>): Promise<Result> {
  running += 1;
  try {
    return await current.run(joined, work);
  } finally {
    running -= 1;
    if (running === 0) current.disable();
  }
}

export class JoinedTransaction implements Transaction {
  readonly #driver: WritingDriver;
  readonly #attempt: number;
  readonly #open: TransactionParts<unknown>['open'] | undefined;
  readonly #afterCommit: (() => void)[] = [];
  readonly #last = new LastWrites();
  #begun: Promise<Begun> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #savepoints = 0;
  #isOpen = true;
  /** A deadlock or lost connection that `work` may have swallowed. */
  #fault: unknown;

  /** @param open of a transaction that is passed: its single writes, once they succeeded, are not undone by themselves */
  constructor(driver: WritingDriver, attempt: number, open?: TransactionParts<unknown>['open']) {
    this.#driver = driver;
    this.#attempt = attempt;
    this.#open = open;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get hasBegun(): boolean {
    return this.#begun !== undefined;
  }

  /** For a write by itself; begins the transaction if this is its first. */
  async unit(): Promise<Unit> {
    return (await this.#begin(this.#open ? 'all' : 'itself')).unit;
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
    const last = this.#last.length;
    const { connection, unit } = await this.#begin('itself');
    const undo = isFirst ? () => this.#rollBack() : await this.#savepoint(connection);
    try {
      const result = await work(unit);
      // What they are refused with is a failure of this unit.
      await runLast(connection, this.#last.takeFrom(last));
      return result;
    } catch (error) {
      if (isTransient(error)) this.#fault = error;
      this.#afterCommit.length = actions;
      this.#last.takeFrom(last);
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
    const { connection, transaction, unit } = await this.#begin(this.#open ? 'all' : 'itself');
    await conclude(unit);
    this.#isOpen = false;
    transaction.end();
    await commit(connection, this.#last.end());
    this.#begun = undefined;
    connection.release(false);
    for (const action of this.#afterCommit.splice(0)) runAfterCommit(action);
  }

  /** Undoes what has not been committed. */
  async end(): Promise<void> {
    this.#isOpen = false;
    await this.#rollBack();
  }

  async #rollBack(): Promise<void> {
    const begun = await this.#begun?.catch(() => undefined);
    this.#begun = undefined;
    if (!begun) return;
    begun.transaction.close();
    await giveBack(begun.connection);
  }

  #begin(undoes: Undoing): Promise<Begun> {
    this.#begun ??= this.#beginNow(undoes);
    return this.#begun;
  }

  async #beginNow(undoes: Undoing): Promise<Begun> {
    const connection = await this.#driver.acquireForTransaction(this.#attempt, undoes);
    try {
      await connection.control(this.#driver.dialect.begin);
    } catch (error) {
      connection.release(true);
      throw error;
    }
    const transaction = transactionConnection(connection);
    const unit = createUnit({
      connection: transaction.connection,
      last: this.#last,
      attempt: this.#attempt,
      afterCommit: (action) => this.afterCommit(action),
    });
    try {
      await this.#open?.(unit);
    } catch (error) {
      transaction.close();
      await giveBack(connection);
      throw error;
    }
    return { connection, transaction, unit };
  }
}

/** With nothing left of its transaction. */
async function giveBack(connection: Connection): Promise<void> {
  let broken = true;
  try {
    broken = !(await rollBack(connection));
  } finally {
    connection.release(broken);
  }
}
