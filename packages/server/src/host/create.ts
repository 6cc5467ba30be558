/**
 * The host: composes the plugins into one document, and that document into a Koa middleware. It never listens,
 * never traps a signal, and calls `next()` for paths that are not its own.
 */
import { catalogue } from '@palestra/core';
import { auditService } from '../audit/types.js';
import { operationsOf } from '../contract/operations.js';
import { RouteTable } from '../contract/route.js';
import { migrationSetsOf } from '../database/migration-set.js';
import { type PluginVariable, variablesOf } from '../environment/plugin-variables.js';
import { createAnswers, createMiddleware, type FrontOptions } from '../http/middleware.js';
import { mountedAt, prefixOf } from '../http/mount.js';
import type { PageOptions } from '../http/pages.js';
import { createMetricsPage } from '../metrics/page.js';
import type { HostServices } from './host.js';
import { Lifecycle } from './lifecycle.js';
import type { Palestra, PalestraOptions } from './options.js';
import { createHostServices, orderedPlugins } from './services.js';

/** @throws Error for plugins that do not fit together, naming both ends, and for options that are not valid */
export function createPalestra(options: PalestraOptions): Palestra {
  const host = createHostServices(options);
  const plugins = host.plugins.all;
  const lifecycle = new Lifecycle(host);
  return {
    ...createFront(host, lifecycle),
    start: () => lifecycle.start(),
    retire: (delayMs) => lifecycle.retire(delayMs),
    stop: (withinMs) => lifecycle.stop(withinMs),
    health: () => lifecycle.health(),
    ready: async () => (await lifecycle.health()).ready,
    openapi: host.contract.published,
    variables: () => plugins.flatMap(variablesOf),
    errors: () => [catalogue, ...plugins.map(({ errors = {} }) => errors)].flatMap((facts) => Object.values(facts)),
    migrations: () => migrationSetsOf(plugins),
    service: (ref) => lifecycle.running.plugins.service(ref),
    audit: () => lifecycle.running.plugins.service(auditService).reader,
    database: () => lifecycle.running.database,
  };
}

/** What `Palestra.variables` answers, without the rest of a host. @throws Error for plugins that do not fit together */
export function variablesWith({ plugins }: Pick<PalestraOptions, 'plugins'>): PluginVariable[] {
  return orderedPlugins({ plugins }).all.flatMap(variablesOf);
}

/** What answers operations, by themselves and as a middleware that answers pages too. */
function createFront(host: HostServices, lifecycle: Lifecycle): Pick<Palestra, 'answerTo' | 'middleware'> {
  const { options, contract, requests } = host;
  const routes = new RouteTable<string>();
  for (const { id, method, path } of operationsOf(contract.document)) routes.add(method, path, id);
  const { prefix } = options;
  const front: FrontOptions = {
    routes,
    serving: () => lifecycle.serving,
    pages: options.pages === false ? undefined : pagesOf(host, lifecycle),
    cors: requests.cors,
    log: options.log,
  };
  const answerTo = createAnswers(front);
  return {
    answerTo: (ctx) => (prefix === undefined ? answerTo(ctx) : undefined),
    middleware() {
      const middleware = createMiddleware(answerTo, front);
      return prefix === undefined ? middleware : mountedAt(prefix, middleware);
    },
  };
}

function pagesOf({ options, contract, telemetry }: HostServices, lifecycle: Lifecycle): PageOptions {
  const { metrics } = telemetry;
  const access = typeof options.metrics === 'object' ? options.metrics : {};
  return {
    document: contract.published,
    serverUrl: (ctx) => options.publicUrl ?? prefixOf(ctx),
    health: () => lifecycle.health(),
    metrics: metrics && createMetricsPage(metrics, access),
  };
}
