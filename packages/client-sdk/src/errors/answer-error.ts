/** Errors that the server, or something in front of it, answered. */
import { type FaultyPart, problemCode } from '@palestra/core';
import { ClientError, type ErrorCode, isClientError } from './client-error.js';
import type { ErrorKind } from './kinds.js';
import type { ErrorOrigin } from './local-error.js';

const kinds: Readonly<Record<number, ErrorKind>> = {
  401: 'auth',
  402: 'payment',
  403: 'permission',
  404: 'not_found',
  405: 'not_found',
  408: 'timeout',
  409: 'conflict',
  410: 'not_found',
  429: 'rate_limited',
};

/** Failures of the token itself: a new one helps. The club API answers some of them with 403. */
const tokenCodes = /^(token_(missing|invalid|expired|issuer|issued_at)|http_401)$/;

/** Not 500: a fault of the server fails the same request again. */
const temporary: readonly number[] = [408, 425, 429, 502, 503, 504];

/** Whether the access token was refused, so that a refreshed one is worth a try. */
export function isTokenRefused(error: unknown): boolean {
  return isClientError(error) && tokenCodes.test(error.code);
}

/** An answer outside 2xx. */
interface FailedAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** As parsed, or the text of what is not JSON. */
  readonly body: unknown;
}

/** Believes no member of a problem document that has not its type. */
export function answerError(
  { operation, requestId = '', attempts = 0 }: ErrorOrigin,
  { status, header, body }: FailedAnswer,
  now: number,
): ClientError {
  const problem = Object(body);
  const [type, detail, exceptionMessage, ownRequestId] = ['type', 'detail', 'exceptionMessage', 'requestId'].map(
    (name): string => (typeof problem[name] === 'string' ? problem[name] : ''),
  );
  // A plugin's code, or that of a newer server, is outside the union.
  const code = (problemCode(type ?? '') ?? `http_${status}`) as ErrorCode;
  // The club API answers a JSON string, a proxy a page.
  const brief = typeof body === 'string' && body.length < 200 && body;
  const retryAfterMs = parseRetryAfter(header('retry-after'), header('date'), now);
  const error = new ClientError(detail || exceptionMessage || brief || `The server answered ${status}`, {
    kind: tokenCodes.test(code) ? 'auth' : kindOf(status),
    code,
    operationId: operation.id,
    requestId: ownRequestId || header('x-request-id') || requestId,
    attempts,
    status,
    retryable: temporary.includes(status) || retryAfterMs !== undefined,
    retryAfterMs,
    errors: Array.isArray(problem.errors) ? problem.errors.filter(isFaultyPart) : [],
  });
  // Not enumerable: data can be copied to another thread, and a function cannot.
  return Object.defineProperty(error, 'header', { value: header });
}

function isFaultyPart(part: Partial<FaultyPart> | null): part is FaultyPart {
  return typeof part?.pointer === 'string' && typeof part.detail === 'string';
}

function kindOf(status: number): ErrorKind {
  if (status >= 500) return 'server';
  return status < 400 ? 'protocol' : (kinds[status] ?? 'invalid');
}

/** `Retry-After` in milliseconds: whole seconds, or a date, which is compared with the server's own `Date`. */
function parseRetryAfter(value = '', date: string | undefined, now: number): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // `-5` and `1.5` are not dates, whatever `Date.parse` makes of them.
  const wait = Date.parse(/^[a-z]/i.test(value) ? value : '') - (date ? Date.parse(date) : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
