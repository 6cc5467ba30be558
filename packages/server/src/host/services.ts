/** What a host is made of: built once, in the order of need, before anything opens. */
import type { Clock, OpenApiDocument } from '@palestra/core';
import { type Logger, pino } from 'pino';
import type { Deadlines } from '../async/deadlines.js';
import { base } from '../contract/base.generated.js';
import { compose } from '../contract/compose.js';
import type { Database } from '../database/types.js';
import { type AddressOf, createAddressOf } from '../http/client-address.js';
import { type Cors, createCors } from '../http/cors.js';
import { InFlightRequests } from '../http/in-flight.js';
import { createKeyStore } from '../keys/index.js';
import type { KeyStore } from '../keys/types.js';
import { createMetrics, type Metrics } from '../metrics/index.js';
import type { Pause } from '../plugin/host-part.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { Exchange, OperationLimits } from '../steps/exchange.js';
import { createHandlerTimeouts } from '../steps/time-limit.js';
import { configurePlugins } from './configuration.js';
import type { PalestraOptions } from './options.js';
import { createHostParts } from './parts.js';
import { operationLimits } from './rate-limits.js';
import { orderPlugins } from './registry.js';

export interface HostServices {
  /** As the app gave them; where one has a default, the resolved value is beside it here. */
  readonly options: PalestraOptions;
  readonly dataDir: string;
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  readonly keys: KeyStore;
  /** The host's parts and the app's plugins, in the order of their needs. */
  readonly plugins: readonly AnyPlugin[];
  /** Which of them are the host's own. */
  readonly parts: ReadonlySet<AnyPlugin>;
  /** Names of plugins that may fail. */
  readonly degradable: ReadonlySet<string>;
  /** By plugin name, validated, with defaults. */
  readonly configs: ReadonlyMap<string, unknown>;
  readonly document: OpenApiDocument;
  /** Of the operations that name one, by `operationId`. */
  readonly rateLimits: ReadonlyMap<string, OperationLimits>;
  readonly inFlight: InFlightRequests;
  readonly handlerTimeouts: Deadlines<Exchange>;
  readonly addressOf: AddressOf;
  /** Undefined where no other origin may call. */
  readonly cors: Cors | undefined;
  /** Undefined where they are switched off. */
  readonly metrics: Metrics | undefined;
}

/** The same once the database is open. */
export interface OpenHost extends HostServices {
  readonly database: Database;
  readonly pause: Pause;
}

/** @throws Error for plugins that do not fit together, naming both ends, and for configuration that is not valid */
export function createHostServices(options: PalestraOptions): HostServices {
  const { dataDir = './data', log = pino({ level: 'info' }), clock = { now: Date.now } } = options;
  const { config = {}, environment = {} } = options;
  const publicUrl = options.publicUrl?.replace(/\/$/, '');
  const { first, last } = createHostParts(options, dataDir);
  const plugins = orderPlugins([...first, ...options.plugins, ...last]);
  const inFlight = new InFlightRequests();
  return {
    options,
    dataDir,
    publicUrl,
    log,
    clock,
    keys: createKeyStore({ directory: options.keysDir ?? `${dataDir}/keys`, clock }),
    plugins,
    parts: new Set([...first, ...last]),
    degradable: degradablePlugins(options),
    configs: configurePlugins(plugins, { config, environment, publicUrl }),
    document: compose(base, plugins),
    rateLimits: operationLimits(plugins),
    inFlight,
    handlerTimeouts: createHandlerTimeouts(),
    addressOf: createAddressOf(options.trustProxy),
    cors: options.cors && createCors(options.cors),
    metrics: metricsAreOn(options) ? createMetrics(inFlight) : undefined,
  };
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
