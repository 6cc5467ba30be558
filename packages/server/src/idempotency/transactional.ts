/**
 * A request executed once, in one transaction with the record of its answer: either both are there, or neither is. That
 * holds for every handler that only uses the database, without its help.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOutcomeUnknown } from '../database/errors.js';
import type { Database } from '../database/types.js';
import { findKept } from './kept.js';
import {
  type IdentifiedRequest,
  identify,
  type KeeperServices,
  type KeyedRequest,
  retentionMs,
  running,
} from './request.js';

/** What became of a request; `answer` is undefined where it is not kept. */
export interface Outcome {
  readonly answer: string | undefined;
}

type Executed<Result extends Outcome> = { readonly outcome: Result } | { readonly replayed: string };

export type ExecuteOnce = <Result extends Outcome>(
  request: KeyedRequest,
  execute: () => Promise<Result>,
) => Promise<Executed<Result>>;

/** Milliseconds that a request waits for the same one in this process. */
const waitMs = 5_000;

/** Another process has kept an answer meanwhile: what was done here is undone. */
class KeptElsewhere extends Error {}

export function createExecuteOnce(database: Database, services: KeeperServices): ExecuteOnce {
  const { store, cipher, clock } = services;
  const executing = new Map<string, Promise<unknown>>();

  async function run<Result extends Outcome>(
    request: IdentifiedRequest,
    execute: () => Promise<Result>,
  ): Promise<Executed<Result>> {
    const before = await findKept(request, services);
    if (before !== undefined) return { replayed: before };
    try {
      const outcome = await database.oneTransaction(execute, async (unit, { answer }) => {
        if (answer === undefined) return;
        const now = clock.now();
        const [fingerprint = ''] = request.fingerprints;
        const kept = {
          digest: request.digest,
          fingerprint,
          answer: cipher.seal(answer, request.digest),
          created_at: now,
        };
        if (!(await store.keep(kept, now - retentionMs, unit))) throw new KeptElsewhere();
      });
      return { outcome };
    } catch (error) {
      if (!(error instanceof KeptElsewhere) && !isOutcomeUnknown(error)) throw error;
      const kept = await findKept(request, services);
      if (kept === undefined) throw error instanceof KeptElsewhere ? running() : error;
      return { replayed: kept };
    }
  }

  return async (keyed, execute) => {
    const request = identify(keyed, cipher);
    const deadline = performance.now() + waitMs;
    for (let other = executing.get(request.digest); other; other = executing.get(request.digest)) {
      const left = deadline - performance.now();
      if (left <= 0) throw running();
      await Promise.race([other, sleep(left, undefined, { ref: false })]);
    }
    const done = run(request, execute);
    const settled = done.catch(() => undefined);
    executing.set(request.digest, settled);
    try {
      return await done;
    } finally {
      executing.delete(request.digest);
    }
  };
}
