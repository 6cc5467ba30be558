/** The built app as Koa middleware: the files there were at the start and no others, under a strict policy. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import type { Middleware } from 'koa';
import { isAppPath } from '../app/paths.js';

interface StaticFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** Nothing but this origin; and a form that no script has taken over sends its password nowhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'permissions-policy': 'camera=(self), geolocation=(self), microphone=(), payment=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  // Asked for again each time, answered by 304: the service worker is what makes it fast.
  'cache-control': 'no-cache',
};

/** Every screen has an address of its own; all of them are the one page. */
export async function serveFiles(folder: string): Promise<Middleware> {
  const files = new Map<string, StaticFile>();
  for (const file of await filesBelow(folder)) files.set(`/${relative(folder, file)}`, await load(file));
  return (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    const known = files.get(isAppPath(ctx.path) ? '/index.html' : ctx.path);
    // A person who has followed a wrong link gets the app, which leads back; a program gets the status.
    const file = known ?? (ctx.get('accept').includes('text/html') ? files.get('/index.html') : undefined);
    if (!file) return next();
    ctx.set(headers);
    ctx.set('etag', file.etag);
    ctx.status = known ? 200 : 404;
    if (known && ctx.fresh) {
      ctx.status = 304;
      return;
    }
    ctx.type = file.type;
    ctx.body = file.bytes;
  };
}

async function load(file: string): Promise<StaticFile> {
  const bytes = await readFile(file);
  return {
    type: types[extname(file)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`,
    bytes,
  };
}

/** Full paths. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
