/** A host's life: started, paused for a restore, stopped. What runs is known here alone. */

import type { Deadlines } from '../async/deadlines.js';
import { type Database, openDatabase } from '../database/index.js';
import type { InFlightRequests } from '../http/in-flight.js';
import type { Metrics } from '../metrics/index.js';
import type { Health } from '../plugin/health.js';
import type { CompiledOperation, Exchange } from '../steps/exchange.js';
import { type BootOptions, boot } from './boot.js';
import type { PalestraOptions } from './options.js';
import type { Parts } from './services.js';
import type { RunningPlugins } from './set-up.js';

export interface Running {
  readonly database: Database;
  readonly plugins: RunningPlugins;
}

export interface LifecycleOptions {
  readonly options: PalestraOptions;
  readonly parts: Parts;
  readonly boot: Pick<BootOptions, 'document' | 'configs' | 'degrade'>;
  readonly inFlight: InFlightRequests;
  readonly handlerTimeouts: Deadlines<Exchange>;
  readonly metrics: Metrics | undefined;
}

/** Milliseconds that requests under way get before a restore goes on without them. */
const pauseMs = 10_000;

export class Lifecycle {
  /** By operationId; empty unless the host runs. */
  readonly operations: Map<string, CompiledOperation> = new Map<string, CompiledOperation>();
  readonly #with: LifecycleOptions;
  #pausing: Promise<void> | undefined;
  #running: Running | undefined;
  #retiring = false;

  constructor(options: LifecycleOptions) {
    this.#with = options;
  }

  /** @throws Error before `start` and after `stop` */
  get running(): Running {
    if (!this.#running) throw new Error('Start the host first.');
    return this.#running;
  }

  async start(): Promise<void> {
    const { options, parts, metrics, handlerTimeouts } = this.#with;
    if (this.#running) throw new Error('This host has been started already.');
    this.#retiring = false;
    const { database: source = `sqlite:${parts.dataDir}/palestra.sqlite` } = options;
    const database = await openDatabase({
      ...(typeof source === 'string' ? { url: source } : source),
      ...(options.intercept && { intercept: options.intercept }),
    });
    try {
      await this.#serveOn(metrics?.counting(database) ?? database);
      handlerTimeouts.start();
    } catch (error) {
      parts.keys.close();
      await database.close();
      throw error;
    }
  }

  retire(): void {
    this.#retiring = true;
  }

  async stop(): Promise<void> {
    await this.#pausing?.catch(() => undefined);
    const stopping = this.#running;
    this.#running = undefined;
    this.operations.clear();
    if (!stopping) return;
    this.#with.handlerTimeouts.stop();
    await stopping.plugins.stop();
    this.#with.parts.keys.close();
    await stopping.database.close();
  }

  /** For a restore, itself one of the requests under way: nothing else uses the database while `work` does. */
  pause(work: () => Promise<void>): Promise<void> {
    const { database, plugins } = this.running;
    const { inFlight, parts } = this.#with;
    this.#pausing = (async () => {
      this.operations.clear();
      if (!(await inFlight.atMost(1, pauseMs)))
        parts.log.warn('Requests that do not end are not waited for any longer.');
      await plugins.stop();
      try {
        await work();
      } finally {
        await this.#serveOn(database);
      }
    })();
    return this.#pausing;
  }

  async health(): Promise<Health> {
    if (!this.#running) return { ready: false, plugins: new Map() };
    const [answers, plugins] = await Promise.all([this.#running.database.ping(), this.#running.plugins.states()]);
    const serves = answers && !this.#retiring && this.operations.size > 0;
    return { ready: serves && ![...plugins.values()].includes('not ready'), plugins };
  }

  async #serveOn(database: Database): Promise<void> {
    const { options, parts, boot: fixed } = this.#with;
    const booted = await boot({
      ...fixed,
      plugins: parts.plugins,
      database,
      events: parts.events,
      audit: parts.audit.writer,
      collections: parts.management.collections,
      keys: parts.keys,
      checkAnswers: options.checkAnswers ?? false,
      background: options.background ?? true,
      log: parts.log,
      clock: parts.clock,
    });
    for (const [id, operation] of booted.operations) this.operations.set(id, operation);
    this.#running = { database, plugins: booted.plugins };
  }
}
