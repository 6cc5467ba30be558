/** Makes the errors that the client finds itself. */
import { ClientError, type ErrorFacts, isClientError } from './client-error.js';
import type { KindOf, LocalCode } from './local-failures.js';

/** Where an error comes from: a call, or an operation of which nothing has been sent. */
export interface ErrorOrigin {
  readonly operation: { readonly id: string };
  readonly requestId?: string;
  readonly attempts?: number;
}

/** The message is made of the code, and a detail. */
export function localError<Code extends LocalCode>(
  code: Code,
  kind: KindOf<Code>,
  { operation, requestId = '', attempts = 0 }: ErrorOrigin,
  detail?: unknown,
  facts?: Partial<ErrorFacts>,
): ClientError {
  const message = code.replace('_', ' ') + (detail === undefined ? '' : `: ${detail}`);
  return new ClientError(message, { kind, code, operationId: operation.id, requestId, attempts, ...facts });
}

/** The error itself if it is a `ClientError`, else one with it as the cause. */
export function asClientError<Code extends LocalCode>(
  cause: unknown,
  code: Code,
  kind: KindOf<Code>,
  origin: ErrorOrigin,
  facts?: Partial<ErrorFacts>,
): ClientError {
  return isClientError(cause) ? cause : localError(code, kind, origin, cause, { cause, ...facts });
}

/** Runs what makes a request of the caller's values; what that throws, such as for a cycle, is the caller's mistake. */
export function building<Result>(origin: ErrorOrigin, build: () => Result): Result {
  try {
    return build();
  } catch (cause) {
    throw asClientError(cause, 'parameter_invalid', 'invalid', origin);
  }
}

/** Options that no client can be made with. */
export function optionError(detail: unknown): ClientError {
  return localError('option_invalid', 'invalid', { operation: { id: 'createClient' } }, detail);
}
