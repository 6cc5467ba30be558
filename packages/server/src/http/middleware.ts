/** What answers a request: matches the operation, then runs its steps. As a Koa middleware it answers pages too. */
import { catalogue, familyOf, PalestraError, unavailable } from '@palestra/core';
import type { Context, Middleware, Next } from 'koa';
import type { Logger } from 'pino';
import type { RouteTable } from '../contract/route.js';
import { type CompiledOperation, Exchange, type StepServices } from '../steps/exchange.js';
import { fail } from '../steps/failures.js';
import type { Answer, HttpContext } from '../steps/http-context.js';
import { answer } from '../steps/index.js';
import { requestIdOf } from '../steps/request-id.js';
import { withinConnection } from './connection.js';
import type { Cors } from './cors.js';
import { createPages, isLiveness, live, type PageOptions } from './pages.js';

export interface FrontOptions {
  readonly routes: RouteTable<string>;
  /** Undefined while no request can be answered. */
  serving(): Serving | undefined;
  readonly pages: PageOptions | undefined;
  readonly cors: Cors | undefined;
  readonly log: Logger;
}

/** What a running host answers with. */
export interface Serving {
  /** By `operationId`. */
  readonly operations: ReadonlyMap<string, CompiledOperation>;
  readonly services: StepServices;
}

/** What answers a request, if the host does. */
export type AnswerTo = (ctx: HttpContext) => Answer | undefined;

export function createAnswers({ routes, serving, pages, cors, log }: FrontOptions): AnswerTo {
  return (ctx) => {
    if (pages && isLiveness(ctx)) return () => live(ctx);
    const match = routes.match(ctx.method, ctx.path);
    if (!match) return undefined;
    const id = requestIdOf(ctx.req);
    if (cors?.(ctx)) return () => noContent(ctx, id);
    if ('allow' in match) return () => refuseMethod(ctx, match.allow, id, log);
    const running = serving();
    const operation = running?.operations.get(match.target);
    if (!running || !operation) return () => refuse(ctx, notRunning(), id, log);
    const exchange = new Exchange(ctx, operation, running.services, { id, params: match.params });
    const { tracing } = running.services.requests;
    if (!tracing) return () => answer(exchange);
    const traced = { ctx, operationId: operation.id, route: operation.path, requestId: id };
    return () => tracing.request(traced, () => answer(exchange));
  };
}

export function createMiddleware(answerTo: AnswerTo, { pages, log }: FrontOptions): Middleware {
  const pageMiddleware = pages && createPages({ ...pages, log });
  return (ctx: Context, next: Next) => {
    const answer = answerTo(ctx);
    if (answer) return withinConnection(ctx, answer);
    return pageMiddleware ? pageMiddleware(ctx, next) : next();
  };
}

/** For a stand-alone server: the documented 404 for every other path. */
export function notFound({ log }: { readonly log: Logger }): Middleware {
  return (ctx) => {
    const error = new PalestraError(catalogue.notFound, `There is no ${ctx.method} ${ctx.path}. See /docs.`);
    refuse(ctx, error, requestIdOf(ctx.req), log);
  };
}

function refuseMethod(ctx: HttpContext, allow: readonly string[], id: string, log: Logger): void {
  const methods = [...allow, 'OPTIONS'].join(', ');
  if (ctx.method === 'OPTIONS') {
    ctx.set('allow', methods);
    noContent(ctx, id);
    return;
  }
  const error = new PalestraError(catalogue.methodNotAllowed, `${ctx.path} answers ${allow.join(', ')}.`, {
    headers: { allow: methods },
  });
  refuse(ctx, error, id, log);
}

function noContent(ctx: HttpContext, id: string): void {
  ctx.set('x-request-id', id);
  ctx.status = 204;
}

function refuse(ctx: HttpContext, error: PalestraError, id: string, log: Logger): void {
  ctx.set('x-request-id', id);
  fail(ctx, error, { family: familyOf(ctx.path) }, id, log);
}

function notRunning(): PalestraError {
  return unavailable('The server is starting or stopping. Send the same request again.', 1);
}
