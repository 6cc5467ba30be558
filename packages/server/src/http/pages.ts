/** Pages beside the API: health, metrics, the OpenAPI document and its docs; nothing is loaded from other origins. */
import { createRequire } from 'node:module';
import type { OpenApiDocument } from '@palestra/core';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { once } from '../async/once.js';
import { type MetricsPage, metricsMediaType } from '../metrics/page.js';
import type { Health } from '../plugin/health.js';
import { fail } from '../steps/failures.js';
import type { HttpContext } from '../steps/http-context.js';
import { requestIdOf } from '../steps/request-id.js';
import { type Cacheable, cacheable, sendCached, sendDocsAsset, sendDocsPage } from './docs-page.js';

export interface PageOptions {
  document(): OpenApiDocument;
  /** Where the caller of `ctx` reaches the operations: `/backend`, an absolute URL, or empty at the root. */
  serverUrl(ctx: Context): string;
  health(): Promise<Health>;
  /** Undefined where it is switched off. */
  readonly metrics: MetricsPage | undefined;
}

interface Options extends PageOptions {
  readonly log: Logger;
}

export function createPages(options: Options): Middleware {
  const routes = once(() => createRoutes(options));
  return (ctx, next) => routes()(ctx, next);
}

/** The router is loaded with the first request for a page: no operation needs it. */
function createRoutes({ document, serverUrl, health, metrics, log }: Options): Middleware {
  const { Router } = createRequire(import.meta.url)('@koa/router') as typeof import('@koa/router');
  const router = new Router();
  const documents = createDocuments(document);
  router.use((ctx, next) => {
    setHeaders(ctx);
    return next();
  });
  router.get('/readyz', async (ctx) => {
    const { ready, plugins } = await health();
    ctx.status = ready ? 200 : 503;
    ctx.body = [ready ? 'ok' : 'not ready', ...exceptions(plugins)].join('\n');
  });
  if (metrics) router.get('/metrics', (ctx) => sendMetrics(ctx, metrics, log));
  router.get('/openapi.json', (ctx) => sendCached(ctx, documents(serverUrl(ctx)), 'no-cache'));
  router.get('/docs', (ctx) => sendDocsPage(ctx));
  router.get('/docs/:asset', (ctx) => sendDocsAsset(ctx, ctx.params.asset ?? ''));
  return router.routes() as unknown as Middleware;
}

async function sendMetrics(ctx: Context, metrics: MetricsPage, log: Logger): Promise<void> {
  try {
    ctx.body = await metrics.text(ctx.req.headers.authorization);
    ctx.set('content-type', metricsMediaType);
    ctx.set('cache-control', 'no-store');
  } catch (error) {
    fail(ctx, error, { family: 'resource' }, requestIdOf(ctx.req), log);
  }
}

/** On these pages only: other paths belong to the embedding app. */
function setHeaders(ctx: HttpContext): void {
  ctx.set('x-request-id', requestIdOf(ctx.req));
  ctx.set('x-content-type-options', 'nosniff');
}

/** Requested every few seconds by probes, so it is answered without the router. */
export function isLiveness({ path, method }: Pick<HttpContext, 'path' | 'method'>): boolean {
  return path === '/livez' && (method === 'GET' || method === 'HEAD');
}

export function live(ctx: HttpContext): void {
  setHeaders(ctx);
  ctx.status = 200;
  ctx.set('content-type', 'text/plain; charset=utf-8');
  ctx.body = 'ok';
}

/** One a line, such as `equipment: degraded`. */
function exceptions(plugins: Health['plugins']): string[] {
  return [...plugins].filter(([, state]) => state !== 'ready').map(([name, state]) => `${name}: ${state}`);
}

/** As many as prefixes under which a host is mounted; more than that are requests that make them up. */
const mostDocuments = 16;

/** The document by the URL of its server, serialized and hashed once: that takes 3 ms, and readers ask again and again. */
function createDocuments(published: PageOptions['document']): (url: string) => Cacheable {
  const known = new Map<string, Cacheable>();
  return (url) => {
    const document = () => JSON.stringify(url === '' ? published() : { ...published(), servers: [{ url }] });
    const made = known.get(url) ?? cacheable('application/json; charset=utf-8', Buffer.from(document()));
    if (known.size >= mostDocuments) known.clear();
    known.set(url, made);
    return made;
  };
}
