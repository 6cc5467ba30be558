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

export function untilSignal(log: Logger): Signal {
  let end: (code: number) => void = () => undefined;
  const code = new Promise<number>((resolve) => {
    let since: number | undefined;
    end = (asked) => {
      if (since !== undefined && Date.now() - since > repeatMs) process.exit(1);
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
