/** Lets a fault test stand around every statement; without one, this file is not in the way at all. */
import type { Connection, Driver } from './driver.js';
import type { Intercept } from './types.js';

export function intercepted(driver: Driver, intercept: Intercept): Driver {
  return {
    ...driver,
    ...(driver.reader && { reader: aroundConnection(driver.reader, intercept) }),
    acquire: async () => aroundConnection(await driver.acquire(), intercept),
  };
}

function aroundConnection(connection: Connection, intercept: Intercept): Connection {
  const around = async <Result>(sql: string, action: () => Result | Promise<Result>): Promise<Result> => {
    await intercept(sql, 'before');
    const result = await action();
    await intercept(sql, 'after');
    return result;
  };
  return {
    all: (sql, values) => around(sql, () => connection.all(sql, values)),
    first: (sql, values) => around(sql, () => connection.first(sql, values)),
    tuples: (sql, values) => around(sql, () => connection.tuples(sql, values)),
    run: (sql, values) => around(sql, () => connection.run(sql, values)),
    control: (sql) => around(sql, () => connection.control(sql)),
    release: (broken) => connection.release(broken),
  };
}
