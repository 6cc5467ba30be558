/** Retries with full jitter, a cap and a total budget; `Retry-After` is obeyed, and an abort ends it at once. */
import { type Call, isRead, type Middleware, originOf } from './call.js';
import { aborted, type ClientError, isClientError } from './errors.js';
import type { Clock, Signal } from './runtime.js';

/** How often, how soon and for how long a call is sent again; 5 attempts within 60 s unless told. */
export interface RetryPolicy {
  /** Sendings at most, the first one included. */
  readonly attempts: number;
  /** The n-th wait is a random part of `baseMs · 2^(n−1)`, at most `capMs`. */
  readonly baseMs: number;
  readonly capMs: number;
  /** For the whole call, waits included; no attempt begins after it. */
  readonly budgetMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 5, baseMs: 250, capMs: 8_000, budgetMs: 60_000 };

/** @param random 0 ≤ x < 1 */
export function retrying(clock: Clock, random: () => number): Middleware {
  return async (call, next) => {
    const { attempts, baseMs, capMs } = call.retry;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        if (attempt >= attempts || !isWorthRepeating(call, error)) throw error;
        const backoff = random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
        const wait = Math.max(error.retryAfterMs ?? 0, backoff);
        if (clock.now() + wait >= call.deadline) throw error;
        await pause(clock, wait, call);
      }
    }
  };
}

/**
 * Reads always; writes by their idempotency key. A sealed write is not: its key names another body at every sealing.
 * The error of another operation (key, refresh) comes after retries of its own.
 */
function isWorthRepeating(call: Call, error: unknown): error is ClientError {
  if (!isClientError(error) || !error.retryable || error.operationId !== call.operation.id) return false;
  return isRead(call) || ('idempotency-key' in call.headers && call.operation.sealed === undefined);
}

function pause(clock: Clock, ms: number, call: Call): Promise<void> {
  let cancel: (() => void) | undefined;
  const waiting = new Promise<void>((resolve) => {
    cancel = clock.schedule(resolve, ms);
  });
  return untilAborted(waiting, call.signal, () => {
    cancel?.();
    return aborted(originOf(call));
  });
}

/** The same promise, left early by the caller's abort; what others wait for as well goes on. */
export function untilAborted<Result>(
  promise: Promise<Result>,
  signal: Signal | undefined,
  reason: () => ClientError,
): Promise<Result> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(reason());
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** `Retry-After` in milliseconds: seconds, or a date, which is read against the server's own `Date`. */
export function retryAfterMs(value: string | undefined, date: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value) - (date === undefined ? now : Date.parse(date));
  return Number.isNaN(until) ? undefined : Math.max(0, until);
}
