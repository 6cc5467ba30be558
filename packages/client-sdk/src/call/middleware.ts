/** Middleware: functions that wrap a call, one inside the other. */
import type { Answer, Call } from './call.js';

/**
 * Wraps a call: `(call, next) => next()` does nothing. `next()` rejects with a `ClientError`; it may be called again,
 * and everything further in then runs again under the same request id and idempotency key.
 */
export type Middleware = (call: Call, next: () => Promise<Answer>) => Promise<Answer>;

/** The first of `steps` is the outermost. */
export function compose(
  steps: readonly Middleware[],
  send: (call: Call) => Promise<Answer>,
): (call: Call) => Promise<Answer> {
  return steps.reduceRight<(call: Call) => Promise<Answer>>(
    (next, step) => (call) => step(call, () => next(call)),
    send,
  );
}
