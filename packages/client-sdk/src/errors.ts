/** The one error that calls throw, whatever failed: the network, the clock, the server, or the caller's own abort. */
import { type catalogue, type FaultyPart, isEnvelope, isProblem, problemTypePrefix } from '@palestra/core';

/**
 * What to do about it, at a glance:
 *
 * | kind | meaning |
 * |---|---|
 * | `network` | no answer: offline, DNS, connection lost |
 * | `timeout` | no answer in time |
 * | `aborted` | the caller's own `signal` |
 * | `invalid` | 400, 413, 415, 422: the request is wrong, `errors` says where |
 * | `auth` | 401, or an expired token: sign in |
 * | `payment` | 402: the payment was declined |
 * | `permission` | 403 |
 * | `not_found` | 404 |
 * | `conflict` | 409: taken, used up, or changed meanwhile |
 * | `rate_limited` | 429: `retryAfterMs` says how long to wait |
 * | `server` | 5xx |
 * | `protocol` | the answer is not what the contract says: another server, or a proxy's page |
 * | `untrusted` | the server's sealing key is not one of `pinnedKids`, or no key at all |
 * | `unsupported` | the runtime lacks WebCrypto and no `crypto` was given |
 */
export type ErrorKind =
  | 'network'
  | 'timeout'
  | 'aborted'
  | 'invalid'
  | 'auth'
  | 'payment'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'server'
  | 'protocol'
  | 'untrusted'
  | 'unsupported';

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : '';

/** Codes of the server's own catalogue. */
export type ServerCode = Snake<keyof typeof catalogue>;

/** Codes of failures that no server answered. */
export type LocalCode =
  | 'network_failed'
  | 'timed_out'
  | 'aborted'
  | 'answer_malformed'
  | 'parameter_invalid'
  | 'key_untrusted'
  | 'key_unusable'
  | 'crypto_missing';

/** Stable and snake_case; `http_<status>` for an answer without a code, such as a proxy's. A plugin may add its own. */
export type ErrorCode = ServerCode | LocalCode | (string & Record<never, never>);

/** Where an error comes from. */
export interface ErrorOrigin {
  readonly operationId: string;
  readonly requestId: string;
  readonly attempts: number;
}

/** What a `ClientError` is made of. */
export interface ErrorFacts extends ErrorOrigin {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly status?: number | undefined;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly errors?: readonly FaultyPart[];
  readonly cause?: unknown;
}

const brand = 'palestra.client.error';

/** Narrow with `isClientError`, then look at `kind`, and at `code` where `kind` is not enough. */
export class ClientError extends Error {
  readonly brand = 'palestra.client.error';
  override readonly name = 'ClientError';
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  /** HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /** The same in the server's log. */
  readonly requestId: string;
  /** Whether the failure is one that passes: the same call may succeed later. */
  readonly retryable: boolean;
  /** What the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
  /** Which operation failed: not always the one called, since a call may need a key or a new token first. */
  readonly operationId: string;
  /** The places at fault: an RFC 6901 pointer into the body (`/data/name`) or a parameter (`?find`). */
  readonly errors: readonly FaultyPart[];

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = facts.kind;
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs;
    this.attempts = facts.attempts;
    this.operationId = facts.operationId;
    this.errors = facts.errors ?? [];
  }
}

/** A brand check, since `instanceof` fails between two copies of this package. */
export function isClientError(value: unknown): value is ClientError {
  return typeof value === 'object' && value !== null && 'brand' in value && value.brand === brand;
}

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

/** Failures of the token itself: a new one helps. The club API answers some of them by 403. */
const tokenCodes: ReadonlySet<string> = new Set([
  'token_missing',
  'token_invalid',
  'token_expired',
  'token_issuer',
  'token_issued_at',
  'http_401',
]);

/** Not 500: a fault of the server stays one when the request comes again. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** Whether the access token was refused, so that a refreshed one is worth a try. */
export function isTokenRefused(error: unknown): boolean {
  return isClientError(error) && tokenCodes.has(error.code);
}

/** Before anything is sent: a value that the operation cannot be called with. */
export function parameterInvalid(origin: ErrorOrigin, name: string, detail: string): ClientError {
  return new ClientError(`${name} ${detail}`, {
    ...origin,
    kind: 'invalid',
    code: 'parameter_invalid',
    errors: [{ pointer: `/${name}`, detail }],
  });
}

export function aborted(origin: ErrorOrigin): ClientError {
  return new ClientError('The call was aborted', { ...origin, kind: 'aborted', code: 'aborted' });
}

/** The error for an answer outside 2xx; `body` as parsed, or the text of what is not JSON. */
export function errorOfAnswer(
  origin: ErrorOrigin,
  answer: { readonly status: number; readonly body: unknown; readonly retryAfterMs: number | undefined },
): ClientError {
  const { status, body, retryAfterMs } = answer;
  const problem = isProblem(body) ? body : undefined;
  const code = problem?.type.startsWith(problemTypePrefix)
    ? problem.type.slice(problemTypePrefix.length)
    : `http_${status}`;
  return new ClientError(problem?.detail || messageOf(body) || `The server answered ${status}`, {
    ...origin,
    kind: tokenCodes.has(code) ? 'auth' : kindOf(status),
    code,
    status,
    requestId: problem?.requestId || origin.requestId,
    retryable: passing.has(status) || retryAfterMs !== undefined,
    retryAfterMs,
    errors: problem?.errors ?? [],
  });
}

function kindOf(status: number): ErrorKind {
  if (status >= 500) return 'server';
  return status < 400 ? 'protocol' : (kinds[status] ?? 'invalid');
}

/** Failures of the two families, for an answer that a proxy or an older server has not made a problem document. */
function messageOf(body: unknown): string | undefined {
  if (isEnvelope(body)) return body.exceptionMessage;
  return typeof body === 'string' && body.length < 200 ? body : undefined;
}
