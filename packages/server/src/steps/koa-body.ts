/**
 * koa-body, loaded where an operation takes text that is not read here: it is 190 modules and 10 MB of memory. By
 * `require`, which tries again after a load that failed; Node keeps a failed `import()` until the process ends.
 */
import { createRequire } from 'node:module';
import type { Middleware } from 'koa';
import type { KoaBodyMiddlewareOptions } from 'koa-body';

const require = createRequire(import.meta.url);

export const loadKoaBody = (): typeof import('koa-body') => require('koa-body');

const readers = new Map<number, Middleware>();

/** Reads text and forms of at most `limit` bytes; multipart is not accepted. */
export function koaBodyOf(limit: number): Middleware {
  const known = readers.get(limit);
  if (known) return known;
  const { koaBody } = loadKoaBody();
  const bytes = String(limit);
  const options: Partial<KoaBodyMiddlewareOptions> = {
    json: false,
    multipart: false,
    textLimit: bytes,
    formLimit: bytes,
    includeUnparsed: false,
  };
  const reader: Middleware = koaBody(options);
  readers.set(limit, reader);
  return reader;
}
