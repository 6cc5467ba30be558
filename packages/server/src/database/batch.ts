/** Transactions of SQLite that share one COMMIT: what is done on the writer for each of them, and for all. */
import type { CommitTimes } from './commit-times.js';
import type { Connection } from './connection.js';
import type { Undoing } from './driver.js';
import { databaseFault, sendOnce, UndoneWithOthers } from './errors.js';

/** So many at most: other writers and the event loop wait. */
const most = 64;

const savepoint = 'shared';

export class Batch {
  /** Settles with the COMMIT of all; rejected, nothing of any of them was written. */
  readonly committed: Promise<void>;
  readonly times: CommitTimes;
  readonly #connection: Connection;
  readonly #begin: string;
  readonly #begunAt: number = performance.now();
  #settle: { resolve(): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
  /** How many wait for the COMMIT. */
  #size = 0;
  /** Whether the current transaction is one that others wait for. */
  #nested = false;
  /** Whether it began with a savepoint. */
  #saved = false;
  #ended = false;
  #broken = false;

  constructor(connection: Connection, begin: string, times: CommitTimes) {
    this.#connection = connection;
    this.#begin = begin;
    this.times = times;
    this.committed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.committed.catch(() => undefined);
  }

  get connection(): Connection {
    return this.#connection;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Whether another transaction may begin in it. */
  get isOpen(): boolean {
    return !this.#ended && this.#size < most && performance.now() - this.#begunAt < this.times.gather;
  }

  /** Begins the next transaction: alone, or after others whose work its failure must leave alone. */
  async begin(undoes: Undoing = 'itself'): Promise<void> {
    this.#nested = !this.isEmpty;
    this.#saved = this.#nested && undoes === 'itself';
    if (this.#saved) await this.#connection.run(`SAVEPOINT ${savepoint}`, []);
    else if (!this.#nested) await this.#connection.control(this.#begin);
  }

  /** For a single statement, which SQLite undoes by itself where it fails. */
  async beginStatement(): Promise<void> {
    if (this.isEmpty) await this.begin();
  }

  /** @throws Error as of a busy database, once SQLite has rolled back by itself, as it does on a full disk */
  assertOpen(): void {
    if (this.#ended || !this.#connection.holdsTransaction()) throw lost();
  }

  /** The current transaction is done; it waits for `committed`. */
  async conclude(): Promise<void> {
    this.assertOpen();
    if (this.#saved) await this.#connection.run(`RELEASE ${savepoint}`, []);
    this.#size += 1;
  }

  concludeStatement(): void {
    this.#size += 1;
  }

  /**
   * Undoes the current transaction and leaves those before it. A caller that saw what they wrote waits for `committed` to
   * tell of it.
   */
  async undo(hasWritten: boolean): Promise<void> {
    if (!this.#nested) return this.#connection.control('ROLLBACK');
    if (!this.#saved) return hasWritten ? this.abandon() : undefined;
    try {
      this.assertOpen();
      await this.#connection.run(`ROLLBACK TO ${savepoint}`, []);
      await this.#connection.run(`RELEASE ${savepoint}`, []);
    } catch {
      await this.abandon();
    }
  }

  /** Undoes all of them, and lets them run again. */
  async abandon(broken = false): Promise<void> {
    this.#broken ||= broken;
    if (this.#ended) return;
    this.#ended = true;
    await this.#rollBack();
    this.#settle.reject(new UndoneWithOthers('Another transaction that shared the COMMIT was lost.'));
  }

  /** COMMIT, if anything waits for it. */
  async commit(): Promise<void> {
    if (this.#ended || this.isEmpty) return;
    this.#ended = true;
    try {
      await sendOnce(() => this.#connection.control('COMMIT'));
      this.#settle.resolve();
    } catch (error) {
      await this.#rollBack();
      // A deferred foreign key is checked here, for all of them: which one it is shows when each has its own COMMIT.
      const shared = this.#size > 1 && databaseFault(error)?.kind === 'reference';
      this.#settle.reject(shared ? new UndoneWithOthers('The COMMIT was refused.', { cause: error }) : error);
    }
  }

  /** Gives the writer back, or throws it away with whatever transaction it holds. */
  release(): void {
    this.#connection.release(this.#broken);
  }

  async #rollBack(): Promise<void> {
    try {
      await this.#connection.control('ROLLBACK');
    } catch {
      this.#broken = true;
    }
  }
}

function lost(): Error {
  return Object.assign(new Error('SQLite has rolled the transaction back.'), { code: 'SQLITE_BUSY' });
}
