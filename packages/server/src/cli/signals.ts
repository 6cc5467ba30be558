/** What ends a server from outside: a signal, or an error that nothing caught. */
import type { Logger } from 'pino';

export interface Signal {
  /** The exit code that was asked for. */
  readonly code: Promise<number>;
  /** Leaves signals to the process again. */
  forget(): void;
}

/** A terminal's Ctrl-C reaches the process twice, by itself and through npm; a later signal ends the process at once. */
const repeatMs = 500;

/** @param withinMs milliseconds after which the process ends, whatever still runs */
export function untilSignal(log: Logger, withinMs: number): Signal {
  let end: (code: number) => void = () => undefined;
  const code = new Promise<number>((resolve) => {
    let since: number | undefined;
    end = (asked) => {
      if (since !== undefined && Date.now() - since > repeatMs) process.exit(1);
      if (since === undefined) endWithin(withinMs, log);
      since ??= Date.now();
      resolve(asked);
    };
  });
  const stopped = () => end(0);
  const failed = (err: unknown) => {
    log.fatal({ err }, 'The server ends after an error that nothing caught.');
    end(1);
  };
  const listeners = [
    ['SIGTERM', stopped],
    ['SIGINT', stopped],
    ['uncaughtException', failed],
    ['unhandledRejection', failed],
  ] as const;
  for (const [event, listener] of listeners) process.on(event, listener);
  return {
    code,
    forget: () => {
      for (const [event, listener] of listeners) process.off(event, listener);
    },
  };
}

/** The timer keeps nothing alive: it is for what does. */
function endWithin(ms: number, log: Logger): void {
  const last = () => {
    log.error(`The server did not end within ${ms / 1000} s; what it was doing is cut off.`);
    process.exit(1);
  };
  setTimeout(last, ms).unref();
}
