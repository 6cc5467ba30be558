/**
 * Bounds costly work: so many tasks at once, so many waiting, and a 503 with `Retry-After` for what comes on top. Places
 * are shared fairly: callers whose tasks wait are served in turn, and where too many wait, the caller with the most loses
 * its last one.
 */
import { unavailable } from '../errors.js';

export interface SemaphoreOptions {
  readonly concurrency: number;
  readonly queue: number;
}

interface Waiting {
  admit(): void;
  refuse(error: Error): void;
}

export class Semaphore {
  readonly #options: SemaphoreOptions;
  /** By whose they are; the first in the map has the next turn. None is empty. */
  readonly #waiting = new Map<string, Waiting[]>();
  #waitingCount = 0;
  #running = 0;

  constructor(options: SemaphoreOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waitingCount;
  }

  /**
   * @param share whose task it is
   * @throws PalestraError `unavailable`
   */
  async run<Result>(task: () => Promise<Result>, share = ''): Promise<Result> {
    await this.#enter(share);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(share: string): Promise<void> {
    if (this.#running < this.#options.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waitingCount >= this.#options.queue) this.#makeRoom(share);
    await new Promise<void>((admit, refuse) => {
      const queue = this.#waiting.get(share) ?? [];
      queue.push({ admit, refuse });
      this.#waiting.set(share, queue);
      this.#waitingCount += 1;
    });
  }

  /** @throws PalestraError unless another has at least two more waiting than `share` */
  #makeRoom(share: string): void {
    let most: Waiting[] = [];
    for (const queue of this.#waiting.values()) if (queue.length > most.length) most = queue;
    const tooMany = unavailable('Too many sign-ins at once.', 1);
    if (most.length < (this.#waiting.get(share)?.length ?? 0) + 2) throw tooMany;
    this.#waitingCount -= 1;
    most.pop()?.refuse(tooMany);
  }

  /** A place that falls free goes to the next in turn, so `#running` stays as it is. */
  #leave(): void {
    for (const [share, queue] of this.#waiting) {
      this.#waiting.delete(share);
      const next = queue.shift();
      if (queue.length > 0) this.#waiting.set(share, queue);
      if (!next) continue;
      this.#waitingCount -= 1;
      next.admit();
      return;
    }
    this.#running -= 1;
  }
}
