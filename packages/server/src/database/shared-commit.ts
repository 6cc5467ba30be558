/**
 * Transactions of SQLite that arrive together share one COMMIT and one fsync. They run one after another on the one
 * writer, and nothing is told of any of them before the COMMIT: it fails for all, or each takes effect, in their order.
 */
import { setImmediate } from 'node:timers/promises';
import { Batch } from './batch.js';
import { type CommitTimes, commitTimes } from './commit-times.js';
import type { Connection } from './connection.js';
import { type Driver, type TransactionSource, withConnection } from './driver.js';
import { isOutcomeUnknown, sendOnce } from './errors.js';
import { StatementTurn, type Turn, UnitTurn } from './turn.js';

/** A longer queue than this answers 503. */
const longestWaitMs = 30_000;

interface Waiting {
  readonly turn: Turn;
  readonly timer: NodeJS.Timeout;
}

export function shareCommits(
  driver: Pick<Driver, 'acquire' | 'dialect'>,
  times: CommitTimes = commitTimes,
): TransactionSource {
  const { begin } = driver.dialect;
  const waiting: Waiting[] = [];
  let draining = false;
  let drained = Promise.resolve();

  function enqueue(turn: Turn): void {
    const timer = setTimeout(() => {
      const place = waiting.findIndex((each) => each.turn === turn);
      if (place >= 0) waiting.splice(place, 1);
      turn.refuse(waitedTooLong());
    }, longestWaitMs);
    waiting.push({ turn, timer });
    if (draining) return;
    draining = true;
    drained = drain();
  }

  function next(): Turn | undefined {
    const first = waiting.shift();
    clearTimeout(first?.timer);
    return first?.turn;
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      // Requests that the event loop has read already come first.
      await setImmediate();
      await runBatch();
    }
    draining = false;
  }

  async function runBatch(): Promise<void> {
    let connection: Connection;
    try {
      connection = await driver.acquire();
    } catch (error) {
      next()?.refuse(error);
      return;
    }
    const batch = new Batch(connection, begin, times);
    for (let turn = next(); turn; turn = follows(batch, turn) ? next() : undefined) {
      await turn.serve(batch, waiting.length === 0);
    }
    await batch.commit();
    batch.release();
  }

  /** Whether the one that waits joins the batch after `turn`. */
  function follows(batch: Batch, turn: Turn): boolean {
    return batch.isOpen && (batch.isEmpty || !(turn.alone || waiting[0]?.turn.alone));
  }

  return {
    writeAlone(sql, values, attempt) {
      const turn = new StatementTurn(sql, values, attempt > 1);
      enqueue(turn);
      return turn.written;
    },
    acquireForTransaction(attempt, undoes = 'itself') {
      const turn = new UnitTurn(begin, attempt > 1, undoes);
      enqueue(turn);
      return turn.acquired;
    },
    drained: () => drained,
  };
}

/** Where each transaction has a connection, and a COMMIT, of its own. */
export function commitAlone(driver: Pick<Driver, 'acquire'>): TransactionSource {
  return {
    writeAlone: (sql, values) =>
      withConnection(driver, (connection) => sendOnce(() => connection.run(sql, values)), isOutcomeUnknown),
    acquireForTransaction: () => driver.acquire(),
    drained: async () => undefined,
  };
}

/** The same kind of fault as from a pool without a free connection. */
function waitedTooLong(): Error {
  return Object.assign(new Error('The writer did not become free in time.'), { code: 'WRITER_TIMEOUT' });
}
