/** Has every statement run by a tracer; without one, this file is not on the path of a statement. */
import type { Connection } from './connection.js';
import { type Driver, decorateConnection } from './driver.js';
import type { AroundStatement } from './types.js';

export function traced(driver: Driver, trace: (system: string) => AroundStatement): Driver {
  const around = trace(driver.dialect.product.toLowerCase());
  const decorate = (connection: Connection): Connection => decorateConnection(connection, around);
  return {
    ...driver,
    ...(driver.reader && { reader: decorate(driver.reader) }),
    acquire: async () => decorate(await driver.acquire()),
  };
}
