/** Metrics as Prometheus text: the process, requests, database connections, retries, and those of plugins. */
import { createRequire } from 'node:module';
import type { Registry } from 'prom-client';
import type { DatabaseHost } from '../database/mysql-hosts.js';
import type { Database, Unit } from '../database/types.js';
import type { PluginMetrics } from '../plugin/metrics.js';
import { names } from './names.js';
import { noMetrics, PluginMetricSet } from './plugin-metrics.js';
import { RequestTimes } from './request-times.js';
import { registrable } from './series.js';

const require = createRequire(import.meta.url);

/**
 * Loaded at the first scrape: it takes 65 ms, which a start need not wait for. By `require`, which tries again after a
 * load that failed; Node keeps a failed `import()` until the process ends.
 */
const promClient = (): typeof import('prom-client') => require('prom-client');

export interface Metrics {
  readonly times: RequestTimes;
  forPlugin(name: string): PluginMetrics;
  /** The same database, with its retried units counted. */
  counting(database: Database): Database;
  /** In the text format of Prometheus, version 0.0.4. */
  text(): Promise<string>;
}

interface Pool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

/** `inFlight` has the number of requests in flight. */
export function createMetrics(inFlight: { readonly count: number }): Metrics {
  const times = new RequestTimes();
  const plugins = new PluginMetricSet();
  let retries = 0;
  let pool: Pool | undefined;
  let hosts: Database['hosts'] | undefined;
  let registry: Registry | undefined;

  function createRegistry(): Registry {
    const { Counter, Gauge, Registry, collectDefaultMetrics } = promClient();
    const made = new Registry();
    collectDefaultMetrics({ register: made });
    made.registerMetric(
      registrable(requestSeconds.name, requestSeconds.help, 'histogram', () => times.samples(requestSeconds.name)),
    );
    new Gauge({
      name: names.requestsInFlight,
      help: 'Requests that are not answered yet, streams that are not sent yet.',
      registers: [made],
      collect() {
        this.set(inFlight.count);
      },
    });
    new Gauge({
      name: names.databaseConnections,
      help: 'Connections in use and free, and those that wait for one.',
      labelNames: ['state'],
      registers: [made],
      collect() {
        this.set({ state: 'used' }, pool?.numUsed() ?? 0);
        this.set({ state: 'free' }, pool?.numFree() ?? 0);
        this.set({ state: 'waiting' }, pool?.numPendingAcquires() ?? 0);
      },
    });
    registerHosts(made, () => hosts?.() ?? { list: [], moves: 0 });
    new Counter({
      name: names.unitRetries,
      help: 'Transactions begun again after a deadlock, a lock timeout or a lost connection.',
      registers: [made],
      collect() {
        this.reset();
        this.inc(retries);
      },
    });
    return made;
  }

  return {
    times,
    forPlugin: (name) => plugins.for(name),
    counting(database) {
      pool = (database.knex.client as { pool?: Pool }).pool;
      hosts = () => database.hosts();
      const unitOfWork = <Result>(work: (unit: Unit) => Promise<Result>) =>
        database.unitOfWork((unit) => {
          if (unit.attempt > 1) retries += 1;
          return work(unit);
        });
      return { ...database, unitOfWork };
    },
    async text() {
      registry ??= createRegistry();
      const current = registry;
      for (const [name, metric] of plugins.metrics) {
        if (!current.getSingleMetric(name)) current.registerMetric(metric);
      }
      return current.metrics();
    },
  };
}

/** Of a database on a server; SQLite has no host. */
function registerHosts(registry: Registry, hosts: Database['hosts']): void {
  const perHost = (name: string, help: string, holds: (host: DatabaseHost) => boolean) =>
    registrable(name, help, 'gauge', () =>
      hosts().list.map((host) => ({ metricName: name, labels: { host: host.name }, value: holds(host) ? 1 : 0 })),
    );
  const inUse = 'Whether statements go to this host of DATABASE_URL.';
  registry.registerMetric(perHost(names.databaseHost, inUse, (host) => host.inUse));
  const usable =
    'Whether this host answers, takes writes and, of a cluster, is a ready member of the primary component.';
  registry.registerMetric(perHost(names.databaseHostUsable, usable, ({ fault }) => fault === undefined));
  const failovers = 'How often the host in use has changed.';
  registry.registerMetric(
    registrable(names.databaseFailovers, failovers, 'counter', () =>
      hosts().list.length === 0 ? [] : [{ metricName: names.databaseFailovers, labels: {}, value: hosts().moves }],
    ),
  );
}

const requestSeconds = {
  name: names.requestSeconds,
  help: 'Seconds from the first byte of a request to its answer, by operation and class of status.',
};

/** The metrics of one plugin; where `metrics` are off, instruments that do nothing. */
export function metricsFor(plugin: string, metrics: Metrics | undefined): PluginMetrics {
  return metrics?.forPlugin(plugin) ?? noMetrics;
}
