/** The one error that calls reject with, whatever failed: the network, the clock, the server, or the caller's own abort. */
import type { FaultyPart } from '@palestra/core';
import type { ServerCode } from '../generated/error-codes.js';

/**
 * What an app can do about it:
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
 * | `untrusted` | the server's sealing key is not one of `pinnedKids`, or not a usable key |
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

/** Codes of failures that the client found itself. */
export type LocalCode =
  | 'network_failed'
  | 'timed_out'
  | 'aborted'
  | 'answer_malformed'
  | 'parameter_invalid'
  | 'key_untrusted'
  | 'key_unusable'
  | 'crypto_missing';

/** The code of an answer without a problem document, such as a proxy's: `http_502`. */
export type HttpCode = `http_${number}`;

/** Stable and snake_case. A plugin has further ones: `isClientError<'locker_taken'>(error)`. */
export type ErrorCode = ServerCode | LocalCode | HttpCode;

/** Where an error comes from. */
export interface ErrorOrigin {
  readonly operationId: string;
  readonly requestId: string;
  readonly attempts: number;
}

/** What a `ClientError` is made of. */
export interface ErrorFacts<Code extends string = ErrorCode> extends ErrorOrigin {
  readonly kind: ErrorKind;
  readonly code: Code;
  readonly status?: number | undefined;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly errors?: readonly FaultyPart[];
  readonly cause?: unknown;
}

const brand = 'palestra.client.error';

/** Narrow with `isClientError`, then look at `kind`, and at `code` where `kind` is not enough. */
export class ClientError<Code extends string = ErrorCode> extends Error {
  readonly brand: typeof brand = brand;
  override readonly name = 'ClientError';
  readonly kind: ErrorKind;
  readonly code: Code;
  /** HTTP status; undefined if no answer arrived. */
  readonly status: number | undefined;
  /** The same in the server's log. */
  readonly requestId: string;
  /** Whether the failure is temporary: the same call may succeed later. */
  readonly retryable: boolean;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
  /** Which operation failed: not always the one called, since a call may need a key or a new token first. */
  readonly operationId: string;
  /** The places at fault: an RFC 6901 pointer into the body (`/data/name`) or a parameter (`?find`). */
  readonly errors: readonly FaultyPart[];

  constructor(message: string, facts: ErrorFacts<Code>) {
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

/** A brand check, since `instanceof` fails between two copies of this package. `Code`: codes that a plugin adds. */
export function isClientError<Code extends string = never>(value: unknown): value is ClientError<ErrorCode | Code> {
  return typeof value === 'object' && value !== null && 'brand' in value && value.brand === brand;
}
