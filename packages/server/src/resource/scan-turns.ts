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

  function begin(): void {
    while (waiting.length > 0 && spent < budget) waiting.shift()?.();
    if (spent > 0 || waiting.length > 0) endTurn();
  }

  function endTurn(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      spent = 0;
      begin();
    });
  }

  return {
    run: (work) =>
      new Promise((resolve, reject) => {
        // In the context of its own request: it knows the transaction that a statement belongs to.
        const look = AsyncResource.bind(() => {
          const begun = now();
          work().then(resolve, reject);
          spent += now() - begun;
        });
        waiting.push(look);
        begin();
      }),
  };
}
