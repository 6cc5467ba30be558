/** Retries with full jitter, a cap and a total budget; `Retry-After` is obeyed, and an abort ends the wait at once. */
import { type Call, isRead } from '../call/call.js';
import { within } from '../call/limits.js';
import type { Middleware } from '../call/middleware.js';
import { isClientError } from '../errors/client-error.js';
import type { Clock } from '../runtime/clock.js';

/**
 * @param random 0 ≤ x < 1
 * @param isRepeatable whether a second attempt has no second effect
 */
export function retrying(
  clock: Clock,
  random: () => number,
  isRepeatable: (call: Call) => boolean | Promise<boolean> = isReadOrKept,
): Middleware {
  return async (call, next) => {
    const { attempts, baseMs, capMs } = call.retry;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        // The error of another operation (key, refresh) comes after retries of its own.
        const isTemporary = isClientError(error) && error.retryable && error.operationId === call.operation.id;
        if (!(isTemporary && attempt < attempts && (await isRepeatable(call)))) throw error;
        const backoff = random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
        const wait = Math.max(error.retryAfterMs ?? 0, backoff);
        const hasTime = (ms: number) => clock.monotonic() + ms < call.deadline;
        if (hasTime(wait)) await within(call, clock, wait);
        else throw error;
        // A frozen page may wake up much later, and another tab have been faster.
        if (!hasTime(0) || !(await isRepeatable(call))) throw error;
      }
    }
  };
}

/** Reads, and the writes whose answer the server keeps under the key that they carry. */
function isReadOrKept(call: Call): boolean {
  return isRead(call) || (call.operation.idempotent === true && 'idempotency-key' in call.headers);
}
