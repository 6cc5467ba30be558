/** A call on its way through the steps, and the onion that the steps and the caller's own middleware make. */
import type { ErrorOrigin } from './errors.js';
import type { Arguments, Operation, RequestFor, ResultFor } from './operation.js';
import type { RetryPolicy } from './retry.js';
import type { Signal } from './runtime.js';

/** For one call; each wins over what the client was created with. */
export interface CallOptions {
  /** Ends the call; it then throws kind `aborted`, and nothing more is sent. */
  readonly signal?: Signal | undefined;
  /** Milliseconds for one attempt, answer included. */
  readonly timeoutMs?: number | undefined;
  /** False: send once. */
  readonly retry?: Partial<RetryPolicy> | false | undefined;
  /** Of a write, visible ASCII; made by the client unless given. Your own makes a call safe across restarts of the app. */
  readonly idempotencyKey?: string | undefined;
  /** With `if-none-match`, the call gives undefined (an empty list, iterated) while what you have is current. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What middleware sees. `headers`, `url` and `body` may be changed before `next()`. */
export interface Call {
  readonly operation: Operation;
  /** Sent as `X-Request-Id`, the same for every attempt. */
  readonly requestId: string;
  url: string;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  /** As the caller gave it; where the operation is sealed, this is the plaintext. */
  body: unknown;
  /** What is sent instead of `body` once that is sealed. */
  sealed: unknown;
  /** How often the request has been sent so far. */
  attempts: number;
  readonly signal: Signal | undefined;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Milliseconds since the epoch: the total budget ends here. */
  readonly deadline: number;
}

export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
  /** `data` of the envelope, or the bare body; undefined for 304, which only `if-none-match` brings about. */
  readonly data: unknown;
}

/**
 * Wraps a call: `(call, next) => next()` does nothing. `next()` rejects with a `ClientError`; it may be called again,
 * and everything further in then happens anew under the same request id and idempotency key.
 */
export type Middleware = (call: Call, next: () => Promise<Answer>) => Promise<Answer>;

/** The first of `steps` is the outermost. */
export function onion(
  steps: readonly Middleware[],
  send: (call: Call) => Promise<Answer>,
): (call: Call) => Promise<Answer> {
  return steps.reduceRight<(call: Call) => Promise<Answer>>(
    (next, step) => (call) => step(call, () => next(call)),
    send,
  );
}

export function originOf({ operation, requestId, attempts }: Call): ErrorOrigin {
  return { operationId: operation.id, requestId, attempts };
}

/** A read may be sent any number of times: GET, and the envelope's `query`. */
export function isRead({ operation, body }: Pick<Call, 'operation' | 'body'>): boolean {
  if (operation.method === 'GET') return true;
  return (
    !operation.bare && typeof body === 'object' && body !== null && 'operation' in body && body.operation === 'query'
  );
}

/** What a plugin's client part works with. */
export interface Caller {
  /** Sends one operation and gives its result, typed by the operation's constant. */
  call<Op extends Operation>(operation: Op, ...args: Arguments<RequestFor<Op>, CallOptions>): Promise<ResultFor<Op>>;
  /**
   * Seals `plaintext` (with `iat` and `jti`) for the server's key and sends what `send` makes of it; once more with
   * the key fetched anew if the server cannot open it.
   */
  sealed<Result>(plaintext: object, send: (value: string) => Promise<Result>, options?: CallOptions): Promise<Result>;
}
