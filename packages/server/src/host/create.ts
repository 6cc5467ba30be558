/**
 * The host: composes the plugins into one document, and that document into a Koa middleware. It never listens,
 * never traps a signal, and calls `next()` for paths it does not own.
 */
import type { OpenApiDocument } from '@palestra/core';
import type { Context, Middleware } from 'koa';
import { base } from '../contract/base.generated.js';
import { compose } from '../contract/compose.js';
import { operationsOf } from '../contract/operations.js';
import { RouteTable } from '../contract/route.js';
import { variablesOf } from '../environment/plugin-variables.js';
import { createAddressOf } from '../http/client-address.js';
import { createCors } from '../http/cors.js';
import { InFlightRequests } from '../http/in-flight.js';
import { createMiddleware } from '../http/middleware.js';
import { mountedAt, prefixOf } from '../http/mount.js';
import { createMetrics } from '../metrics/index.js';
import { createMetricsPage } from '../metrics/page.js';
import type { StepServices } from '../steps/exchange.js';
import { createHandlerTimeouts } from '../steps/time-limit.js';
import { configurePlugins } from './configuration.js';
import { Lifecycle } from './lifecycle.js';
import type { Palestra, PalestraOptions } from './options.js';
import { createParts } from './services.js';

/** @throws Error at once for plugins that do not fit together, naming both ends */
export function createPalestra(options: PalestraOptions): Palestra {
  const parts = createParts(options, (work) => lifecycle.pause(work));
  const { plugins, audit } = parts;
  const document = compose(base, plugins);
  const handlerTimeouts = createHandlerTimeouts();
  const inFlight = new InFlightRequests();
  const { metrics: measured = process.env.NODE_ENV !== 'production' } = options;
  const metrics = measured === false ? undefined : createMetrics(inFlight);
  const { config = {}, environment = {} } = options;
  const publicUrl = options.publicUrl?.replace(/\/$/, '');
  const configs = configurePlugins(plugins, { config, environment, publicUrl });
  const boot = { document, configs, degrade: degradable(options) };
  // Made here, so that a wrong option is refused before anything opens.
  const cors = options.cors && createCors(options.cors);
  const addressOf = createAddressOf(options.trustProxy);
  const lifecycle: Lifecycle = new Lifecycle({ options, parts, boot, inFlight, handlerTimeouts, metrics });

  function middleware(): Middleware {
    const routes = new RouteTable<string>();
    for (const { id, method, path } of operationsOf(document)) routes.add(method, path, id);
    const metricsPage = metrics && createMetricsPage(metrics, typeof measured === 'object' ? measured : {});
    const served = createMiddleware({
      routes,
      operations: lifecycle.operations,
      services: services(),
      pages: options.pages === false ? undefined : { document: servedAt, health, metrics: metricsPage },
      cors,
    });
    return options.prefix === undefined ? served : mountedAt(options.prefix, served);
  }

  function services(): StepServices {
    const { identity, idempotency, rateLimits, log, clock } = parts;
    return {
      authenticator: identity.authenticator,
      identify: options.identify,
      hostAccounts: identity.hostAccounts,
      unsealer: identity.unsealer,
      idempotency: idempotency.keeper,
      limiter: rateLimits.limiter,
      addressOf,
      handlerTimeouts,
      inFlight,
      times: metrics?.times,
      log,
      clock,
    };
  }

  /** `/docs` calls where the page came from, whatever stood before its path. */
  function servedAt(ctx: Context): OpenApiDocument {
    const url = publicUrl ?? prefixOf(ctx);
    return url === '' ? document : ({ ...document, servers: [{ url }] } as OpenApiDocument);
  }

  const health = () => lifecycle.health();
  return {
    middleware,
    start: () => lifecycle.start(),
    retire: () => lifecycle.retire(),
    stop: () => lifecycle.stop(),
    health,
    ready: async () => (await health()).ready,
    openapi: () => document,
    variables: () => plugins.flatMap(variablesOf),
    migrations: () => plugins.map(({ name, migrations = [] }) => ({ plugin: name, migrations })),
    service: (ref) => lifecycle.running.plugins.service(ref),
    audit: audit.reader,
    database: () => lifecycle.running.database,
  };
}

/** @throws Error for a name that no plugin of the options has; the host's own parts cannot be missing */
function degradable({ degrade = [], plugins }: PalestraOptions): ReadonlySet<string> {
  const stranger = degrade.find((name) => !plugins.some((plugin) => plugin.name === name));
  if (stranger !== undefined) throw new Error(`There is no plugin ${stranger} to degrade.`);
  return new Set(degrade);
}
