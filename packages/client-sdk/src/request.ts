/** From an operation and what the caller gave to a call ready to travel: URL, headers, ids and limits. */
import { problemMediaType } from '@palestra/core';
import { type Call, type CallOptions, isRead } from './call.js';
import { parameterInvalid } from './errors.js';
import type { Operation } from './operation.js';
import { defaultRetry, type RetryPolicy } from './retry.js';
import { uniqueId } from './runtime.js';

/** A request as the steps see it; its types are checked where the operation is known. */
export interface LooseRequest {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

export interface Defaults {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly retry: Partial<RetryPolicy> | false | undefined;
}

const accept = `${problemMediaType}, application/json`;

export function callOf(
  operation: Operation,
  { params, query, body }: LooseRequest,
  options: CallOptions,
  defaults: Defaults & { readonly now: number },
): Call {
  const requestId = uniqueId();
  const retry = policyOf(options.retry ?? defaults.retry);
  return {
    operation,
    requestId,
    url: defaults.baseUrl + pathOf(operation, entriesOf(params), requestId) + queryOf(entriesOf(query)),
    headers: headersOf(operation, body, requestId, options),
    body,
    sealed: undefined,
    attempts: 0,
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs,
    retry,
    deadline: defaults.now + retry.budgetMs,
  };
}

function policyOf(retry: Partial<RetryPolicy> | false | undefined): RetryPolicy {
  return retry === false ? { ...defaultRetry, attempts: 1 } : { ...defaultRetry, ...retry };
}

function entriesOf(values: unknown): [string, unknown][] {
  return typeof values === 'object' && values !== null ? Object.entries(values) : [];
}

/** A value that would lead to another path (`''`, `.`, `..`) is refused: `delete('')` must not reach the list. */
function pathOf({ id, path }: Operation, params: [string, unknown][], requestId: string): string {
  return params.reduce((filled, [name, value]) => {
    const text = String(value);
    if (!/^\.{0,2}$/.test(text)) return filled.replace(`{${name}}`, () => encodeURIComponent(text));
    throw parameterInvalid({ operationId: id, requestId, attempts: 0 }, name, `cannot be ${JSON.stringify(text)}`);
  }, path);
}

function queryOf(query: [string, unknown][]): string {
  const pairs = query
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function headersOf(
  operation: Operation,
  body: unknown,
  requestId: string,
  { headers = {}, idempotencyKey }: CallOptions,
): Record<string, string> {
  const result: Record<string, string> = { accept, 'x-request-id': requestId };
  if (body !== undefined && operation.sealed !== 'authorization') result['content-type'] = 'application/json';
  if (!isRead({ operation, body })) result['idempotency-key'] = idempotencyKey ?? uniqueId();
  for (const name in headers) result[name.toLowerCase()] = headers[name] ?? '';
  return result;
}
