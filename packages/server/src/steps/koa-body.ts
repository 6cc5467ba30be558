/** koa-body, loaded where an operation takes text that is not read here: it is 190 modules and 10 MB of memory. */

import type { Middleware } from 'koa';
import type { KoaBodyMiddlewareOptions } from 'koa-body';

let loading: Promise<typeof import('koa-body')> | undefined;

export function loadKoaBody(): Promise<typeof import('koa-body')> {
  loading ??= import('koa-body');
  return loading;
}

const readers = new Map<number, Middleware>();

/** Reads text and forms of at most `limit` bytes; multipart is not accepted. */
export async function koaBodyOf(limit: number): Promise<Middleware> {
  const known = readers.get(limit);
  if (known) return known;
  const { koaBody } = await loadKoaBody();
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
