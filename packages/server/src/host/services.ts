import { pino } from 'pino';
import { base } from '../contract/base.generated.js';
import { compose } from '../contract/compose.js';
import { createAddressOf } from '../http/client-address.js';
import { createCors } from '../http/cors.js';
import { InFlightRequests } from '../http/in-flight.js';
import { createKeyStore } from '../keys/index.js';
import { createMetrics } from '../metrics/index.js';
import { createHandlerTimeouts } from '../steps/time-limit.js';
import { configurePlugins } from './configuration.js';
import type { HostServices } from './host.js';
import type { PalestraOptions } from './options.js';
import { createHostParts } from './parts.js';
import { operationLimits } from './rate-limits.js';
import { orderPlugins } from './registry.js';

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
