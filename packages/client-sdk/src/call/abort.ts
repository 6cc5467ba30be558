/** Waiting that the caller's signal can end. */
import type { ClientError } from '../errors/client-error.js';
import type { Signal } from '../runtime/transport.js';

/** Settles as `promise` does, or rejects early with `reason()` on abort; others may go on waiting for `promise`. */
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
