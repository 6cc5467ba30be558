/** `/docs`: the page that shows the document and tries it, and its files; nothing is loaded from another host. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Context } from 'koa';
import { packageFolder } from '../package-folder.js';

/** A body in memory, and what a cache knows it by. */
export interface Cacheable {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'docs.css': 'text/css; charset=utf-8',
  'docs.js': 'text/javascript; charset=utf-8',
};

/** Swagger UI sets inline styles; scripts, pictures and requests stay with this origin. */
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
<link rel="stylesheet" href="docs/docs.css">
</head>
<body>
<header class="session" id="session"></header>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/docs.js"></script>
</body>
</html>
`;

export function sendDocsPage(ctx: Context): void {
  ctx.set('content-security-policy', contentSecurityPolicy);
  ctx.type = 'html';
  ctx.body = page;
}

/** One file of the page, from memory, so that a response that is never read keeps no file open. */
export function sendDocsAsset(ctx: Context, name: string): void {
  const asset = assetNamed(name);
  if (asset) sendCached(ctx, asset, 'public, max-age=3600');
}

/** 304 where the client has it already (RFC 9110 section 13.1.2). */
export function sendCached(ctx: Context, { type, body, etag }: Cacheable, cacheControl: string): void {
  ctx.set('cache-control', cacheControl);
  ctx.set('etag', etag);
  ctx.status = 200;
  if (names(ctx.req.headers['if-none-match'], etag)) {
    ctx.status = 304;
    return;
  }
  ctx.set('content-type', type);
  ctx.body = body;
}

/** Weak comparison, whatever `Cache-Control` the request has: `fetch` adds one to every conditional request. */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));
}

export function cacheable(type: string, body: Buffer): Cacheable {
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

const loaded = new Map<string, Cacheable>();

function assetNamed(name: string): Cacheable | undefined {
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (type === undefined) return undefined;
  const asset = loaded.get(name) ?? cacheable(type, readAsset(name));
  loaded.set(name, asset);
  return asset;
}

/** Made by `npm run build` and packed with the server. */
function readAsset(name: string): Buffer {
  return readFileSync(new URL(`assets/${name}`, packageFolder()));
}
