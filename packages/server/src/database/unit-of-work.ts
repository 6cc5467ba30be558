/** One transaction around a function, tried again as a whole, never half done, never done twice. */
import type { Unit } from '@palestra/core';
import { createUnit, transactionConnection } from './connected-unit.js';
import type { Connection } from './connection.js';
import type { WritingDriver } from './driver.js';
import { commit, LastWrites } from './last-writes.js';
import { withRetries } from './retry.js';
import { rollBack, runAfterCommit } from './transaction-end.js';

type Work<Result> = (unit: Unit) => Promise<Result>;

export function runUnitOfWork<Result>(
  driver: WritingDriver,
  random: () => number,
  work: Work<Result>,
): Promise<Result> {
  return withRetries(random, async (attempt) => {
    const actions: (() => void)[] = [];
    const connection = await driver.acquireForTransaction(attempt);
    let broken = true;
    let result: Result;
    try {
      result = await transact(connection, driver.dialect.begin, (inside, last) =>
        work(createUnit({ connection: inside, last, attempt, afterCommit: (action) => actions.push(action) })),
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
  work: (inside: Connection, last: LastWrites) => Promise<Result>,
): Promise<Result> {
  await connection.control(begin);
  const last = new LastWrites();
  const transaction = transactionConnection(connection);
  const result = await work(transaction.connection, last).finally(() => transaction.end());
  await commit(connection, last.end());
  return result;
}
