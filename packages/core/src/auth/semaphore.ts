/** Bounds costly work: so many tasks at once, so many waiting, and a 503 with `Retry-After` for what comes on top. */
import { unavailable } from '../errors.js';

export interface SemaphoreOptions {
  readonly concurrency: number;
  readonly queue: number;
}

export class Semaphore {
  readonly #options: SemaphoreOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: SemaphoreOptions) {
    this.#options = options;
  }

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    await this.#enter();
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#options.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#options.queue) throw unavailable('Too many sign-ins at once.', 1);
    await new Promise<void>((admit) => this.#waiting.push(admit));
  }

  /** A place that falls free goes to the next in line, so `#running` stays as it is. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}
