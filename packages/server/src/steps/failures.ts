/** Turns every failure into the documented body of its family, or into a problem document if the caller asked for one. */
import {
  catalogue,
  type Family,
  failure,
  isPalestraError,
  PalestraError,
  problemMediaType,
  problemOf,
  unavailable,
} from '@palestra/core';
import type { Logger } from 'pino';
import { databaseFault, type FaultKind } from '../database/errors.js';
import { isReplayed } from '../idempotency/answer.js';
import { withoutEmails } from '../tracing/emails.js';
import type { HttpContext } from './http-context.js';

export interface FailureShape {
  readonly family: Family;
  /** `/public/register` of the club API. */
  readonly errorObject?: boolean;
}

export function fail(ctx: HttpContext, thrown: unknown, shape: FailureShape, requestId: string, log: Logger): void {
  const error = toPalestraError(thrown);
  const status = (shape.family === 'club' && error.fact.clubStatus) || error.fact.status;
  report(log, ctx, error, status, requestId);
  for (const [name, value] of Object.entries(error.headers)) ctx.set(name, value);
  ctx.status = status;
  const problem = asksForProblem(ctx.req.headers.accept);
  const body = problem
    ? problemOf(error, status, isReplayed(error) ? error.requestId : requestId)
    : documentedBody(error, shape);
  ctx.set('x-content-type-options', 'nosniff');
  ctx.set('cache-control', 'no-store');
  ctx.set('content-type', problem ? problemMediaType : 'application/json; charset=utf-8');
  ctx.body = JSON.stringify(body);
}

/** By name, in any case, and not with a weight of 0 (RFC 9110 section 12.5.1); a range of types does not name it. */
function asksForProblem(accept = ''): boolean {
  return accept.split(',').some((range) => {
    const [mediaType, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return mediaType === problemMediaType && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

function documentedBody(error: PalestraError, shape: FailureShape): unknown {
  if (shape.errorObject) return { error: error.message };
  return shape.family === 'club' ? error.message : failure(error.fact.exceptionType, error.message);
}

/** Faults of the database with which the same request may succeed later, or at another instance. */
const passing: ReadonlySet<FaultKind> = new Set(['retry', 'connection', 'exhausted', 'closed', 'full']);

/** Anything unexpected is a 500 without its reason; an unreachable database is a 503. */
function toPalestraError(thrown: unknown): PalestraError {
  if (isPalestraError(thrown)) return thrown;
  const kind = databaseFault(thrown)?.kind;
  if (kind && passing.has(kind)) {
    return unavailable('The server cannot answer now. Send the same request again.', 1, thrown);
  }
  return new PalestraError(catalogue.internal, 'The server failed. Its log has the reason under this request id.', {
    cause: thrown,
  });
}

function report(log: Logger, ctx: HttpContext, error: PalestraError, status: number, requestId: string): void {
  const level = status >= 500 ? 'error' : 'debug';
  if (!log.isLevelEnabled(level)) return;
  log[level](
    { requestId, method: ctx.method, path: withoutEmails(ctx.path), status, code: error.fact.code, err: error.cause },
    withoutEmails(error.message),
  );
}
