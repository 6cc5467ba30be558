/** From an operation and the caller's request to a call that is ready to send: URL, headers, ids and limits. */
import { problemMediaType } from '@palestra/core';
import type { Operation } from '../contract/operation.js';
import type { Clock } from '../runtime/clock.js';
import { uniqueId } from '../runtime/unique-id.js';
import { version } from '../version.generated.js';
import { type Call, type CallOptions, isRead, type RetryPolicy } from './call.js';

/** A request as the steps see it; its types are checked where the operation is known. */
export interface LooseRequest {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** What a client sets for all of its calls. */
export interface Defaults {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly retry: Partial<RetryPolicy> | false | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly clock: Clock;
}

const defaultRetry: RetryPolicy = { attempts: 5, baseMs: 250, capMs: 8_000, budgetMs: 60_000 };

/** The client waits so much longer than the server does, to hear that the server has given up. */
const graceMs = 5_000;

/** @throws TypeError or URIError for a value that no request can have */
export function callOf(
  operation: Operation,
  { params, query, body }: LooseRequest,
  options: CallOptions,
  defaults: Defaults,
): Call {
  const { retry = defaults.retry, signal } = options;
  const { path, method, sealed, public: isPublic, answerWithin } = operation;
  const policy = { ...defaultRetry, ...(retry === false ? { attempts: 1 } : retry) };
  const serverMs = answerWithin ? answerWithin * 1000 + graceMs : 0;
  // With only headers that every request may have, a guest's read from another origin causes no preflight.
  const requestId = isPublic && method === 'GET' && !sealed ? '' : uniqueId();
  const headers: Record<string, string> = {
    accept: `${problemMediaType}, application/json`,
    ...(requestId && { 'x-request-id': requestId, 'palestra-client': `js/${version}` }),
    ...(body !== undefined && sealed !== 'authorization' && { 'content-type': 'application/json' }),
    ...(!isRead({ operation, body }) && { 'idempotency-key': options.idempotencyKey ?? uniqueId() }),
  };
  for (const [name, value] of Object.entries({ ...defaults.headers, ...options.headers })) {
    headers[name.toLowerCase()] = value;
  }
  const pairs = Object.entries(Object(query)).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encode(name, value)}`,
  );
  return {
    operation,
    requestId,
    url:
      defaults.baseUrl +
      path.replace(/{(\w+)}/g, (_, name) => encode(name, Object(params)[name], /^\.{0,2}$/)) +
      (pairs[0] ? `?${pairs.join('&')}` : ''),
    headers,
    body,
    sealed: undefined,
    attempts: 0,
    signal,
    timeoutMs: options.timeoutMs ?? (serverMs || defaults.timeoutMs),
    retry: policy,
    deadline: defaults.clock.monotonic() + Math.max(policy.budgetMs, serverMs),
  };
}

/**
 * @param refused values that would lead to another path (`''`, `.`, `..`): `delete('')` must not reach the list
 * @throws TypeError for undefined, an object, NaN; URIError for a lone surrogate
 */
function encode(name: string, value: unknown, refused?: RegExp): string {
  const isScalar = /string|boolean|bigint/.test(typeof value) || Number.isFinite(value);
  const text = isScalar && encodeURIComponent(String(value));
  if (text === false || refused?.test(text)) throw new TypeError(`${name} cannot be ${text || typeof value}`);
  return text;
}
