/** Retries with full jitter, a cap and a total budget; `Retry-After` is obeyed, and an abort ends the wait at once. */
import { untilAborted } from '../call/abort.js';
import { type Call, isRead, originOf } from '../call/call.js';
import type { Middleware } from '../call/middleware.js';
import { type ClientError, isClientError } from '../errors/client-error.js';
import { aborted } from '../errors/local-errors.js';
import type { Clock } from '../runtime/clock.js';

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
 * Reads always; writes by their idempotency key. A sealed write is not repeated: each sealing makes another body.
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
