/**
 * Writes of SQLite that arrive together share one transaction: one COMMIT and one fsync for all of them, each answered
 * only after it. A statement that fails undoes itself alone (SQLite's ABORT); the others go on.
 */
import { setImmediate } from 'node:timers/promises';
import type { Dialect } from './dialect.js';
import { type Connection, type Driver, withConnection } from './driver.js';
import { isOutcomeUnknown, outcomeUnknown } from './errors.js';
import { isConnectionFault, isTransient } from './retry.js';
import type { Scalar, Written } from './types.js';

interface Waiting {
  readonly sql: string;
  readonly values: readonly Scalar[];
  resolve(written: Written): void;
  reject(error: unknown): void;
}

type Outcome = { readonly written: Written } | { readonly error: unknown };

/** So many at most, so that a unit of work that waits for the writer does not wait long. */
const maxGroup = 64;

export function groupCommit(driver: Pick<Driver, 'acquire' | 'dialect'>): NonNullable<Driver['write']> {
  let waiting: Waiting[] = [];
  let draining = false;

  async function drain(): Promise<void> {
    // The requests that the event loop has at hand come first.
    await setImmediate();
    while (waiting.length > 0) {
      const group = waiting.slice(0, maxGroup);
      waiting = waiting.slice(maxGroup);
      await writeGroup(driver, group);
    }
    draining = false;
  }

  return (sql, values) =>
    new Promise((resolve, reject) => {
      waiting.push({ sql, values, resolve, reject });
      if (draining) return;
      draining = true;
      void drain();
    });
}

async function writeGroup(driver: Pick<Driver, 'acquire' | 'dialect'>, group: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await withConnection(
      driver,
      (connection) => (group.length === 1 ? each(connection, group) : together(connection, driver.dialect, group)),
      (error) => isOutcomeUnknown(error) || isConnectionFault(error),
    );
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index] as Outcome;
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.written);
    });
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}

/** The fault of one is the fault of all only where the whole transaction is lost; each is then tried again by itself. */
async function together(connection: Connection, { begin }: Dialect, group: readonly Waiting[]): Promise<Outcome[]> {
  await connection.control(begin);
  try {
    const outcomes = await each(connection, group);
    await certain(() => connection.control('COMMIT'));
    return outcomes;
  } catch (error) {
    // A connection that is lost has rolled back.
    if (!isOutcomeUnknown(error)) await connection.control('ROLLBACK');
    throw error;
  }
}

async function each(connection: Connection, group: readonly Waiting[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { sql, values } of group) {
    try {
      outcomes.push({ written: await certain(() => connection.run(sql, values)) });
    } catch (error) {
      if (isOutcomeUnknown(error) || isTransient(error)) throw error;
      outcomes.push({ error });
    }
  }
  return outcomes;
}

/** Once a statement is sent, a lost connection leaves its outcome unknown. */
async function certain<Result>(send: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await send();
  } catch (error) {
    throw isConnectionFault(error) ? outcomeUnknown(error) : error;
  }
}
