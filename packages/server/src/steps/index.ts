/** The steps of a request, in order. An operation gets only those it needs, decided once at boot. */
import { Readable } from 'node:stream';
import { isPalestraError } from '@palestra/core';
import type { DescribedOperation } from '../contract/operations.js';
import { isReplayed } from '../idempotency/answer.js';
import { authenticate } from './authenticate.js';
import { validateEnvelope } from './envelope.js';
import type { CompiledOperation, Exchange, Step } from './exchange.js';
import { fail } from './failures.js';
import { handle } from './handle.js';
import type { HttpContext } from './http-context.js';
import { handleOnce } from './idempotency.js';
import { resolveLegacyIds } from './legacy-ids.js';
import { requireOperationPrivilege, requirePrivilege } from './privilege.js';
import { limitCallerRate, limitNetworkRate } from './rate-limit.js';
import { readBody } from './read-body.js';
import { respond } from './respond.js';
import { outsideTimeLimit, withinTimeLimit } from './time-limit.js';
import { unseal } from './unseal.js';
import { validateBody, validateData, validateParameters } from './validate.js';

type Facts = DescribedOperation & Pick<CompiledOperation, 'rateLimits'>;
type Needed = (operation: Facts) => boolean;

const always: Needed = () => true;
const guarded: Needed = ({ object }) => object['x-public'] !== true;
const withBody: Needed = ({ object }) => object.requestBody !== undefined;
const sealed: Needed = (operation) => withBody(operation) && operation.object['x-sealed'] !== undefined;
const enveloped: Needed = ({ object }) => typeof object['x-privilege'] === 'object';
const idempotent: Needed = ({ method }) => method !== 'get';

const steps: readonly { readonly step: Step; readonly neededBy: Needed }[] = [
  { step: limitNetworkRate, neededBy: ({ rateLimits }) => rateLimits?.network !== undefined },
  { step: authenticate, neededBy: guarded },
  { step: requirePrivilege, neededBy: guarded },
  { step: limitCallerRate, neededBy: ({ rateLimits }) => rateLimits?.caller !== undefined },
  { step: validateParameters, neededBy: always },
  { step: readBody, neededBy: withBody },
  { step: unseal, neededBy: sealed },
  { step: validateEnvelope, neededBy: enveloped },
  { step: requireOperationPrivilege, neededBy: enveloped },
  { step: resolveLegacyIds, neededBy: always },
  { step: validateData, neededBy: enveloped },
  { step: validateBody, neededBy: (operation) => withBody(operation) && !enveloped(operation) },
  { step: handle, neededBy: (operation) => !idempotent(operation) },
  { step: handleOnce, neededBy: idempotent },
  { step: respond, neededBy: always },
];

export function stepsFor(operation: Facts): Step[] {
  const needed = steps.filter(({ neededBy }) => neededBy(operation));
  return needed.map(({ step }) => (step === readBody ? outsideTimeLimit(step) : withinTimeLimit(step)));
}

/** Runs the steps, and turns whatever they throw into a response. */
export async function answer(exchange: Exchange): Promise<void> {
  const { operation, services, ctx, requestId } = exchange;
  const begun = performance.now();
  setHeaders(ctx, requestId);
  services.requests.inFlight.enter();
  try {
    for (const step of operation.steps) {
      const pending = step(exchange);
      if (pending !== undefined) await pending;
    }
  } catch (error) {
    const errorObject = operation.object['x-failure'] === 'error-object';
    const refusal = refusalOf(exchange, error);
    fail(ctx, refusal, { family: operation.family, errorObject }, requestId, services.log);
    services.requests.tracing?.failed(refusal, ctx.status);
  } finally {
    services.requests.times?.record(operation.id, ctx.status, (performance.now() - begun) / 1000);
    leave(exchange);
  }
}

/** To a token that has ended, every refusal but a kept one is the same. */
function refusalOf({ endedToken }: Exchange, error: unknown): unknown {
  const isOwn = endedToken && isPalestraError(error) && error.fact.status < 500 && !isReplayed(error);
  return isOwn ? endedToken : error;
}

/** No cache keeps a response, unless the operation itself sets `Cache-Control`. */
function setHeaders(ctx: HttpContext, requestId: string): void {
  ctx.set('x-request-id', requestId);
  ctx.set('x-content-type-options', 'nosniff');
  ctx.set('cache-control', 'no-store');
}

/** A streamed response is in flight until its last byte was read or the connection is gone. */
function leave({ ctx, services }: Exchange): void {
  if (ctx.body instanceof Readable) ctx.body.once('close', () => services.requests.inFlight.leave());
  else services.requests.inFlight.leave();
}
