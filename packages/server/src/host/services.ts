/** Builds the services of a host in the order of need, before anything opens. */
import { pino } from 'pino';
import { audit } from '../audit/index.js';
import { createBackup } from '../backup/index.js';
import { documentOf, publishedOf } from '../contract/shared-document.js';
import { type MigrationSet, migrationSetsOf } from '../database/migration-set.js';
import { eventDelivery, events } from '../events/index.js';
import { createAddressOf } from '../http/client-address.js';
import { createCors } from '../http/cors.js';
import { InFlightRequests } from '../http/in-flight.js';
import { idempotency } from '../idempotency/index.js';
import { createIdentity } from '../identity/index.js';
import { dataImport } from '../import/index.js';
import { createInstances } from '../instances/index.js';
import { createKeyStore } from '../keys/index.js';
import { createMail } from '../mail/index.js';
import { management } from '../management/index.js';
import { createMetrics, type Metrics } from '../metrics/index.js';
import { metricsOfWorkers } from '../metrics/workers.js';
import { personalData } from '../personal-data/index.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { createRateLimit } from '../rate-limit/index.js';
import { recovery } from '../recovery/index.js';
import { sessions } from '../sessions/index.js';
import { createRequestTimeouts } from '../steps/time-limit.js';
import { openTracing, type Tracing } from '../tracing/index.js';
import { configurePlugins } from './configuration.js';
import type { HostPlugins, HostServices, ResolvedOptions } from './host.js';
import type { PalestraOptions } from './options.js';
import { operationLimits } from './rate-limits.js';
import { orderPlugins } from './registry.js';

const defaultDataDir = './data';

/** @throws Error for plugins that do not fit together, naming both ends, and for configuration that is not valid */
export function createHostServices(options: PalestraOptions): HostServices {
  const tracing = openTracing();
  const resolved = resolveOptions(options, tracing);
  const { dataDir, clock, publicUrl, config = {}, environment = {} } = resolved;
  const { all, parts } = orderedPlugins(options);
  const inFlight = new InFlightRequests();
  const document = documentOf(all);
  return {
    options: resolved,
    keys: createKeyStore({
      directory: options.keysDir ?? `${dataDir}/keys`,
      clock,
      onError: (err) => resolved.log.warn({ err }, 'Changes of the key files could not be read.'),
    }),
    plugins: {
      all,
      parts,
      degradable: degradablePlugins(options),
      configs: configurePlugins(all, { config, environment, publicUrl }),
    },
    contract: { document, published: () => publishedOf(document), rateLimits: operationLimits(all) },
    requests: {
      inFlight,
      timeouts: createRequestTimeouts(),
      addressOf: createAddressOf(options.trustProxy),
      cors: options.cors && createCors(options.cors),
    },
    telemetry: { tracing, metrics: metricsAreOn(options) ? metricsOf(options, inFlight) : undefined },
  };
}

function resolveOptions(options: PalestraOptions, tracing: Tracing | undefined): ResolvedOptions {
  const { dataDir = defaultDataDir, log = pino({ level: 'info' }), clock = { now: Date.now }, publicUrl } = options;
  return {
    ...options,
    dataDir,
    log: tracing?.logWithIds(log) ?? log,
    clock,
    ...(publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/$/, '') }),
  };
}

/** @throws Error for plugins that do not fit together, naming both ends */
export function orderedPlugins(options: PalestraOptions): Pick<HostPlugins, 'all' | 'parts'> {
  const all: AnyPlugin[] = [];
  const { first, last } = createHostParts(options, () => migrationSetsOf(all));
  all.push(...orderPlugins([...first, ...options.plugins, ...last]));
  return { all, parts: new Set([...first, ...last]) };
}

function metricsOf({ siblings }: PalestraOptions, inFlight: InFlightRequests): Metrics {
  const metrics = createMetrics(inFlight);
  return siblings ? metricsOfWorkers(metrics, siblings) : metrics;
}

function metricsAreOn({ metrics = process.env.NODE_ENV !== 'production' }: PalestraOptions): boolean {
  return metrics !== false;
}

/** @throws Error for a name that no plugin of the options has; the host's own parts are always needed */
function degradablePlugins({ degrade = [], plugins }: PalestraOptions): ReadonlySet<string> {
  const unknown = degrade.find((name) => !plugins.some((plugin) => plugin.name === name));
  if (unknown !== undefined) throw new Error(`There is no plugin ${unknown} to degrade.`);
  return new Set(degrade);
}

interface HostParts {
  /** Set up before the app's plugins. */
  readonly first: readonly AnyPlugin[];
  /** Set up after them: started when every subscriber has, and stopped before any. */
  readonly last: readonly AnyPlugin[];
}

/** The parts that every host has, as plugins; `orderPlugins` moves each behind those whose services it needs. */
function createHostParts(options: PalestraOptions, sets: () => readonly MigrationSet[]): HostParts {
  const { dataDir = defaultDataDir, rateLimit = true, schemes, dba, onFirstAccount, siblings, passwordCost } = options;
  const identity = createIdentity({
    ...(schemes && { schemes }),
    ...(dba && { dba }),
    ...(onFirstAccount && { onFirstAccount }),
    ...(siblings && { siblings }),
    ...(passwordCost && { passwordCost }),
  });
  const mail = createMail(options.mailer);
  const backup = createBackup({ folder: `${dataDir}/backups` });
  return {
    first: [
      createInstances(sets),
      audit,
      events,
      createRateLimit({ on: rateLimit }),
      mail,
      identity,
      recovery,
      sessions,
      personalData,
      management,
      backup,
      idempotency,
      dataImport,
    ],
    last: [eventDelivery],
  };
}
