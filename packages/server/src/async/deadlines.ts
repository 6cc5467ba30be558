/** Time limits on many promises by one timer: a timer for each costs more than most of what is waited for. */
import { LinkedList } from './linked-list.js';

export interface DeadlinesOptions<Subject> {
  /** The rejection of what did not settle in time. */
  timeout(subject: Subject): Error;
  /** Called when it rejects after all, once its caller has had the timeout. */
  rejectedLate(subject: Subject, error: unknown): void;
}

interface Waiting<Subject> {
  readonly subject: Subject;
  readonly until: number;
  readonly reject: (error: Error) => void;
}

/** So much earlier a time limit may end, never later. */
const sweepMs = 250;

export class Deadlines<Subject> {
  readonly #options: DeadlinesOptions<Subject>;
  readonly #waiting = new LinkedList<Waiting<Subject>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeadlinesOptions<Subject>) {
    this.#options = options;
  }

  /** The timer does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** `pending`, or the timeout of `subject` if it does not settle within about `ms` milliseconds. */
  limit(subject: Subject, pending: Promise<void>, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.add({ subject, until: performance.now() + ms - sweepMs, reject });
      pending.then(
        () => {
          this.#waiting.remove(waiting);
          resolve();
        },
        (error: unknown) => {
          if (!this.#waiting.remove(waiting)) this.#options.rejectedLate(subject, error);
          reject(error);
        },
      );
    });
  }

  #sweep(): void {
    const now = performance.now();
    for (const waiting of this.#waiting.links()) {
      const { subject, until, reject } = waiting.value;
      if (until > now) continue;
      this.#waiting.remove(waiting);
      reject(this.#options.timeout(subject));
    }
  }
}
