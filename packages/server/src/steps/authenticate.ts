/**
 * Who calls: the caller that the embedding app names (`identify`), else the `Authorization` headers. All of them are
 * read, since Node's `headers` keeps only the first of two.
 */
import { type PalestraError, type Principal, permissionDenied } from '@palestra/core';
import type { HostCaller } from '../identity/types.js';
import type { Exchange } from './exchange.js';
import { headerValues } from './header-values.js';
import { koaContextOf } from './http-context.js';
import { idempotencyKeyOf } from './idempotency-key.js';

export function authenticate(exchange: Exchange): void | Promise<void> {
  const principal = exchange.services.callers.identify ? identifyByHost(exchange) : identifyByToken(exchange);
  if (!(principal instanceof Promise)) {
    exchange.principal = principal;
    return;
  }
  return principal.then((caller) => {
    exchange.principal = caller;
  });
}

function identifyByToken(exchange: Exchange): Principal | Promise<Principal> {
  const { services, ctx, operation } = exchange;
  const authorization = headerValues(ctx.req, 'authorization');
  if (operation.method === 'get') return services.callers.authenticator.authenticate(authorization);
  return services.callers.authenticator.authenticate(authorization, (principal, refusal) =>
    admitToKeptAnswer(exchange, principal, refusal),
  );
}

/**
 * A change of password ends the token it came with. If its reply was lost, the same request again, under the same
 * `Idempotency-Key`, still gets its answer.
 */
async function admitToKeptAnswer(exchange: Exchange, principal: Principal, refusal: PalestraError): Promise<Principal> {
  const key = principal.kind === 'account' ? idempotencyKeyOf(exchange, principal) : undefined;
  if (!key || !(await exchange.services.idempotency.kept.has(key))) throw refusal;
  exchange.endedToken = refusal;
  return principal;
}

async function identifyByHost(exchange: Exchange): Promise<Principal> {
  const { services, ctx } = exchange;
  const caller: HostCaller | undefined = await services.callers.identify?.(koaContextOf(ctx));
  if (!caller) return identifyByToken(exchange);
  refuseCrossSite(exchange);
  return services.callers.hostAccounts.principalOf(caller);
}

/**
 * Against cross-site request forgery: a browser sends a session cookie whichever site made it call, a sibling subdomain
 * too, and says so by `Sec-Fetch-Site` (Fetch Metadata), an older one by `Origin` alone. It never adds `Authorization` by
 * itself.
 */
function refuseCrossSite({ ctx: { method, req }, services }: Exchange): void {
  const { trustedOrigins } = services.callers;
  const { authorization, origin, host } = req.headers;
  if (method === 'GET' || method === 'HEAD' || authorization !== undefined) return;
  const site = req.headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none' || (origin !== undefined && trustedOrigins.has(origin))) return;
  const own = site === undefined && (origin === undefined || hostOf(origin) === host);
  if (!own) throw permissionDenied();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
