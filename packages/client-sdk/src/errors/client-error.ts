/** The one error that calls reject with, whatever failed: the network, the clock, the server, or the caller's own abort. */
import type { FaultyPart } from '@palestra/core';
import type { OperationErrors, ServerCode } from '../generated/error-codes.js';
import type { ErrorKind } from './kinds.js';
import type { LocalCode } from './local-failures.js';

/** The code of an answer without a problem document, such as a proxy's: `http_502`. */
export type HttpCode = `http_${number}`;

/** Stable and snake_case. A plugin has further ones: `isClientError<'locker_taken'>(error)`. */
export type ErrorCode = ServerCode | LocalCode | HttpCode;

/** What a `ClientError` is made of. */
export interface ErrorFacts<Code extends string = ErrorCode> {
  readonly kind: ErrorKind;
  readonly code: Code;
  readonly operationId: string;
  readonly requestId: string;
  readonly attempts: number;
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
  declare readonly kind: ErrorKind;
  declare readonly code: Code;
  /** HTTP status; undefined if no answer arrived. */
  declare readonly status: number | undefined;
  /** The same in the server's log; empty if the server has not said it. */
  declare readonly requestId: string;
  /** Whether the failure is temporary: the same call may succeed later. */
  declare readonly retryable: boolean;
  /** How long the server asked to wait, in milliseconds. */
  declare readonly retryAfterMs: number | undefined;
  /** How often the request was sent. */
  declare readonly attempts: number;
  /** Which operation failed: not always the one called, since a call may need a key or a new token first. */
  declare readonly operationId: string;
  /** The places at fault: an RFC 6901 pointer into the body (`/data/name`) or a parameter (`?find`). */
  declare readonly errors: readonly FaultyPart[];

  constructor(message: string, { cause, ...facts }: ErrorFacts<Code>) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { retryable: false, errors: [] }, facts);
  }

  /** A header of the answer, such as `ratelimit-reset`; undefined if no answer arrived. */
  header(_name: string): string | undefined {
    return undefined;
  }

  /**
   * All but the headers, as plain data. `JSON.stringify(error)` calls it; `postMessage` and `structuredClone` do not, and
   * keep the message of an error alone: give them `error.toJSON()`, for which `isClientError` holds too.
   */
  toJSON(): object {
    return { ...this, message: this.message };
  }
}

/** A brand check, since `instanceof` fails between two copies of this package. `Code`: codes that a plugin adds. */
export function isClientError<Code extends string = never>(value: unknown): value is ClientError<ErrorCode | Code> {
  return Object(value).brand === brand;
}

/** The codes that calls of an operation can fail with: `ErrorCodeOf<'performTransaction'>`. */
export type ErrorCodeOf<Id extends keyof OperationErrors> = OperationErrors[Id] | LocalCode | HttpCode;

/** As `isClientError`, for failures of one operation: `code` is then one of its own, and a `switch` can be complete. */
export function isErrorOf<Id extends keyof OperationErrors>(
  operationId: Id,
  value: unknown,
): value is ClientError<ErrorCodeOf<Id>> {
  return isClientError(value) && value.operationId === operationId;
}
