/** SQL that is written by hand and sent past knex: tables in it are named as migrations name them. */
import type { Connection } from './connection.js';
import { type Driver, withConnection } from './driver.js';
import type { TableNames } from './table-names.js';

export function withNamedConnection<Result>(
  driver: Pick<Driver, 'acquire' | 'tableNames'>,
  action: (connection: Connection) => Result | Promise<Result>,
  leavesDoubt: (error: unknown) => boolean,
): Promise<Result> {
  return withConnection(driver, (connection) => action(namedConnection(connection, driver.tableNames)), leavesDoubt);
}

export function namedConnection(connection: Connection, names: TableNames): Connection {
  if (names.prefix === '') return connection;
  return {
    all: (sql, values) => connection.all(names.sql(sql), values),
    first: (sql, values) => connection.first(names.sql(sql), values),
    tuples: (sql, values) => connection.tuples(names.sql(sql), values),
    run: (sql, values) => connection.run(names.sql(sql), values),
    control: (sql) => connection.control(names.sql(sql)),
    holdsTransaction: () => connection.holdsTransaction(),
    withoutLimits: () => connection.withoutLimits(),
    release: (broken) => connection.release(broken),
  };
}
