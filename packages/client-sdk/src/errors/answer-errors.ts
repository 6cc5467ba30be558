/** Errors that the server, or something in front of it, answered. */
import { isEnvelope, isProblem, problemTypePrefix } from '@palestra/core';
import { ClientError, type ErrorCode, type ErrorKind, type ErrorOrigin, isClientError } from './client-error.js';

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
const tokenCodes: ReadonlySet<string> = new Set([
  'token_missing',
  'token_invalid',
  'token_expired',
  'token_issuer',
  'token_issued_at',
  'http_401',
]);

/** Not 500: a fault of the server fails the same request again. */
const temporary: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** Whether the access token was refused, so that a refreshed one is worth a try. */
export function isTokenRefused(error: unknown): boolean {
  return isClientError(error) && tokenCodes.has(error.code);
}

/** The error for an answer outside 2xx; `body` as parsed, or the text of what is not JSON. */
export function errorOfAnswer(
  origin: ErrorOrigin,
  answer: { readonly status: number; readonly body: unknown; readonly retryAfterMs: number | undefined },
): ClientError {
  const { status, body, retryAfterMs } = answer;
  const problem = isProblem(body) ? body : undefined;
  // A plugin's code, or that of a newer server, is outside the union.
  const code = (
    problem?.type.startsWith(problemTypePrefix) ? problem.type.slice(problemTypePrefix.length) : `http_${status}`
  ) as ErrorCode;
  return new ClientError(problem?.detail || messageOf(body) || `The server answered ${status}`, {
    ...origin,
    kind: tokenCodes.has(code) ? 'auth' : kindOf(status),
    code,
    status,
    requestId: problem?.requestId || origin.requestId,
    retryable: temporary.has(status) || retryAfterMs !== undefined,
    retryAfterMs,
    errors: problem?.errors ?? [],
  });
}

function kindOf(status: number): ErrorKind {
  if (status >= 500) return 'server';
  return status < 400 ? 'protocol' : (kinds[status] ?? 'invalid');
}

/** The message of an answer that is not a problem document: an envelope, or the JSON string of the club API. */
function messageOf(body: unknown): string | undefined {
  if (isEnvelope(body)) return body.exceptionMessage;
  return typeof body === 'string' && body.length < 200 ? body : undefined;
}

/** `Retry-After` in milliseconds: seconds, or a date, which is compared with the server's own `Date`. */
export function retryAfterMs(value: string | undefined, date: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value) - (date === undefined ? now : Date.parse(date));
  return Number.isNaN(until) ? undefined : Math.max(0, until);
}
