/**
 * Who calls: whom the embedding app vouches for, else the `Authorization` headers, all of them, since Node keeps only
 * the first of two.
 */
import type { IncomingMessage } from 'node:http';
import { type Principal, permissionDenied } from '@palestra/core';
import type { HostCaller } from '../identity/index.js';
import type { Exchange } from './exchange.js';

export function authenticate(exchange: Exchange): void | Promise<void> {
  const principal = exchange.services.identify ? askHost(exchange) : byToken(exchange);
  if (!(principal instanceof Promise)) {
    exchange.principal = principal;
    return;
  }
  return principal.then((caller) => {
    exchange.principal = caller;
  });
}

function byToken({ services, ctx }: Exchange): Principal | Promise<Principal> {
  return services.authenticator.authenticate(authorizationHeaders(ctx.req));
}

async function askHost(exchange: Exchange): Promise<Principal> {
  const { services, ctx } = exchange;
  const caller: HostCaller | undefined = await services.identify?.(ctx);
  if (!caller) return byToken(exchange);
  refuseForeignSite(exchange);
  return services.hostAccounts.principalOf(caller);
}

/**
 * A session cookie is sent whichever site made the browser call. Only a browser says the site, and it sends no
 * `Authorization` unasked.
 */
function refuseForeignSite({ ctx: { method, req } }: Exchange): void {
  const safe = method === 'GET' || method === 'HEAD' || req.headers.authorization !== undefined;
  if (!safe && req.headers['sec-fetch-site'] === 'cross-site') throw permissionDenied();
}

export function authorizationHeaders(request: IncomingMessage): string[] {
  const first = request.headers.authorization;
  if (first === undefined) return [];
  const { rawHeaders } = request;
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization') values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}
