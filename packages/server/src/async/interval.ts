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
  /** No run begins any more; resolves when the run under way has ended. */
  stop(): Promise<void>;
}

/** Runs do not overlap: a tick during a run is skipped. The timer does not keep the process alive. */
export function createInterval(job: () => void | Promise<void>, options: IntervalOptions): IntervalJob {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (running) await running;
    running = attempt().finally(() => {
      running = undefined;
    });
    await running;
  };
  const attempt = async (): Promise<void> => {
    try {
      await job();
    } catch (err) {
      options.log.warn({ err }, options.failure);
    }
  };
  return {
    run,
    start() {
      timer ??= setInterval(() => {
        if (!running) void run();
      }, options.everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
