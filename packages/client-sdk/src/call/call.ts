/** One call of an operation, as the steps and the caller's middleware see it. */
import type { Operation } from '../contract/operation.js';
import type { Signal } from '../runtime/transport.js';

/** How often, how soon and for how long a call is repeated. The defaults are 5 attempts within 60 s. */
export interface RetryPolicy {
  /** The maximum number of attempts, including the first. */
  readonly attempts: number;
  /** The n-th wait is random, up to `baseMs · 2^(n−1)` and at most `capMs`. */
  readonly baseMs: number;
  readonly capMs: number;
  /** For the whole call, waits included; no attempt starts after it. */
  readonly budgetMs: number;
}

/** For one call; each overrides the client's own option. */
export interface CallOptions {
  /** Aborts the call; it then rejects with kind `aborted`, and nothing more is sent. */
  readonly signal?: Signal | undefined;
  /** Milliseconds for one attempt, answer included. */
  readonly timeoutMs?: number | undefined;
  /** False: send once. */
  readonly retry?: Partial<RetryPolicy> | false | undefined;
  /** For a write; visible ASCII. The client makes one by default. Your own makes a call safe across restarts of the app. */
  readonly idempotencyKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What middleware sees. `headers`, `url` and `body` may be changed before `next()`. */
export interface Call {
  readonly operation: Operation;
  /** Sent as `X-Request-Id`, the same for every attempt; empty for a guest's read, which sends none. */
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
  /** The total budget ends here, by the client's monotonic clock. */
  readonly deadline: number;
}

/** The server's answer to a call. */
export interface Answer<Data = unknown> {
  readonly status: number;
  header(name: string): string | undefined;
  /** `data` of the envelope, or the bare body; undefined for 304. */
  readonly data: Data;
}

/** The `operation` of an envelope, such as `query`. */
export function envelopeOperation({ operation, body }: Pick<Call, 'operation' | 'body'>): unknown {
  return operation.bare ? undefined : Object(body).operation;
}

/** A read may be sent any number of times: GET, and the envelope's `query`. */
export function isRead(call: Pick<Call, 'operation' | 'body'>): boolean {
  return call.operation.method === 'GET' || envelopeOperation(call) === 'query';
}
