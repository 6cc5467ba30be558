/** One connection to MySQL or MariaDB: prepared statements only, so that no value is ever written into SQL. */
import { promisify } from 'node:util';
import type { QueryResult, Connection as Raw, RowDataPacket } from 'mysql2';
import { LinkedList } from '../async/linked-list.js';
import { withTimeout } from '../async/with-timeout.js';
import type { Connection, LastWrite } from './connection.js';
import { isConnectionFault, withTablePrefix } from './errors.js';
import { blockOf, missingRow, tellInserted } from './mysql-block.js';
import type { SentStatement } from './mysql-pipeline.js';
import { MysqlSender } from './mysql-sender.js';
import type { TimeLimits } from './time-limits.js';
import type { Row, Scalar, Tuple, Written } from './types.js';

/** What a connection tells its pool. */
export interface ConnectionPool {
  readonly tablePrefix?: string;
  /** Takes it back, once. */
  release(connection: MysqlConnection): void;
  /** There was no answer for a while to what was sent at `sentAt` (`performance.now()`). */
  silent(connection: MysqlConnection, sentAt: number): void;
  /** The server answered a statement with an error, or the connection was lost. */
  failed(error: unknown): void;
}

const brand = 'palestra.mysql-connection';

export class MysqlConnection implements Connection {
  readonly brand: typeof brand = brand;
  readonly raw: Raw;
  readonly #pool: ConnectionPool;
  readonly #limits: TimeLimits;
  readonly #sender: MysqlSender;
  /** Of the statements that have no answer yet. */
  readonly #waiting = new LinkedList<(error: Error) => void>();
  #limited = true;
  /** When the server last answered (`performance.now()`). */
  heardAt: number = performance.now();
  /** Its place in the pool was given up; it ends with its current use. */
  #evicted = false;

  constructor(raw: Raw, pool: ConnectionPool, limits: TimeLimits) {
    this.raw = raw;
    this.#pool = pool;
    this.#limits = limits;
    this.#sender = new MysqlSender({ raw, cut: (reason) => this.cut(reason) });
  }

  commitWith: Connection['commitWith'];

  /**
   * From now on what a transaction asks for in one turn of the event loop is sent together, and, where the server takes
   * blocks, its last writes with the COMMIT.
   */
  sendTogether({ blocks }: { readonly blocks: boolean }): void {
    this.#sender.together = true;
    if (blocks) this.commitWith = (writes) => this.#commitWith(writes);
  }

