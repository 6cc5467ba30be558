/** Waiting that a timer or the caller's signal ends. */
import { type ErrorOrigin, localError } from '../errors/local-error.js';
import type { Clock } from '../runtime/clock.js';
import type { Signal } from '../runtime/transport.js';

/** What is waited for, and whose signal ends it. */
type Waiting = ErrorOrigin & { readonly signal?: Signal | undefined };

const early = Symbol();

/**
 * Settles as `work()` does; without `work`, after `ms`. Starts nothing after an abort.
 * @throws ClientError `timeout` after `ms`, `aborted` on abort
 */
export async function within<Result>(
  waiting: Waiting,
  clock: Clock,
  ms: number,
  work?: () => Promise<Result>,
): Promise<Result> {
  const { signal } = waiting;
  let end = (): void => {};
  let cancel = end;
  try {
    // One promise instead of `Promise.race`, which makes four: every call waits three times.
    const value = await new Promise<Result | typeof early>((resolve, reject) => {
      end = () => resolve(early);
      cancel = clock.schedule(end, ms);
      signal?.addEventListener('abort', end);
      if (signal?.aborted) end();
      else work?.().then(resolve, reject);
    });
    if (value !== early) return value;
    // Made here, not by the timer, so that the stack shows who called.
    if (signal?.aborted) throw abortError(waiting, signal);
    if (work) throw localError('timed_out', 'timeout', waiting, undefined, { retryable: true });
    return undefined as Result;
  } finally {
    cancel();
    signal?.removeEventListener('abort', end);
  }
}

/** `AbortSignal.timeout()` is a timeout. */
function abortError(origin: ErrorOrigin, { reason: cause }: Signal): Error {
  return Object(cause).name === 'TimeoutError'
    ? localError('timed_out', 'timeout', origin, undefined, { cause })
    : localError('aborted', 'aborted', origin, undefined, { cause });
}
