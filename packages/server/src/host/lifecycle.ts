/** A host's life: started, paused for a restore, stopped. What runs is known only here. */

import { openDatabase } from '../database/connect.js';
import type { Database } from '../database/types.js';
import type { Serving } from '../http/middleware.js';
import type { Health } from '../plugin/health.js';
import { boot } from './boot.js';
import type { HostServices } from './host.js';
import type { RunningPlugins } from './set-up.js';
import { warmUp } from './warm-up.js';

export interface Running {
  readonly database: Database;
  readonly plugins: RunningPlugins;
}

/** Milliseconds that requests in flight have before a restore goes on without them. */
const pauseMs = 10_000;

export class Lifecycle {
  readonly #host: HostServices;
  #pausing: Promise<void> | undefined;
  #running: Running | undefined;
  #serving: Serving | undefined;
  #retiring = false;

  constructor(host: HostServices) {
    this.#host = host;
  }

  /** @throws Error before `start` and after `stop` */
  get running(): Running {
    if (!this.#running) throw new Error('Start the host first.');
    return this.#running;
  }

  /** Undefined while no request can be answered. */
  get serving(): Serving | undefined {
    return this.#serving;
  }

  async start(): Promise<void> {
    const { options, keys, requests } = this.#host;
    const { metrics, tracing } = this.#host.telemetry;
    if (this.#running) throw new Error('This host has been started already.');
    this.#retiring = false;
    const { database: source = `sqlite:${options.dataDir}/palestra.sqlite` } = options;
    const database = await openDatabase({
      ...(typeof source === 'string' ? { url: source } : source),
      ...(options.tablePrefix !== undefined && { tablePrefix: options.tablePrefix }),
      ...(options.intercept && { intercept: options.intercept }),
      ...(tracing && { trace: (system) => tracing.statements(system) }),
    });
    try {
      keys.poll();
      await this.#serveOn(metrics?.counting(database) ?? database);
      requests.timeouts.start();
    } catch (error) {
      keys.close();
      await database.close();
      throw error;
    }
  }

  retire(delayMs = 0): void {
    this.#retiring = true;
    if (delayMs === 0) this.#running?.plugins.retire();
    else setTimeout(() => this.#running?.plugins.retire(), delayMs).unref();
  }

  /** The database has the last second. */
  async stop(withinMs = 13_000): Promise<void> {
    await this.#pausing?.catch(() => undefined);
    const stopping = this.#running;
    this.#running = undefined;
    this.#serving = undefined;
    if (!stopping) return;
    this.#host.requests.timeouts.stop();
    await stopping.plugins.stop(withinMs - Math.min(1_000, withinMs / 2));
    this.#host.keys.close();
    await stopping.database.close();
  }

  async health(): Promise<Health> {
    if (!this.#running) return { ready: false, plugins: new Map() };
    const [answers, plugins] = await Promise.all([this.#running.database.ping(), this.#running.plugins.states()]);
    const serves = answers && !this.#retiring && this.#serving !== undefined;
    return { ready: serves && ![...plugins.values()].includes('not ready'), plugins };
  }

  /** For a restore, which is itself one of the requests in flight: nothing else uses the database while `work` does. */
  #pause(work: () => Promise<void>): Promise<void> {
    const { database, plugins } = this.running;
    const { requests, options } = this.#host;
    this.#pausing = (async () => {
      this.#serving = undefined;
      plugins.retire();
      if (!(await requests.inFlight.atMost(1, pauseMs))) {
        options.log.warn('Some requests do not end; the restore goes on without them.');
      }
      await plugins.stop();
      try {
        await work();
      } finally {
        await this.#serveOn(database);
      }
    })();
    return this.#pausing;
  }

  async #serveOn(database: Database): Promise<void> {
    const { plugins, serving, later } = await boot({
      ...this.#host,
      database,
      pause: (work) => this.#pause(work),
    });
    this.#running = { database, plugins };
    this.#serving = serving;
    const { options } = this.#host;
    if (options.warmUp ?? options.background ?? true) {
      const ended = () => this.#serving !== serving;
      void warmUp({ later, textIndexes: plugins.textIndexes, ended, log: options.log });
    }
  }
}
