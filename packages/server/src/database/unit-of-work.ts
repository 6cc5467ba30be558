/** One transaction around a function, tried again as a whole, never half done, never done twice. */
import type { Connection, Driver } from './driver.js';
import { outcomeUnknown } from './errors.js';
import { isConnectionFault, withRetries } from './retry.js';
import type { Unit } from './types.js';
import { createUnit, TransactionConnection } from './unit.js';

type Work<Result> = (unit: Unit) => Promise<Result>;

export function runUnitOfWork<Result>(driver: Driver, random: () => number, work: Work<Result>): Promise<Result> {
  return withRetries(random, async (attempt) => {
    const actions: (() => void)[] = [];
    const connection = await driver.acquire();
    let broken = true;
    let result: Result;
    try {
      result = await transact(connection, driver.dialect.begin, (transaction) =>
        work(createUnit(transaction, attempt, (action) => actions.push(action))),
      );
      broken = false;
    } catch (error) {
      broken = !(await rollBack(connection));
      throw error;
    } finally {
      connection.release(broken);
    }
    actions.forEach(runAfterCommit);
    return result;
  });
}

async function transact<Result>(
  connection: Connection,
  begin: string,
  work: (transaction: TransactionConnection) => Promise<Result>,
): Promise<Result> {
  await connection.control(begin);
  const transaction = new TransactionConnection(connection);
  const result = await work(transaction).finally(() => transaction.end());
  try {
    await connection.control('COMMIT');
  } catch (error) {
    // The server may have committed before the answer was lost: doing it again could do it twice.
    throw isConnectionFault(error) ? outcomeUnknown(error) : error;
  }
  return result;
}

/**
 * After every failure, before anything else: a lock timeout (1205) takes back only its statement and leaves the
 * transaction open. False if the connection cannot be trusted any more.
 */
async function rollBack(connection: Connection): Promise<boolean> {
  try {
    await connection.control('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** The transaction stands, whatever its followers do. */
function runAfterCommit(action: () => void): void {
  try {
    action();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
