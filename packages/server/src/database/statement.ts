/** SQL that knex compiles at the first run, run many times without asking knex again. */
import type { Unit } from '@palestra/core';
import type { Knex } from 'knex';
import { once } from '../async/once.js';
import { connectionOf, lastWritesOf } from './connected-unit.js';
import type { Connection } from './connection.js';
import { type WritingDriver, withConnection } from './driver.js';
import { isConnectionFault } from './errors.js';
import { joinedTransaction } from './joined-transaction.js';
import { bind, compileQuery, parameterOf } from './parameters.js';
import { withRetries } from './retry.js';
import type { QueryFactory, Row, Scalar, Statement, Written } from './types.js';

export function createStatement<Result extends object = Row>(
  driver: WritingDriver,
  random: () => number,
  query: QueryFactory,
): Statement<Result> {
  // Composing the statements of every plugin would be a twentieth of a start, and most are not needed soon.
  const composed = once(() => {
    const compiled = compileQuery(query(driver.knex, parameterOf(driver.knex)));
    return { compiled, sql: driver.dialect.prepared(compiled.sql) };
  });

  /** On the unit's connection or the reader; else on one of the pool, again where that was lost. */
  function read<Found>(unit: Unit | undefined, ask: (connection: Connection) => Found | Promise<Found>) {
    const joined = unit ? undefined : joinedTransaction();
    return joined ? joined.writtenUnit().then((written) => readIn(written, ask)) : readIn(unit, ask);
  }

  function readIn<Found>(unit: Unit | undefined, ask: (connection: Connection) => Found | Promise<Found>) {
    const connection = unit ? connectionOf(unit) : driver.reader;
    // A query has no effect, so it is simply asked again on another connection.
    return connection ? ask(connection) : withRetries(random, () => withConnection(driver, ask, isConnectionFault));
  }

  return {
    get sql() {
      return composed().sql;
    },
    async all(values, unit) {
      const { sql, compiled } = composed();
      const bound = bind(compiled, values);
      return read(unit, (connection) => connection.all<Result>(sql, bound));
    },
    async first(values, unit) {
      const { sql, compiled } = composed();
      const bound = bind(compiled, values);
      return read(unit, (connection) => connection.first<Result>(sql, bound));
    },
    async tuples(values, unit) {
      const { sql, compiled } = composed();
      const bound = bind(compiled, values);
      return read(unit, (connection) => connection.tuples(sql, bound));
    },
    async run(values, unit) {
      const { sql, compiled } = composed();
      const bound = bind(compiled, values);
      const inside = unit ?? (await joinedTransaction()?.unit());
      return inside ? connectionOf(inside).run(sql, bound) : write(driver, random, sql, bound);
    },
    runLast(values, unit, options) {
      const { sql, compiled } = composed();
      lastWritesOf(unit).add({ ...options, sql, values: bind(compiled, values) });
    },
  };
}

/** Ends with `limit ?`, its number given at each run: knex's own `limit` takes only numbers known at compile time. */
export function limited(knex: Knex, query: Knex.QueryBuilder, limit: Knex.Raw): Knex.Raw {
  const { sql, bindings } = query.toSQL().toNative();
  return knex.raw(`${sql} limit ?`, [...bindings, limit]);
}

/** One statement is its own transaction: once sent, a lost connection leaves its outcome unknown. */
function write(driver: WritingDriver, random: () => number, sql: string, values: readonly Scalar[]): Promise<Written> {
  return withRetries(random, (attempt) => driver.writeAlone(sql, values, attempt));
}
