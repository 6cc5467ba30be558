/** The Koa middleware: match the operation, then let it run its steps. */
import { catalogue, familyOf, PalestraError, unavailable } from '@palestra/core';
import type { Context, Middleware, Next } from 'koa';
import type { RouteTable } from '../contract/route.js';
import { type CompiledOperation, Exchange, type StepServices } from '../steps/exchange.js';
import { fail } from '../steps/failures.js';
import { answer } from '../steps/index.js';
import { requestIdOf } from '../steps/request-id.js';
import type { Cors } from './cors.js';
import { createPages, type PageOptions } from './pages.js';

export interface MiddlewareOptions {
  readonly routes: RouteTable<string>;
  /** Empty unless the host runs. */
  readonly operations: ReadonlyMap<string, CompiledOperation>;
  readonly services: StepServices;
  readonly pages: PageOptions | undefined;
  readonly cors: Cors | undefined;
}

export function createMiddleware({ routes, operations, services, pages, cors }: MiddlewareOptions): Middleware {
  const pageMiddleware = pages && createPages({ ...pages, log: services.log });
  return (ctx: Context, next: Next) => {
    const match = routes.match(ctx.method, ctx.path);
    if (!match) return pageMiddleware ? pageMiddleware(ctx, next) : next();
    const id = requestIdOf(ctx.req);
    if (cors?.(ctx)) return noContent(ctx, id);
    if ('allow' in match) return refuseMethod(ctx, match.allow, id, services);
    const operation = operations.get(match.target);
    if (!operation) return refuse(ctx, notRunning(), id, services);
    return answer(new Exchange(ctx, operation, services, { id, params: match.params }));
  };
}

/** For a stand-alone server: what nobody owns is a documented 404. */
export function notFound(services: Pick<StepServices, 'log'>): Middleware {
  return (ctx) => {
    const error = new PalestraError(catalogue.notFound, `There is no ${ctx.method} ${ctx.path}. See /docs.`);
    refuse(ctx, error, requestIdOf(ctx.req), services);
  };
}

function refuseMethod(ctx: Context, allow: readonly string[], id: string, services: StepServices): void {
  const methods = [...allow, 'OPTIONS'].join(', ');
  if (ctx.method === 'OPTIONS') {
    ctx.res.setHeader('allow', methods);
    noContent(ctx, id);
    return;
  }
  const error = new PalestraError(catalogue.methodNotAllowed, `${ctx.path} answers ${allow.join(', ')}.`, {
    headers: { allow: methods },
  });
  refuse(ctx, error, id, services);
}

function noContent(ctx: Context, id: string): void {
  ctx.res.setHeader('x-request-id', id);
  ctx.status = 204;
}

function refuse(ctx: Context, error: PalestraError, id: string, { log }: Pick<StepServices, 'log'>): void {
  ctx.res.setHeader('x-request-id', id);
  fail(ctx, error, { family: familyOf(ctx.path) }, id, log);
}

function notRunning(): PalestraError {
  return unavailable('The server is starting or stopping. Send the same request again.', 1);
}
