/**
 * A request executed once, in one transaction with the record of its answer: either both are there, or neither is. That
 * holds for every handler that only uses the database, without its help.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Unit } from '@palestra/core';
import { isOutcomeUnknown } from '../database/errors.js';
import type { Database } from '../database/types.js';
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
  const { store, cipher, clock } = services;
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

  /**
   * Whether there is an answer is asked before the handler; of one that passes its transaction, all of whose effects can be
   * undone, in the transaction before it first writes.
   */
  async function transact<Result extends Outcome>(
    request: IdentifiedRequest,
    { execute, passesTransaction }: HandlerRun<Result>,
  ): Promise<Result> {
    const conclude = (unit: Unit, { answer }: Result) => keepAnswer(request, answer, unit);
    if (passesTransaction) {
      return database.passedTransaction({ open: (unit) => assertNew(request, unit), work: execute, conclude });
    }
    await assertNew(request);
    return database.oneTransaction(() => execute(undefined), conclude);
  }

  async function assertNew(request: IdentifiedRequest, unit?: Unit): Promise<void> {
    const kept = await findKept(request, services, unit);
    if (kept !== undefined) throw new Kept(kept);
  }

  async function keepAnswer({ digest, fingerprints }: IdentifiedRequest, answer: KeptAnswer | undefined, unit: Unit) {
    if (answer === undefined) return;
    const now = clock.now();
    const [fingerprint = ''] = fingerprints;
    const kept = { digest, fingerprint, answer: cipher.seal(answer, digest), created_at: now };
    if (!(await store.keep(kept, now - retentionMs, unit))) throw new KeptElsewhere();
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
