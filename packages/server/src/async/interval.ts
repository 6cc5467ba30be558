/** A background job at an interval: a failure is logged and the job goes on, and stopping waits for the run under way. */
import type { Logger } from 'pino';

export interface IntervalOptions {
  readonly everyMs: number;
  /** Logged with the error when a run fails: `Old events could not be purged.` */
  readonly failure: string;
  readonly log: Pick<Logger, 'warn'>;
}

export interface IntervalJob {
  start(): void;
  /** Runs it now, or after the run under way; never rejects. For tests, and for what should not wait for the interval. */
  run(): Promise<void>;
  /** Between start and stop: runs it now, or once more after the run under way, however often it is called meanwhile. */
  wake(): void;
  /** No run begins any more; resolves when the run under way has ended. */
  stop(): Promise<void>;
}

/** Runs do not overlap: a tick during a run is skipped. The timer does not keep the process alive. */
export function createInterval(job: () => unknown, options: IntervalOptions): IntervalJob {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let woken = false;

  async function attempt(): Promise<void> {
    try {
      await job();
    } catch (err) {
      options.log.warn({ err }, options.failure);
    }
  }

  async function run(wanted: () => boolean): Promise<void> {
    while (running) await running;
    if (!wanted()) return;
    running = attempt().finally(() => {
      running = undefined;
    });
    await running;
  }

  return {
    run: () => run(() => true),
    wake() {
      if (woken) return;
      woken = true;
      void run(() => {
        woken = false;
        return timer !== undefined;
      });
    },
    start() {
      timer ??= setInterval(() => {
        if (!running) void run(() => true);
      }, options.everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
