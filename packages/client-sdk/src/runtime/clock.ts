/** Time as the client sees it. */
import { runtime } from './runtime.js';

/** Time as the client sees it; tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch, which the user may set. */
  now(): number;
  /** Milliseconds since some moment; setting the clock does not change it. */
  monotonic(): number;
  /** Runs `task` once after `ms`; the result cancels it. */
  schedule(task: () => void, ms: number): () => void;
}

/** The most that `setTimeout` takes; it runs a task with a longer delay at once. */
const longestDelay = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => (runtime.performance ?? Date).now(),
  schedule(task, ms) {
    const timer = runtime.setTimeout?.(task, Math.min(ms, longestDelay));
    return () => runtime.clearTimeout?.(timer);
  },
};
