/** What operators and readers open: health, the document, and a page to read and try it; nothing loaded from elsewhere. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Router from '@koa/router';
import type { OpenApiDocument } from '@palestra/core';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { type MetricsPage, metricsMediaType } from '../metrics/page.js';
import type { Health } from '../plugin/health.js';
import { fail } from '../steps/failures.js';
import { requestIdOf } from '../steps/request-id.js';

export interface PageOptions {
  document(ctx: Context): OpenApiDocument;
  health(): Promise<Health>;
  /** Undefined where it is switched off. */
  readonly metrics: MetricsPage | undefined;
}

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Swagger UI sets inline styles; scripts, pictures and calls stay with this origin. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Palestra API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const startScript = `SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
});
`;

export function createPages({ document, health, metrics, log }: PageOptions & { readonly log: Logger }): Middleware {
  const router = new Router();
  router.use((ctx, next) => {
    setHeaders(ctx);
    return next();
  });
  router.get('/readyz', async (ctx) => {
    const { ready, plugins } = await health();
    ctx.status = ready ? 200 : 503;
    ctx.body = [ready ? 'ok' : 'not ready', ...exceptions(plugins)].join('\n');
  });
  if (metrics) router.get('/metrics', (ctx) => sendMetrics(ctx as unknown as Context, metrics, log));
  router.get('/openapi.json', (ctx) => {
    ctx.body = document(ctx as unknown as Context);
  });
  router.get('/docs', (ctx) => {
    ctx.set('content-security-policy', contentSecurityPolicy);
    ctx.type = 'html';
    ctx.body = page;
  });
  router.get('/docs/start.js', (ctx) => {
    ctx.type = 'text/javascript';
    ctx.body = startScript;
  });
  router.get('/docs/:asset', (ctx, next) => sendAsset(ctx as unknown as Context, ctx.params.asset ?? '', next));
  const routes = router.routes() as unknown as Middleware;
  return (ctx, next) => (isLiveness(ctx) ? live(ctx) : routes(ctx, next));
}

async function sendMetrics(ctx: Context, metrics: MetricsPage, log: Logger): Promise<void> {
  try {
    ctx.body = await metrics.text(ctx.req.headers.authorization);
    ctx.res.setHeader('content-type', metricsMediaType);
    ctx.res.setHeader('cache-control', 'no-store');
  } catch (error) {
    fail(ctx, error, { family: 'resource' }, requestIdOf(ctx.req), log);
  }
}

/** On our own answers only: other paths are the embedding app's. */
function setHeaders({ req, res }: Pick<Context, 'req' | 'res'>): void {
  res.setHeader('x-request-id', requestIdOf(req));
  res.setHeader('x-content-type-options', 'nosniff');
}

/** Asked every few seconds by whoever watches, so it passes the router by. */
function isLiveness({ path, method }: Context): boolean {
  return path === '/livez' && (method === 'GET' || method === 'HEAD');
}

function live(ctx: Context): void {
  setHeaders(ctx);
  ctx.res.setHeader('content-type', 'text/plain; charset=utf-8');
  ctx.body = 'ok';
}

/** One a line, such as `equipment: degraded`. */
function exceptions(plugins: Health['plugins']): string[] {
  return [...plugins].filter(([, state]) => state !== 'ready').map(([name, state]) => `${name}: ${state}`);
}

function sendAsset(ctx: Context, name: string, next: () => Promise<unknown>): Promise<unknown> | undefined {
  const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (type === undefined) return next();
  ctx.set('content-type', type);
  ctx.set('cache-control', 'public, max-age=86400');
  ctx.body = createReadStream(join(assetFolder(), name));
  return undefined;
}

function assetFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
