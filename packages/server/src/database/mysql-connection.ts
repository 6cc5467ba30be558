/** One connection to MySQL or MariaDB: prepared statements only, so that no value is ever written into SQL. */
import type { QueryError, QueryResult, Connection as Raw, ResultSetHeader, RowDataPacket } from 'mysql2';
import type { Connection } from './driver.js';
import { isConnectionFault } from './errors.js';
import type { Row, Scalar, Tuple, Written } from './types.js';

/** A server that does not answer within this is lost. Definitions (`control`) take the time they need. */
const defaultTimeoutMs = 15_000;

export class MysqlConnection implements Connection {
  readonly raw: Raw;
  readonly #giveBack: () => void;
  readonly #timeoutMs: number;

  constructor(raw: Raw, giveBack: () => void, timeoutMs: number = defaultTimeoutMs) {
    this.raw = raw;
    this.#giveBack = giveBack;
    this.#timeoutMs = timeoutMs;
  }

  async all<Result extends object = Row>(sql: string, values: readonly Scalar[]): Promise<Result[]> {
    const result = await this.execute<(Result & RowDataPacket)[] | ResultSetHeader>(sql, values);
    return Array.isArray(result) ? result : [];
  }

  async first<Result extends object = Row>(sql: string, values: readonly Scalar[]): Promise<Result | undefined> {
    const [row] = await this.all<Result>(sql, values);
    return row;
  }

  async tuples(sql: string, values: readonly Scalar[]): Promise<Tuple[]> {
    const result = await this.execute<RowDataPacket[][] | ResultSetHeader>(sql, values, true);
    return Array.isArray(result) ? result : [];
  }

  async run(sql: string, values: readonly Scalar[]): Promise<Written> {
    const result = await this.execute<ResultSetHeader>(sql, values);
    return { affected: result.affectedRows, insertedId: result.insertId };
  }

  control(sql: string): Promise<void> {
    return this.#settle((done) => this.raw.query(sql, (error: QueryError | null) => done(error, undefined)));
  }

  /** mysql2 keeps what it has prepared on this connection, by the SQL text. */
  execute<Result extends QueryResult>(
    sql: string,
    values: readonly Scalar[],
    rowsAsArray: boolean = false,
  ): Promise<Result> {
    const options = { sql, timeout: this.#timeoutMs, values: values.map(toMysql), rowsAsArray };
    return this.#settle((done) => this.raw.execute<Result>(options, done));
  }

  /** Rows as lists, read as they are asked for; without the time limit of other statements. */
  stream(sql: string, rowsAhead: number): AsyncIterable<unknown[]> {
    return this.raw.execute({ sql, rowsAsArray: true }).stream({ highWaterMark: rowsAhead });
  }

  release(broken: boolean): void {
    // Cutting the line makes the server roll back.
    if (broken) this.raw.destroy();
    this.#giveBack();
  }

  #settle<Value>(start: (done: (error: QueryError | null, value: Value) => void) => void): Promise<Value> {
    return new Promise((resolve, reject) => {
      start((error, value) => {
        if (!error) return resolve(value);
        // After a timeout its answer may still come, and would be taken for the next statement's.
        if (isConnectionFault(error)) this.raw.destroy();
        reject(error);
      });
    });
  }
}

/** @throws TypeError for a connection of another kind, or one that a fault test wraps */
export function mysqlConnection(connection: Connection): MysqlConnection {
  if (connection instanceof MysqlConnection) return connection;
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