  async #commitWith(writes: readonly LastWrite[]): Promise<void> {
    const { sql, values } = blockOf(writes);
    const sent = values.map(toMysql);
    try {
      const send = (done: SentStatement['done']) => this.#sender.sendLast({ sql, values: sent, done });
      await this.#settle(this.#limits.statement, send, (result) => tellInserted(result, writes));
    } catch (error) {
      throw missingRow(error, writes) ?? error;
    }
  }

  get evicted(): boolean {
    return this.#evicted;
  }

  all<Result extends object = Row>(sql: string, values: readonly Scalar[]): Promise<Result[]> {
    return this.#execute(sql, values, rowsOf<Result>);
  }

  first<Result extends object = Row>(sql: string, values: readonly Scalar[]): Promise<Result | undefined> {
    return this.#execute(sql, values, (result) => rowsOf<Result>(result)[0]);
  }

  tuples(sql: string, values: readonly Scalar[]): Promise<Tuple[]> {
    return this.#execute(sql, values, rowsOf<Tuple>, true);
  }

  run(sql: string, values: readonly Scalar[]): Promise<Written> {
    return this.#execute(sql, values, writtenOf);
  }

  async control(sql: string): Promise<void> {
    if (this.#sender.turn(sql)) return;
    const limitMs = sql === 'COMMIT' ? this.#limits.statement : this.#limits.control;
    await this.#settle(
      limitMs,
      (done) => this.#sender.send({ sql, done }),
      () => undefined,
    );
  }

  /** mysql2 keeps what it has prepared on this connection, by the SQL text. */
  execute(sql: string, values: readonly Scalar[]): Promise<QueryResult> {
    return this.#execute(sql, values, (result) => result);
  }

  /** @param read makes of mysql2's result what its promise resolves with: each promise around another costs a statement more */
  #execute<Result>(
    sql: string,
    values: readonly Scalar[],
    read: (result: QueryResult) => Result,
    rowsAsArray: boolean = false,
  ): Promise<Result> {
    const sent = values.map(toMysql);
    const send = (done: SentStatement['done']) => this.#sender.send({ sql, values: sent, rowsAsArray, done });
    return this.#settle(this.#limits.statement, send, read);
  }

  /** Rows as lists, read as they are asked for; without the time limit of other statements. */
  stream(sql: string, rowsAhead: number): AsyncIterable<unknown[]> {
    this.#sender.leaveTransaction();
    return this.raw.execute({ sql, rowsAsArray: true }).stream({ highWaterMark: rowsAhead });
  }

  /** A statement of knex that has no values, and so need not be prepared. */
  query(sql: string): Promise<QueryResult> {
    const send = (done: SentStatement['done']) => this.#sender.send({ sql, done });
    return this.#settle(this.#limits.statement, send, (result) => result);
  }

  /** Whether the server answers at once; a connection that does not is lost. */
  async ping(): Promise<boolean> {
    try {
      await withTimeout(this.#limits.ping, async () => promisify(this.raw.ping.bind(this.raw))());
      this.heardAt = performance.now();
      return true;
    } catch {
      this.cut();
      return false;
    }
  }

  /** What ends it here says so by its error: a deadlock or a lost connection. */
  holdsTransaction(): boolean {
    return true;
  }

  withoutLimits(): void {
    this.#limited = false;
  }

  /** Others may have another connection in its place from now on. */
  evict(): void {
    if (this.#evicted) return;
    this.#evicted = true;
    this.#pool.release(this);
  }

  /** Nothing can be sent any more, and an answer that still comes would be taken for that of another statement. */
  cut(reason: Error = closed()): void {
    this.raw.destroy();
    for (const { value: fail } of this.#waiting.links()) fail(reason);
  }

  release(broken: boolean): void {
    this.#limited = true;
    // Cutting the line makes the server roll back.
    if (broken || this.#evicted) this.cut();
    if (!this.#evicted) this.#pool.release(this);
  }

  /**
   * mysql2's own time limit counts from EXECUTE on: PREPARE, BEGIN and COMMIT would be waited for without end.
   */
  #settle<Value>(
    limitMs: number,
    send: (done: SentStatement['done']) => void,
    read: (result: QueryResult) => Value,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const sentAt = performance.now();
      let timer: NodeJS.Timeout | undefined;
      const fail = (error: Error) => {
        clearTimeout(timer);
        this.#waiting.remove(waiting);
        reject(error);
      };
      const lost = () => this.cut(noAnswer(limitMs));
      const silent = () => {
        this.#pool.silent(this, sentAt);
        timer = setTimeout(lost, limitMs - this.#limits.silence);
      };
      if (this.#limited) timer = setTimeout(silent, this.#limits.silence);
      const waiting = this.#waiting.add(fail);
      send((error, value) => {
        if (error) this.#pool.failed(error);
        if (error && isConnectionFault(error)) return this.cut(error);
        this.heardAt = performance.now();
        if (error) return fail(withTablePrefix(error, this.#pool.tablePrefix ?? ''));
        clearTimeout(timer);
        this.#waiting.remove(waiting);
        resolve(read(value as QueryResult));
      });
    });
  }
}

function rowsOf<Found>(result: QueryResult): Found[] {
  return Array.isArray(result) ? (result as Found[]) : [];
}

function writtenOf(result: QueryResult): Written {
  if (Array.isArray(result)) return returned(result as RowDataPacket[]);
  const { affectedRows, insertId } = result;
  return { affected: affectedRows, insertedId: insertId };
}

function returned(rows: readonly RowDataPacket[]): Written {
  const insertedIds = rows.map(({ id }) => id as number);
  return { affected: rows.length, insertedId: insertedIds[0] ?? 0, insertedIds };
}

function closed(): Error {
  return Object.assign(new Error('The connection to the database was closed.'), { code: 'ECONNRESET' });
}

function noAnswer(limitMs: number): Error {
  return Object.assign(new Error(`The database did not answer within ${limitMs / 1000} s.`), { code: 'ETIMEDOUT' });
}

/** By its brand: the driver is imported when it is needed, and so may be another instance of this module. */
function isMysqlConnection(connection: Connection): connection is MysqlConnection {
  return 'brand' in connection && connection.brand === brand;
}

/** The connection itself, whatever was added to it. @throws TypeError for a connection of another kind */
export function mysqlConnection(connection: Connection): MysqlConnection {
  if (isMysqlConnection(connection)) return connection;
  if (connection.decorates) return mysqlConnection(connection.decorates);
  throw new TypeError('Not a connection to MySQL.');
}

/**
 * Numbers go as text. As DOUBLE (mysql2's way) or BIGINT, `name = 0` matches every name that is not a number (201 of
 * 201 rows, MariaDB 10.11), and MySQL 8.0.22 refuses a DOUBLE as LIMIT. As text it matches none, and the server turns
 * it into the column's own type: BIGINT up to 2^53-1 compares exactly, by index, and LIMIT takes it.
 */
function toMysql(value: Scalar): string | Buffer | null {
  if (typeof value === 'number') return String(value);
  // mysql2 takes no Uint8Array but Buffer.
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}
