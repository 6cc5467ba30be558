/**
 * Starts so many workers, each a process that serves the same port, and does nothing else: a worker that ends is
 * replaced, a signal reaches all of them, and there is one exit code.
 */
import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import { numberVariable } from './messages.js';
import { Switchboard } from './switchboard.js';

export interface SupervisorOptions {
  readonly count: number;
  readonly log: Pick<Logger, 'error' | 'info'>;
  /** Milliseconds in which a worker ends after it was asked to; what takes longer is killed. */
  readonly endWithinMs: number;
}

/** Before a worker that ended is replaced: twice as long each time it ends soon after its start. */
const backOff = { leastMs: 100, mostMs: 10_000, settledMs: 10_000 } as const;

interface Slot {
  readonly number: number;
  worker: Worker | undefined;
  startedAt: number;
  /** Times in a row that it ended soon. */
  failures: number;
  pause?: NodeJS.Timeout;
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #slots: readonly Slot[];
  readonly #switchboard = new Switchboard(() => this.#metrics());
  #restarts = 0;
  #stopping = false;
  #exitCode = 0;

  constructor(options: SupervisorOptions) {
    // Workers accept from the one listen queue of the system. Handed out in turns by this process, a connection that was
    // on its way to a worker as that died would stay open without an answer.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    this.#options = options;
    this.#slots = Array.from({ length: options.count }, (_, at) => ({
      number: at + 1,
      worker: undefined,
      startedAt: 0,
      failures: 0,
    }));
  }

  /**
   * Starts the first worker, which migrates the database and makes keys and the first account where there are none, and
   * then the others. The URL that they serve, once all do; undefined where the first one ended before it did, which has said why.
   */
  async start(): Promise<string | undefined> {
    const [first, ...others] = this.#slots;
    const url = first && (await this.#fork(first));
    if (url === undefined) return undefined;
    await Promise.all(others.map((slot) => this.#fork(slot)));
    return url;
  }

  /** Of a start that failed. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** Asks every worker to end, and waits until all have. The exit code: 0 if each ended with it. */
  async stop(): Promise<number> {
    this.#stopping = true;
    for (const { pause } of this.#slots) clearTimeout(pause);
    await Promise.all(this.#slots.map((slot) => this.#end(slot)));
    return this.#exitCode;
  }

  /** The URL that it serves; undefined if it ended before it did. */
  #fork(slot: Slot): Promise<string | undefined> {
    const { number } = slot;
    const worker = cluster.fork({ [numberVariable]: `${number}/${this.#slots.length}` });
    slot.worker = worker;
    slot.startedAt = performance.now();
    return new Promise((resolve) => {
      this.#switchboard.connect(number, worker, resolve);
      worker.once('exit', (code: number | null, signal: string | null) => {
        const serving = this.#switchboard.disconnect(number);
        slot.worker = undefined;
        resolve(undefined);
        this.#onEnd(slot, { code, signal }, serving);
      });
    });
  }

  #onEnd(slot: Slot, { code, signal }: Ended, serving: boolean): void {
    if (this.#stopping) {
      if (code !== 0) this.#exitCode = 1;
      return;
    }
    // Nothing has been served yet: as where there is one process, the start has failed.
    if (!serving && slot.number === 1 && this.#restarts === 0 && this.#slots[1]?.startedAt === 0) {
      this.#exitCode = code || 1;
      return;
    }
    const lived = performance.now() - slot.startedAt;
    slot.failures = lived < backOff.settledMs ? slot.failures + 1 : 0;
    const pauseMs = Math.min(backOff.mostMs, backOff.leastMs * 2 ** Math.max(0, slot.failures - 1));
    this.#restarts += 1;
    this.#options.log.error(
      { worker: slot.number, code, signal },
      `Worker ${slot.number} ended; another one starts in ${pauseMs / 1000} s.`,
    );
    slot.pause = setTimeout(() => void this.#fork(slot), pauseMs);
  }

  async #end({ number, worker }: Slot): Promise<void> {
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const late = setTimeout(() => {
      this.#options.log.error({ worker: number }, `Worker ${number} did not end in time; it is killed.`);
      worker.process.kill('SIGKILL');
    }, this.#options.endWithinMs);
    worker.process.kill('SIGTERM');
    await ended;
    clearTimeout(late);
  }

  #metrics(): string {
    return [
      '# HELP palestra_workers Processes that serve the port.',
      '# TYPE palestra_workers gauge',
      `palestra_workers ${this.#switchboard.serving}`,
      '# HELP palestra_worker_restarts_total Workers that ended and were replaced.',
      '# TYPE palestra_worker_restarts_total counter',
      `palestra_worker_restarts_total ${this.#restarts}`,
      '',
    ].join('\n');
  }
}
