/**
 * The host: composes the plugins into one document, and that document into a Koa middleware. It never listens,
 * never traps a signal, and calls `next()` for paths it does not own.
 */
import type { OpenApiDocument, ServiceRef } from '@palestra/core';
import type { Knex } from 'knex';
import type { Context, Middleware } from 'koa';
import { type Logger, pino } from 'pino';
import { type AuditReader, createAudit } from './audit/index.js';
import { createBackup } from './backup/index.js';
import { boot } from './boot.js';
import { createAddressOf } from './client-address.js';
import { configurePlugins } from './config.js';
import { base } from './contract/base.generated.js';
import { compose } from './contract/compose.js';
import { operationsOf } from './contract/operations.js';
import { RouteTable } from './contract/route.js';
import { type CorsOptions, createCors } from './cors.js';
import { type Database, type Intercept, type MigrationSet, openDatabase } from './database/index.js';
import { createEvents } from './events/index.js';
import { createIdempotency } from './idempotency/index.js';
import { createIdentity, type FirstAccount, type HostScheme } from './identity/index.js';
import { createKeyStore } from './keys/index.js';
import { createManagement } from './management/index.js';
import { createMetrics } from './metrics/index.js';
import { createMetricsPage, type MetricsOptions } from './metrics/page.js';
import { createMiddleware } from './middleware.js';
import { mountedAt, prefixOf } from './mount.js';
import type { AnyPlugin, Clock } from './plugin.js';
import { orderPlugins } from './plugin-registry.js';
import type { PluginState, RunningPlugins } from './plugin-set-up.js';
import { createRateLimits } from './rate-limit/index.js';
import type { CompiledOperation, Identify } from './steps/exchange.js';
import { Patience } from './steps/in-time.js';
import { Traffic } from './traffic.js';

export interface PalestraOptions {
  /** The domain plugins; identity comes with the host. */
  readonly plugins: readonly AnyPlugin[];
  /** Configuration by plugin name. */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * `sqlite:<file>` or `mysql://user:password@host:port/db`, or the knex of the app around; `docs/embedding.md` says
   * what then holds. `sqlite:<dataDir>/palestra.sqlite` unless told.
   */
  readonly database?: string | { readonly knex: Knex };
  /** Where SQLite and the keys live unless told otherwise; `./data`. */
  readonly dataDir?: string;
  /** A mounted secret where several instances share the keys; `<dataDir>/keys`. */
  readonly keysDir?: string;
  /** First start only. */
  readonly dba?: { readonly username?: string | undefined; readonly password?: string | undefined };
  /** Called by the one instance that made the first account, once in the life of the database. */
  readonly onFirstAccount?: (account: FirstAccount) => void;
  /** Who calls, where the app around knows: its session, its accounts. Without one, tokens of ours say it. */
  readonly identify?: Identify;
  /** Credential schemes of the app around, beside Bearer: `Authorization: <name> <value>`. */
  readonly schemes?: readonly HostScheme[];
  /** `/backend`, where the app around does not take its prefix off the path itself. */
  readonly prefix?: string;
  /** Where clients reach this, if a proxy changes the path: `https://club.example/backend`. For the document. */
  readonly publicUrl?: string;
  /** Plugins that may fail at boot: their operations then answer 503, and the rest goes on. */
  readonly degrade?: readonly string[];
  /** Let plugins do what they do unasked; true unless told. Commands beside a running server have it off. */
  readonly background?: boolean;
  /** Limit how often passwords and the like are tried; true unless told. */
  readonly rateLimit?: boolean;
  /** Proxies whose `X-Forwarded-For` is believed, by address or network: `10.0.0.0/8`. */
  readonly trustProxy?: readonly string[];
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Serve `/livez`, `/readyz`, `/openapi.json` and `/docs` too; true unless told. */
  readonly pages?: boolean;
  /**
   * Serve `/metrics` among the pages, to anybody or to those with a secret; on unless `NODE_ENV` is `production`.
   */
  readonly metrics?: boolean | MetricsOptions;
  /** Which other origins' browsers may call; none unless told. */
  readonly cors?: CorsOptions;
  /** Stands around every SQL statement; for fault tests. */
  readonly intercept?: Intercept;
  /** Hold every answer against the contract and fail those that differ; for tests. */
  readonly checkAnswers?: boolean;
}

export interface Palestra {
  /** Answers what the document describes; everything else goes on to the next middleware. */
  middleware(): Middleware;
  /** Opens and migrates the database, makes keys at the first start, sets plugins up. */
  start(): Promise<void>;
  /** Stops plugins in reverse order and closes the database; requests are answered 503 meanwhile. */
  stop(): Promise<void>;
  /** The composed OpenAPI 3.1 document. */
  openapi(): OpenApiDocument;
  /** What the plugins would have of the database, in order. */
  migrations(): readonly MigrationSet[];
  /** Whether every part can answer that may not be missing: what `/readyz` says. */
  ready(): Promise<boolean>;
  /** The same, plugin by plugin. */
  health(): Promise<Health>;
  /** Reads and verifies the audit, once started. */
  readonly audit: AuditReader;
  /** What a plugin provides, once started: for commands, and for the app around. */
  service<Service>(ref: ServiceRef<Service>): Service;
  /** The database, once started: for commands and tests beside the API. */
  database(): Database;
}

export interface Health {
  readonly ready: boolean;
  readonly plugins: ReadonlyMap<string, PluginState>;
}

interface Running {
  readonly database: Database;
  readonly plugins: RunningPlugins;
}

/** Milliseconds that requests under way get before a restore goes on without them. */
const pauseMs = 10_000;

