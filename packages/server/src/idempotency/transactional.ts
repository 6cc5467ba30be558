/**
 * A request executed once, in one transaction with the record of its answer: either both are there, or neither is. That
 * holds for every handler that only uses the database, without its help.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Unit } from '@palestra/core';
import { isOutcomeUnknown } from '../database/errors.js';
import { isDuplicate } from '../database/insert-once.js';
import type { Database, Transaction } from '../database/types.js';
import type { KeptAnswer } from './answer.js';
import { findKept } from './kept.js';
import { type IdentifiedRequest, identify, type KeeperServices, retentionMs, running } from './request.js';
import type { Executed, ExecuteOnce, HandlerRun, Outcome } from './types.js';

/** Milliseconds that a request waits for the same one in this process. */
const waitMs = 5_000;

/** There is an answer already, so nothing is written. */
class Kept extends Error {
  constructor(readonly answer: string) {
    super('The request was executed before.');
  }
}

/** Another process has kept an answer meanwhile: what was done here is undone. */
class KeptElsewhere extends Error {}

export function createExecuteOnce(database: Database, services: KeeperServices): ExecuteOnce {
  const { cipher } = services;
  const transact = createTransact(database, services);
  const executing = new Map<string, Promise<unknown>>();

  async function run<Result extends Outcome>(
    request: IdentifiedRequest,
    execution: HandlerRun<Result>,
  ): Promise<Executed<Result>> {
    try {
      return { outcome: await transact(request, execution) };
    } catch (error) {
      if (error instanceof Kept) return { replayed: error.answer };
      const mayBeKept = execution.passesTransaction || error instanceof KeptElsewhere || isOutcomeUnknown(error);
      const kept = mayBeKept ? await findKept(request, services) : undefined;
      if (kept === undefined) throw error instanceof KeptElsewhere ? running() : error;
      return { replayed: kept };
    }
  }

  return async (keyed, execution) => {
    const request = identify(keyed, cipher);
    const deadline = performance.now() + waitMs;
    for (let other = executing.get(request.digest); other; other = executing.get(request.digest)) {
      const left = deadline - performance.now();
      if (left <= 0) throw running();
      await Promise.race([other, sleep(left, undefined, { ref: false })]);
    }
    const done = run(request, execution);
    const settled = done.catch(() => undefined);
    executing.set(request.digest, settled);
    try {
      return await done;
    } finally {
      executing.delete(request.digest);
    }
  };
}

/** The handler and the record of its answer, in one transaction. */
function createTransact(database: Database, services: KeeperServices) {
  const { store, cipher, clock } = services;

  /**
   * All effects of a handler that passes its transaction can be undone, so on MySQL and MariaDB, where asking is a round
   * trip, a key is taken for new, and the record of its answer decides. Else it is asked before the first write.
   */
  async function transactPassed<Result extends Outcome>(
    request: IdentifiedRequest,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    if (database.dialect.name === 'mysql') {
      try {
        return await database.passedTransaction({
          open: async () => undefined,
          work,
          conclude: async (unit, { answer }) => {
            if (answer !== undefined) store.keepLast(keptOf(request, answer), unit);
          },
        });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    }
    return database.passedTransaction({
      open: (unit) => assertNew(request, unit),
      work,
      conclude: (unit, { answer }) => keepAnswer(request, answer, unit),
    });
  }

  async function assertNew(request: IdentifiedRequest, unit?: Unit): Promise<void> {
    const kept = await findKept(request, services, unit);
    if (kept !== undefined) throw new Kept(kept);
  }

  function keptOf({ digest, fingerprints: [fingerprint = ''] }: IdentifiedRequest, answer: KeptAnswer) {
    return { digest, fingerprint, answer: cipher.seal(answer, digest), created_at: clock.now() };
  }

  async function keepAnswer(request: IdentifiedRequest, answer: KeptAnswer | undefined, unit: Unit) {
    if (answer === undefined) return;
    const kept = keptOf(request, answer);
    if (!(await store.keep(kept, kept.created_at - retentionMs, unit))) throw new KeptElsewhere();
  }

  /** Whether there is an answer is asked before the handler, unless that passes its transaction. */
  return async function transact<Result extends Outcome>(
    request: IdentifiedRequest,
    { execute, passesTransaction }: HandlerRun<Result>,
  ): Promise<Result> {
    if (passesTransaction) return transactPassed(request, execute);
    await assertNew(request);
    return database.oneTransaction(
      () => execute(undefined),
      (unit, { answer }) => keepAnswer(request, answer, unit),
    );
  };
}
