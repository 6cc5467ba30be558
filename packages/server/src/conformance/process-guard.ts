/** Catches what would end the process, and how long the event loop stood still, while something runs. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { explain } from './explain.js';

export interface ProcessGuard {
  /** The longest pause from now on counts. */
  watchLoop(): void;
  /** Gives the process back. */
  end(): readonly string[];
}

const events = ['uncaughtException', 'unhandledRejection'] as const;

/** Others in the process may pause it too, and a garbage collection; five seconds is what a plugin is seen to do. */
const longestPauseMs = 1_000;

export function guardProcess(): ProcessGuard {
  const faults: string[] = [];
  const loop = monitorEventLoopDelay({ resolution: 10 });
  const before = events.map((event) => [event, process.listeners(event as 'uncaughtException')] as const);
  for (const [event, listeners] of before) {
    for (const listener of listeners) process.off(event, listener);
    process.on(event, (error: unknown) => faults.push(`${event}, which ends the process: ${explain(error)}`));
  }
  return {
    watchLoop() {
      loop.enable();
      loop.reset();
    },
    end() {
      loop.disable();
      for (const [event, listeners] of before) {
        process.removeAllListeners(event);
        for (const listener of listeners) process.on(event, listener);
      }
      const pause = loop.max / 1e6;
      return pause > longestPauseMs ? [...faults, `The event loop stood still for ${Math.round(pause)} ms.`] : faults;
    },
  };
}