/** @throws Error at once for plugins that do not fit together, naming both ends */
export function createPalestra(options: PalestraOptions): Palestra {
  const log = options.log ?? pino({ level: 'info' });
  const clock = options.clock ?? { now: Date.now };
  const dataDir = options.dataDir ?? './data';
  const keys = createKeyStore({ directory: options.keysDir ?? `${dataDir}/keys`, clock });
  const rateLimits = createRateLimits({ on: options.rateLimit ?? true });
  const identity = createIdentity({
    keys,
    limiter: rateLimits.limiter,
    ...(options.schemes && { schemes: options.schemes }),
    ...(options.dba && { dba: options.dba }),
    ...(options.onFirstAccount && { onFirstAccount: options.onFirstAccount }),
  });
  const audit = createAudit();
  const management = createManagement(audit.reader);
  const addressOf = createAddressOf(options.trustProxy);
  const idempotency = createIdempotency();
  const events = createEvents();
  const backup = createBackup({ folder: `${dataDir}/backups`, keys, plugins: () => plugins, pause });
  const plugins: AnyPlugin[] = orderPlugins([
    audit.plugin,
    rateLimits.plugin,
    identity.plugin,
    management.plugin,
    backup,
    idempotency.plugin,
    ...options.plugins,
    events.plugin,
  ]);
  const configs = configurePlugins(plugins, options.config ?? {});
  const degrade = degradable(options);
  const document = compose(base, plugins);
  const described = operationsOf(document);
  const migrations = plugins.map(({ name, migrations: list = [] }) => ({ plugin: name, migrations: list }));
  const routes = new RouteTable<string>();
  for (const { id, method, path } of described) routes.add(method, path, id);
  const operations = new Map<string, CompiledOperation>();
  const patience = new Patience();
  const traffic = new Traffic();
  const { metrics: measured = process.env.NODE_ENV !== 'production' } = options;
  const metrics = measured === false ? undefined : createMetrics(traffic);
  const metricsPage = metrics && createMetricsPage(metrics, typeof measured === 'object' ? measured : {});
  const cors = options.cors && createCors(options.cors);
  let pausing: Promise<void> | undefined;
  let running: Running | undefined;

  async function start(): Promise<void> {
    if (running) throw new Error('This host has been started already.');
    const { database: source = `sqlite:${dataDir}/palestra.sqlite` } = options;
    const database = await openDatabase({
      ...(typeof source === 'string' ? { url: source } : source),
      ...(options.intercept && { intercept: options.intercept }),
    });
    try {
      await serveOn(metrics?.counting(database) ?? database);
      patience.start();
    } catch (error) {
      keys.close();
      await database.close();
      throw error;
    }
  }

  async function serveOn(database: Database): Promise<void> {
    const booted = await boot({
      plugins,
      document,
      configs,
      database,
      events,
      audit: audit.writer,
      collections: management.collections,
      keys,
      degrade,
      checkAnswers: options.checkAnswers ?? false,
      background: options.background ?? true,
      log,
      clock,
    });
    for (const [id, operation] of booted.operations) operations.set(id, operation);
    running = { database, plugins: booted.plugins };
  }

  /** For a restore, itself one of the requests under way: nothing else uses the database while `work` does. */
  function pause(work: () => Promise<void>): Promise<void> {
    const paused = running;
    if (!paused) throw new Error('Start the host first.');
    pausing = (async () => {
      operations.clear();
      if (!(await traffic.atMost(1, pauseMs))) log.warn('Requests that do not end are not waited for any longer.');
      await paused.plugins.stop();
      try {
        await work();
      } finally {
        await serveOn(paused.database);
      }
    })();
    return pausing;
  }

  async function stop(): Promise<void> {
    await pausing?.catch(() => undefined);
    const stopping = running;
    running = undefined;
    operations.clear();
    if (!stopping) return;
    patience.stop();
    await stopping.plugins.stop();
    keys.close();
    await stopping.database.close();
  }

  async function health(): Promise<Health> {
    if (!running) return { ready: false, plugins: new Map() };
    const [answers, states] = await Promise.all([running.database.ping(), running.plugins.states()]);
    return { ready: answers && operations.size > 0 && ![...states.values()].includes('not ready'), plugins: states };
  }

  function middleware(): Middleware {
    const served = createMiddleware({
      routes,
      operations,
      services: {
        authenticator: identity.authenticator,
        identify: options.identify,
        hostAccounts: identity.hostAccounts,
        unsealer: identity.unsealer,
        idempotency: idempotency.keeper,
        limiter: rateLimits.limiter,
        addressOf,
        patience,
        traffic,
        times: metrics?.times,
        log,
        clock,
      },
      pages: options.pages === false ? undefined : { document: servedAt, health, metrics: metricsPage },
      cors,
    });
    return options.prefix === undefined ? served : mountedAt(options.prefix, served);
  }

  /** `/docs` calls where the page came from, whatever stood before its path. */
  function servedAt(ctx: Context): OpenApiDocument {
    const url = options.publicUrl ?? prefixOf(ctx);
    return url === '' ? document : ({ ...document, servers: [{ url }] } as OpenApiDocument);
  }

  return {
    middleware,
    start,
    stop,
    health,
    ready: async () => (await health()).ready,
    openapi: () => document,
    migrations: () => migrations,
    service(ref) {
      if (!running) throw new Error('Start the host first.');
      return running.plugins.service(ref);
    },
    audit: audit.reader,
    database: () => {
      if (!running) throw new Error('Start the host first.');
      return running.database;
    },
  };
}

/** @throws Error for a name that no plugin of the options has; the host's own parts cannot be missing */
function degradable({ degrade = [], plugins }: PalestraOptions): ReadonlySet<string> {
  const stranger = degrade.find((name) => !plugins.some((plugin) => plugin.name === name));
  if (stranger !== undefined) throw new Error(`There is no plugin ${stranger} to degrade.`);
  return new Set(degrade);
}
