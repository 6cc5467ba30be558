/** The requests under way, so that a restore can wait until nobody uses what it replaces. */
import { setTimeout as sleep } from 'node:timers/promises';

const lookEveryMs = 10;

export class Traffic {
  #underWay = 0;

  get underWay(): number {
    return this.#underWay;
  }

  enter(): void {
    this.#underWay += 1;
  }

  leave(): void {
    this.#underWay -= 1;
  }

  /** Waits until at most `count` are under way; false if there are more after `ms`. */
  async atMost(count: number, ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (this.#underWay > count) {
      if (performance.now() > deadline) return false;
      await sleep(lookEveryMs);
    }
    return true;
  }
}
