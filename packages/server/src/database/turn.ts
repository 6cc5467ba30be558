/** A transaction of SQLite that waits for its turn at the writer, and what its caller holds while it has it. */
import type { Batch } from './batch.js';
import type { Connection } from './connection.js';
import { decorateConnection, type Undoing } from './driver.js';
import { isOutcomeUnknown, isTransient, sendOnce, UndoneWithOthers } from './errors.js';
import type { Scalar, Written } from './types.js';

export interface Turn {
  /** It shares its COMMIT with no other. */
  readonly alone: boolean;
  /** Resolves when the next may begin. `only`: nothing else waits for the writer. */
  serve(batch: Batch, only: boolean): Promise<void>;
  /** Instead of its turn. */
  refuse(error: unknown): void;
}

/** One statement: it needs no BEGIN where it is the only one. */
export class StatementTurn implements Turn {
  readonly alone: boolean;
  readonly written: Promise<Written>;
  readonly #sql: string;
  readonly #values: readonly Scalar[];
  #settle: { resolve(written: Written): void; reject(error: unknown): void } = { resolve() {}, reject() {} };

  constructor(sql: string, values: readonly Scalar[], alone: boolean) {
    this.alone = alone;
    this.#sql = sql;
    this.#values = values;
    this.written = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  refuse(error: unknown): void {
    this.#settle.reject(error);
  }

  async serve(batch: Batch, only: boolean): Promise<void> {
    try {
      if (batch.isEmpty && (only || this.alone)) await this.#runAlone(batch);
      else await this.#runIn(batch);
    } catch (error) {
      this.#settle.reject(error);
    }
  }

  async #runAlone(batch: Batch): Promise<void> {
    try {
      this.#settle.resolve(await sendOnce(() => batch.connection.run(this.#sql, this.#values)));
    } catch (error) {
      if (isOutcomeUnknown(error)) await batch.abandon(true);
      throw error;
    }
  }

  /** A failure undoes nothing but the statement, unless the transaction is lost with it. */
  async #runIn(batch: Batch): Promise<void> {
    await batch.beginStatement();
    let tell: () => void;
    try {
      const written = await batch.connection.run(this.#sql, this.#values);
      tell = () => this.#settle.resolve(written);
    } catch (error) {
      if (isTransient(error) || !batch.connection.holdsTransaction()) {
        await batch.abandon();
        throw error;
      }
      tell = () => this.#settle.reject(error);
    }
    batch.concludeStatement();
    batch.committed.then(tell, this.#settle.reject);
  }
}

const isRead = /^select/i;

/** A unit of work: its BEGIN, COMMIT and ROLLBACK are those of its part of the batch. */
export class UnitTurn implements Turn {
  readonly alone: boolean;
  /** Its connection, once it has its turn. */
  readonly acquired: Promise<Connection>;
  readonly #begin: string;
  readonly #undoes: Undoing;
  readonly #ended: Promise<void>;
  #grant: { resolve(connection: Connection): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
  #end: () => void = () => undefined;
  #state: 'waiting' | 'begun' | 'ending' | 'ended' = 'waiting';
  /** What has been sent last. */
  #sent: Promise<unknown> | undefined;
  /** Writes that have not failed. */
  #writes = 0;
  /** Why nothing more is sent. */
  #refusal: Error | undefined;

  constructor(begin: string, alone: boolean, undoes: Undoing) {
    this.#begin = begin;
    this.#undoes = undoes;
    this.alone = alone;
    this.acquired = new Promise((resolve, reject) => {
      this.#grant = { resolve, reject };
    });
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  refuse(error: unknown): void {
    this.#grant.reject(error);
  }

  async serve(batch: Batch): Promise<void> {
    this.#grant.resolve(this.#connectionIn(batch));
    // An empty one needs no COMMIT.
    const { setAside } = batch.times;
    const timer =
      batch.isEmpty || setAside === undefined ? undefined : setTimeout(() => void this.#setAside(batch), setAside);
    await this.#ended;
    clearTimeout(timer);
  }

  #connectionIn(batch: Batch): Connection {
    return decorateConnection(
      batch.connection,
      (sql, action) => {
        if (this.#refusal) throw this.#refusal;
        if (this.#state !== 'begun') throw new TypeError('The unit has ended; await every statement inside it.');
        batch.assertOpen();
        const result = isRead.test(sql) ? action() : this.#counted(action);
        if (result instanceof Promise) this.#sent = result;
        return result;
      },
      {
        control: (sql) => this.#control(batch, sql),
        release: (broken) => this.#release(batch, broken),
      },
    );
  }

  #counted<Result>(write: () => Result | Promise<Result>): Result | Promise<Result> {
    const result = write();
    this.#writes += 1;
    if (result instanceof Promise) {
      result.catch(() => {
        this.#writes -= 1;
      });
    }
    return result;
  }

  async #control(batch: Batch, sql: string): Promise<void> {
    if (sql === this.#begin) return this.#beginIn(batch);
    if (sql === 'COMMIT') return this.#commit(batch);
    if (sql === 'ROLLBACK') return this.#rollBack(batch);
    if (this.#refusal) throw this.#refusal;
    await batch.connection.control(sql);
  }

  async #beginIn(batch: Batch): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    const begun = batch.begin(this.#undoes);
    this.#sent = begun;
    await begun;
    this.#state = 'begun';
  }

  async #commit(batch: Batch): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    this.#state = 'ending';
    try {
      await batch.conclude();
    } catch (error) {
      this.#state = 'begun';
      throw error;
    }
    this.#finish();
    await batch.committed;
  }

  /** Also waits for the COMMIT of those before it, since its failure may follow from what they wrote. */
  async #rollBack(batch: Batch): Promise<void> {
    if (this.#state !== 'begun') return;
    this.#state = 'ending';
    await batch.undo(this.#writes > 0);
    this.#finish();
    if (batch.isEmpty) return;
    await batch.committed.catch((cause: unknown) => {
      throw new UndoneWithOthers('What it read was not committed.', { cause });
    });
  }

  #release(batch: Batch, broken: boolean): void {
    if (this.#state === 'ended') return;
    this.#state = 'ending';
    void batch.abandon(broken).then(() => this.#finish());
  }

  /** Others have waited long enough. */
  async #setAside(batch: Batch): Promise<void> {
    if (this.#state === 'ending' || this.#state === 'ended') return;
    this.#refusal = new UndoneWithOthers('Others waited for this unit of work: it runs again by itself.');
    await this.#sent?.catch(() => undefined);
    if (this.#state === 'begun') await batch.undo(this.#writes > 0);
    this.#finish();
  }

  #finish(): void {
    this.#state = 'ended';
    this.#end();
  }
}
