/**
 * Long work in pieces. SQLite answers synchronously, and an answer of many rows is made on the event loop: a piece of each
 * list and search in every turn would let a hundred of them stop everybody else, so all of them share one budget a turn.
 */

import { AsyncResource } from 'node:async_hooks';

export interface Turns {
  /**
   * Begins `work` when there is time left, first come, first served; nothing interrupts it. It takes all the time until it
   * waits for something else than promises that are settled already.
   */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** `budget`: milliseconds of a turn of the event loop after which no other piece begins in it. */
export function createTurns(budget: number, now: () => number = () => performance.now()): Turns {
  const waiting: (() => unknown)[] = [];
  /** Of the turn in which a piece began. */
  let begun: number | undefined;
  /** One has begun, and its promises are not settled yet. */
  let running = false;

  const mayBegin = () => !running && (begun === undefined || now() - begun < budget);

  function begin(): void {
    if (begun === undefined) {
      begun = now();
      setImmediate(endTurn);
    }
    running = true;
    afterMicrotasks(() => {
      running = false;
      serve();
    });
  }

  function serve(): void {
    if (waiting.length === 0 || !mayBegin()) return;
    begin();
    waiting.shift()?.();
  }

  function endTurn(): void {
    begun = undefined;
    serve();
  }

  return {
    run(work) {
      if (mayBegin()) {
        begin();
        return work();
      }
      // In the context of its own request: it knows the transaction that a statement belongs to.
      const context = new AsyncResource('piece');
      return new Promise((resolve, reject) => {
        waiting.push(() => context.runInAsyncScope(async () => work()).then(resolve, reject));
      });
    },
  };
}

/** When all that follows from what runs now has been done, up to what waits for input, timers or the next turn. */
function afterMicrotasks(action: () => void): void {
  queueMicrotask(() => process.nextTick(action));
}

/** About half of what a page of a list takes: no two begin in one turn, but several short pieces do. */
const budgetMs = 2;

/** Of all lists and searches in this process. */
export const turns: Turns = createTurns(budgetMs);
