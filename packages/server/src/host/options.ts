/** What an app says to the host, and what it gets. */
import type { Clock, OpenApiDocument, ServiceRef } from '@palestra/core';
import type { Knex } from 'knex';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import type { AuditReader } from '../audit/index.js';
import type { Database, Intercept, MigrationSet } from '../database/index.js';
import type { PluginVariable } from '../environment/plugin-variables.js';
import type { ProcessEnvironment } from '../environment/variable.js';
import type { CorsOptions } from '../http/cors.js';
import type { FirstAccount, HostScheme } from '../identity/index.js';
import type { MetricsOptions } from '../metrics/page.js';
import type { Health } from '../plugin/health.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { Identify } from '../steps/exchange.js';

export interface PalestraOptions {
  /** The domain plugins; identity comes with the host. */
  readonly plugins: readonly AnyPlugin[];
  /** Configuration by plugin name. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** `process.env`, for a host whose plugins' variables set their configuration too, as the command `palestra` has it. */
  readonly environment?: ProcessEnvironment;
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
  /** Goes on serving, and says by its readiness that it is about to stop. */
  retire(): void;
  /** Stops plugins in reverse order and closes the database; requests are answered 503 meanwhile. */
  stop(): Promise<void>;
  /** The composed OpenAPI 3.1 document. */
  openapi(): OpenApiDocument;
  /** The environment variables that set configuration of plugins. */
  variables(): readonly PluginVariable[];
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
