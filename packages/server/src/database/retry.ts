/** Tries again what a database asks to be tried again: few times, for a short time, with jitter. */
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '@palestra/core';
import type { Connection } from './connection.js';
import { decorateConnection } from './driver.js';
import { databaseFault, type FaultKind, isTransient, UndoneWithOthers } from './errors.js';

/** No try begins after `totalMs`; the k-th pause is up to `minMs * 3^k`, at most `maxMs`. */
const policy = { tries: 5, totalMs: 3000, minMs: 10, maxMs: 500, retryAfterSeconds: 1 } as const;

const away: ReadonlySet<FaultKind> = new Set(['exhausted', 'closed', 'full', 'readonly', 'denied']);

/** The driver's own message does not say it: it is the most common reason while a plugin is written. */
const whyExhausted =
  'No connection became free in time. A statement inside unitOfWork that is not passed its unit waits for that unit: pass it.';

/**
 * There is no retry budget across units: a hot row on Galera takes 0.33 retries a commit, and a budget of a tenth
 * would refuse those that succeed now.
 * @throws PalestraError `unavailable` when the tries are spent or trying again cannot help
 */
export async function withRetries<Result>(
  random: () => number,
  action: (attempt: number) => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + policy.totalMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt);
    } catch (error) {
      // Through no fault of its own, and with no other in its next transaction: it need not wait.
      if (error instanceof UndoneWithOthers && attempt === 1) continue;
      const kind = databaseFault(error)?.kind;
      if (kind === undefined || !(isTransient(error) || away.has(kind))) throw error;
      const pause = pauseAfter(attempt, random);
      if (away.has(kind) || attempt === policy.tries || performance.now() + pause > deadline) {
        const cause = kind === 'exhausted' ? new Error(whyExhausted, { cause: error }) : error;
        throw unavailable('The database cannot answer now', policy.retryAfterSeconds, cause);
      }
      await sleep(pause);
    }
  }
}

/** Tries each statement again by itself: only for statements that are each a transaction of their own. */
export function retryingConnection(connection: Connection, random: () => number): Connection {
  return decorateConnection(connection, (_sql, action) => withRetries(random, async () => action()));
}

/** Full jitter, as AWS's "Exponential Backoff And Jitter" has it. */
function pauseAfter(attempt: number, random: () => number): number {
  const most = Math.min(policy.maxMs, policy.minMs * 3 ** attempt);
  return policy.minMs + random() * (most - policy.minMs);
}
