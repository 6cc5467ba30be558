/** Timers at an interval, for a test that cannot wait for them. */
export interface CollectedTimers {
  /** Runs those of an interval at once; how many there are. */
  tick(everyMs: number): number;
  /** Ends the collecting. */
  restore(): void;
}

/** What is run every so often from now on, for a test to run at once. */
export function collectTimers(): CollectedTimers {
  const timers: { everyMs: number; tick: () => void }[] = [];
  const original = globalThis.setInterval;
  globalThis.setInterval = ((tick: () => void, everyMs: number) => {
    timers.push({ everyMs, tick });
    return original(tick, everyMs);
  }) as typeof setInterval;
  return {
    tick(everyMs) {
      const due = timers.filter((timer) => timer.everyMs === everyMs);
      for (const { tick } of due) tick();
      return due.length;
    },
    restore() {
      globalThis.setInterval = original;
    },
  };
}
