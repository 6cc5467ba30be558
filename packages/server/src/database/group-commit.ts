/**
 * Writes of SQLite that arrive together share one transaction: one COMMIT and one fsync for all of them, each answered
 * only after it. A statement that fails undoes itself alone (SQLite's ABORT); the others go on.
 */
import { setImmediate } from 'node:timers/promises';
import type { Dialect } from './dialect.js';
import { type Connection, type Driver, type WriteAlone, withConnection } from './driver.js';
import { isConnectionFault, isOutcomeUnknown, isTransient, sendOnce } from './errors.js';
import type { Scalar, Written } from './types.js';

interface Waiting {
  readonly sql: string;
  readonly values: readonly Scalar[];
  resolve(written: Written): void;
  reject(error: unknown): void;
}

type Outcome = { readonly waiting: Waiting } & ({ readonly written: Written } | { readonly error: unknown });

/** So many at most, so that a unit of work that waits for the writer does not wait long. */
const maxGroup = 64;

export function groupCommit(driver: Pick<Driver, 'acquire' | 'dialect'>): WriteAlone {
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

/** Where each write has a connection, and a COMMIT, of its own. */
export function commitAlone(driver: Pick<Driver, 'acquire'>): WriteAlone {
  return (sql, values) =>
    withConnection(driver, (connection) => sendOnce(() => connection.run(sql, values)), isOutcomeUnknown);
}

async function writeGroup(driver: Pick<Driver, 'acquire' | 'dialect'>, group: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await withConnection(
      driver,
      (connection) => (group.length === 1 ? each(connection, group) : together(connection, driver.dialect, group)),
      (error) => isOutcomeUnknown(error) || isConnectionFault(error),
    );
    for (const { waiting, ...outcome } of outcomes) {
      if ('error' in outcome) waiting.reject(outcome.error);
      else waiting.resolve(outcome.written);
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}

/** The fault of one is the fault of all only where the whole transaction is lost; each is then tried again by itself. */
async function together(connection: Connection, { begin }: Dialect, group: readonly Waiting[]): Promise<Outcome[]> {
  await connection.control(begin);
  try {
    const outcomes = await each(connection, group);
    await sendOnce(() => connection.control('COMMIT'));
    return outcomes;
  } catch (error) {
    // A connection that is lost has rolled back.
    if (!isOutcomeUnknown(error)) await connection.control('ROLLBACK');
    throw error;
  }
}

async function each(connection: Connection, group: readonly Waiting[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const waiting of group) {
    try {
      outcomes.push({ waiting, written: await sendOnce(() => connection.run(waiting.sql, waiting.values)) });
    } catch (error) {
      if (isOutcomeUnknown(error) || isTransient(error)) throw error;
      outcomes.push({ waiting, error });
    }
  }
  return outcomes;
}
