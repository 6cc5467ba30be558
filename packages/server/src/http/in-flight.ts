/** The requests in flight, so that a restore can wait until nothing uses what it replaces. */
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 10;

export class InFlightRequests {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
  }

  /** Waits until at most `count` are in flight; false if there are more after `ms`. */
  async atMost(count: number, ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (this.#count > count) {
      if (performance.now() > deadline) return false;
      await sleep(pollMs);
    }
    return true;
  }
}
