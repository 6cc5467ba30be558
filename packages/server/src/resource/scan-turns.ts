/**
 * Searches without an index take turns. SQLite answers synchronously, and a window of each search in every turn of the
 * event loop would let a hundred searches stop everybody else: all of them together have one budget a turn.
 */

import { AsyncResource } from 'node:async_hooks';

export interface ScanTurns {
  /** Runs `work`, whose synchronous part is the scan, when there is time left; first come, first served. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** `budget`: milliseconds a turn of the event loop; a search that has begun is not interrupted. */
export function createScanTurns(budget: number, now: () => number = () => performance.now()): ScanTurns {
  const waiting: (() => void)[] = [];
  let spent = 0;
  let scheduled = false;

  function timed<Result>(work: () => Promise<Result>): Promise<Result> {
    const begun = now();
    const pending = work();
    spent += now() - begun;
    if (spent > 0) endTurn();
    return pending;
  }

  function endTurn(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      spent = 0;
      while (waiting.length > 0 && spent < budget) waiting.shift()?.();
      if (waiting.length > 0) endTurn();
    });
  }

  return {
    run(work) {
      if (waiting.length === 0 && spent < budget) return timed(work);
      // In the context of its own request: it knows the transaction that a statement belongs to.
      const context = new AsyncResource('scan');
      return new Promise((resolve, reject) => {
        waiting.push(() => context.runInAsyncScope(() => timed(work).then(resolve, reject)));
        endTurn();
      });
    },
  };
}
