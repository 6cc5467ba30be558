/** SQL that knex composed once, run many times: the hot path asks knex for nothing. */
import type { Knex } from 'knex';
import { type Connection, type Driver, withConnection } from './driver.js';
import { outcomeUnknown } from './errors.js';
import { bind, compose, parameterOf } from './parameters.js';
import { isConnectionFault, withRetries } from './retry.js';
import type { Compose, Row, Scalar, Statement, Written } from './types.js';
import { connectionOf } from './unit.js';

export function createStatement<Result extends object = Row>(
  driver: Driver,
  random: () => number,
  composer: Compose,
): Statement<Result> {
  const composed = compose(composer(driver.knex, parameterOf(driver.knex)));
  const sql = driver.dialect.prepared(composed.sql);
  return {
    sql,
    async all(values, unit) {
      const bound = bind(composed, values);
      const connection = unit ? connectionOf(unit) : driver.reader;
      const rows = connection
        ? connection.all(sql, bound)
        : read(driver, random, (acquired) => acquired.all(sql, bound));
      return rows as Promise<Result[]>;
    },
    async first(values, unit) {
      const bound = bind(composed, values);
      const connection = unit ? connectionOf(unit) : driver.reader;
      const row = connection
        ? connection.first(sql, bound)
        : read(driver, random, (acquired) => acquired.first(sql, bound));
      return row as Promise<Result | undefined>;
    },
    async tuples(values, unit) {
      const bound = bind(composed, values);
      const connection = unit ? connectionOf(unit) : driver.reader;
      return connection
        ? connection.tuples(sql, bound)
        : read(driver, random, (acquired) => acquired.tuples(sql, bound));
    },
    async run(values, unit) {
      const bound = bind(composed, values);
      return unit ? connectionOf(unit).run(sql, bound) : write(driver, random, sql, bound);
    },
  };
}

/** Ends with `limit ?`, its number given at each run: knex's own `limit` takes only numbers known when composing. */
export function limited(knex: Knex, query: Knex.QueryBuilder, limit: Knex.Raw): Knex.Raw {
  const { sql, bindings } = query.toSQL().toNative();
  return knex.raw(`${sql} limit ?`, [...bindings, limit] as never);
}

/** A query has no effect, so it is simply asked again on another connection. */
function read<Result>(
  driver: Driver,
  random: () => number,
  query: (connection: Connection) => Result | Promise<Result>,
): Promise<Result> {
  return withRetries(random, () => withConnection(driver, query, isConnectionFault));
}

/** One statement is its own transaction: once sent, a lost connection leaves its outcome unknown. */
function write(driver: Driver, random: () => number, sql: string, values: readonly Scalar[]): Promise<Written> {
  const once = driver.write ?? ((text, bound) => writeAlone(driver, text, bound));
  return withRetries(random, () => once(sql, values));
}

async function writeAlone(driver: Driver, sql: string, values: readonly Scalar[]): Promise<Written> {
  const connection = await driver.acquire();
  let broken = false;
  try {
    return await connection.run(sql, values);
  } catch (error) {
    broken = isConnectionFault(error);
    throw broken ? outcomeUnknown(error) : error;
  } finally {
    connection.release(broken);
  }
}
