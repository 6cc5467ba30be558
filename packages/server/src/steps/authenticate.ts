/** Who calls: the `Authorization` headers, all of them, since Node keeps only the first of two. */
import type { IncomingMessage } from 'node:http';
import type { Exchange } from './exchange.js';

export function authenticate(exchange: Exchange): void | Promise<void> {
  const { services, ctx } = exchange;
  const principal = services.authenticator.authenticate(authorizationHeaders(ctx.req));
  if (!(principal instanceof Promise)) {
    exchange.principal = principal;
    return;
  }
  return principal.then((caller) => {
    exchange.principal = caller;
  });
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
