/** A clock that does not advance until something waits for it, and then jumps. */
import type { Clock } from '@palestra/client';

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

export class FakeClock implements Clock {
  /** The wall clock, which a user may set. */
  time: number = Date.parse('2026-11-20T08:00:00Z');
  #uptime = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.#uptime;
  }

  schedule(task: () => void, ms: number): () => void {
    const timer = { at: this.#uptime + ms, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that were neither run nor cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    this.time += ms;
    this.#uptime += ms;
  }

  /** Runs `work` to its end; whenever nothing else can happen, time jumps to the next timer. */
  async run<Result>(work: PromiseLike<Result>): Promise<Result> {
    let done = false;
    work.then(
      () => {
        done = true;
      },
      () => {
        done = true;
      },
    );
    while (!done) {
      await idle();
      if (!done) this.#jump();
    }
    return work;
  }

  /** As `run`, for work that may hang: it fails after so much time. */
  async runFor<Result>(work: PromiseLike<Result>, ms: number): Promise<Result> {
    const end = this.#uptime + ms;
    const hangs = new Promise<never>((_, reject) => {
      this.schedule(() => reject(new Error('It hangs.')), ms);
    });
    const outcome = await this.run(Promise.race([work, hangs]));
    for (const timer of this.#timers) if (timer.at === end) this.#timers.delete(timer);
    return outcome;
  }

  #jump(): void {
    const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
    if (next === undefined) return;
    this.#timers.delete(next);
    this.pass(Math.max(0, next.at - this.#uptime));
    next.task();
  }
}

/** Until nothing can happen any more but that time passes. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    // On a busy machine the thread pool may take longer than any number of turns.
    if (encrypting > 0) turn = 0;
  }
}

/** Calls of WebCrypto that the thread pool has not finished. */
let encrypting = 0;

for (const name of ['digest', 'importKey', 'encrypt', 'decrypt'] as const) {
  const { subtle } = globalThis.crypto;
  const method = subtle[name] as (...input: unknown[]) => Promise<unknown>;
  Object.defineProperty(subtle, name, {
    configurable: true,
    value: (...input: unknown[]) => {
      encrypting += 1;
      return method.apply(subtle, input).finally(() => {
        encrypting -= 1;
      });
    },
  });
}
