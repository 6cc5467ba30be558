/** From an operation and the caller's request to a call that is ready to send: URL, headers, ids and limits. */
import { problemMediaType } from '@palestra/core';
import type { Operation } from '../contract/operation.js';
import { beforeRequest, parameterInvalid } from '../errors/local-errors.js';
import { uniqueId } from '../runtime/unique-id.js';
import { type Call, type CallOptions, isRead, type RetryPolicy } from './call.js';

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

const defaultRetry: RetryPolicy = { attempts: 5, baseMs: 250, capMs: 8_000, budgetMs: 60_000 };
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
    throw parameterInvalid({ ...beforeRequest(id), requestId }, name, `cannot be ${JSON.stringify(text)}`);
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
