/**
 * How statements get to the server. In a transaction those of one turn of the event loop are sent together, where the server
 * is MariaDB; MySQL does not say that a client may do so.
 *
 * A deadlock ends a transaction at any statement, and what was sent behind it runs all the same: with `autocommit` it would
 * be committed by itself. So transactions run without it, where it begins another transaction, which is rolled back.
 * `autocommit` is set where it has to change, together with the statement that needs it. A few statements between two
 * transactions do not need it: each takes a COMMIT along.
 */
import type { QueryError, Connection as Raw } from 'mysql2';
import { type SentStatement, StatementSender } from './mysql-pipeline.js';

const begin = 'START TRANSACTION';
const ends: ReadonlySet<string> = new Set(['COMMIT', 'ROLLBACK']);

/** To set `autocommit` for single statements, and back for the next transaction, takes as many statements. */
const mostCommits = 3;

export interface SenderOptions {
  readonly raw: Raw;
  /** The connection is in no state that can be relied on. */
  cut(reason: Error): void;
}

export class MysqlSender {
  /** Whether statements are sent together. */
  together = false;
  readonly #statements: StatementSender;
  readonly #cut: SenderOptions['cut'];
  #autocommit = true;
  /** What has been asked for in this turn; undefined outside of a transaction. */
  #gathered: SentStatement[] | undefined;
  /** Nothing of the transaction was sent yet. */
  #unbegun = false;
  /** Statements since the last transaction. */
  #single = 0;

  constructor({ raw, cut }: SenderOptions) {
    this.#statements = new StatementSender(raw);
    this.#cut = cut;
  }

  send(statement: SentStatement): void {
    if (!this.#gathered) this.#sendOutside(statement);
    else if (this.#gathered.push(statement) === 1) process.nextTick(() => this.#flush());
  }

  /** The last of a transaction, which commits it. */
  sendLast(statement: SentStatement): void {
    this.#gathered?.push(statement);
    this.#flush();
    this.#gathered = undefined;
  }

  /** Begins or ends a transaction, if `sql` does and nothing need be sent for it: true then. */
  turn(sql: string): boolean {
    if (!this.together) return false;
    if (sql === begin) {
      this.#gathered = [];
      this.#unbegun = true;
      this.#single = 0;
      return true;
    }
    if (!ends.has(sql) || !this.#gathered) return false;
    this.#flush();
    this.#gathered = undefined;
    return this.#unbegun;
  }

  /** What follows is sent by another way than this. */
  leaveTransaction(): void {
    if (!this.#autocommit) this.#sendAll([], true);
  }

  #sendOutside(statement: SentStatement): void {
    const ending = ends.has(statement.sql);
    if (!ending) this.#single += 1;
    const between = !this.#autocommit && this.#single <= mostCommits && statement.values !== undefined;
    if (between) this.#statements.together(committed(statement, this.#cut));
    else this.#sendAll([statement], !ending);
  }

  #flush(): void {
    const statements = this.#gathered?.splice(0) ?? [];
    if (statements.length > 0) this.#sendAll(statements, false);
  }

  #sendAll(statements: readonly SentStatement[], autocommit: boolean): void {
    const before = this.#before(autocommit);
    const all = before.length === 0 ? statements : gated(before, statements, this.#cut);
    if (all.length > 1) this.#statements.together(all);
    else for (const statement of all) this.#statements.alone(statement);
  }

  /** What must be sent first. `START TRANSACTION` too, so that a transaction has begun if either of the two fails. */
  #before(autocommit: boolean): string[] {
    const begins = this.#gathered !== undefined && this.#unbegun;
    if (begins) this.#unbegun = false;
    if (this.#autocommit === autocommit || !(autocommit || begins)) return [];
    this.#autocommit = autocommit;
    return autocommit ? ['SET autocommit = 1'] : [begin, 'SET autocommit = 0'];
  }
}

/** A statement that is done when it is committed. A COMMIT that fails must not leave it to the next user of the connection. */
function committed(statement: SentStatement, cut: SenderOptions['cut']): SentStatement[] {
  let failure: QueryError | null = null;
  let result: unknown;
  const first: SentStatement = {
    ...statement,
    done(error, value) {
      failure = error;
      result = value;
    },
  };
  const commit: SentStatement = {
    sql: 'COMMIT',
    done(error) {
      if (error) cut(error);
      statement.done(failure ?? error, result);
    },
  };
  return [first, commit];
}

/** Statements that count only if `before` has succeeded. */
function gated(
  before: readonly string[],
  statements: readonly SentStatement[],
  cut: SenderOptions['cut'],
): SentStatement[] {
  let failure: QueryError | null = null;
  const first = before.map(
    (sql): SentStatement => ({
      sql,
      done(error) {
        failure ??= error;
        if (error) cut(error);
      },
    }),
  );
  // Answers come in order.
  const rest = statements.map((statement) => ({
    ...statement,
    done: (error: QueryError | null, value: unknown) => statement.done(failure ?? error, value),
  }));
  return [...first, ...rest];
}
