/** Timers at an interval, for a test that cannot wait for them. */
export interface CollectedTimers {
  readonly timers: readonly { readonly everyMs: number; readonly tick: () => void }[];
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
    timers,
    restore() {
      globalThis.setInterval = original;
    },
  };
}
