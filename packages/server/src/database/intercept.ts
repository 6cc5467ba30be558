/** Lets a fault test act around every statement; without one, this file is not on the path of a statement. */
import type { Connection } from './connection.js';
import { type Driver, decorateConnection } from './driver.js';
import type { Intercept } from './types.js';

export function intercepted(driver: Driver, intercept: Intercept): Driver {
  const around = (connection: Connection): Connection =>
    decorateConnection(connection, async (sql, action) => {
      await intercept(sql, 'before');
      const result = await action();
      await intercept(sql, 'after');
      return result;
    });
  return {
    ...driver,
    ...(driver.reader && { reader: around(driver.reader) }),
    acquire: async () => around(await driver.acquire()),
  };
}
