/** Time as the client sees it. */
import { runtime } from './runtime.js';

/** Time as the client sees it; tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `ms`; the result cancels it. */
  schedule(task: () => void, ms: number): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(task, ms) {
    const timer = runtime.setTimeout(task, ms);
    return () => runtime.clearTimeout(timer);
  },
};
