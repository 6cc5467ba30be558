/** Lets one statement happen at a time, in an order that comes from a seed alone. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Intercept } from '@palestra/server';

/** Turns of the event loop without a new statement, after which everybody who can run is waiting: only promises are. */
const quietTurns = 1;

export class Scheduler {
  #waiting: (() => void)[] = [];
  #active = false;
  /** Set in what a task does: background jobs, which run by the clock, are in no order of the seed's. */
  readonly #ofTask = new AsyncLocalStorage<true>();

  readonly intercept: Intercept = (_sql, phase) => {
    if (!this.#active || phase !== 'before' || !this.#ofTask.getStore()) return;
    return new Promise((resolve) => this.#waiting.push(resolve));
  };

  /** Runs `tasks` at once; whenever all are at a statement, or wait for another, `random` picks who goes on. */
  async run(random: () => number, tasks: readonly (() => Promise<unknown>)[]): Promise<void> {
    this.#active = true;
    let left = tasks.length;
    const running = tasks.map((task) => this.#ofTask.run(true, task).finally(() => left--));
    while (left > 0) {
      await this.#quiet();
      const [next] = this.#waiting.splice(Math.floor(random() * this.#waiting.length), 1);
      next?.();
    }
    this.#active = false;
    for (const next of this.#waiting.splice(0)) next();
    await Promise.all(running);
  }

  async #quiet(): Promise<void> {
    let before = -1;
    for (let quiet = 0; quiet < quietTurns; ) {
      await setImmediate();
      quiet = this.#waiting.length === before ? quiet + 1 : 0;
      before = this.#waiting.length;
    }
  }
}
