/** Deletes, now and then, the rows that can no longer matter. */
import type { Clock } from '@palestra/core';
import type { Logger } from 'pino';
import type { Database } from '../database/types.js';
import { createPurge } from './token-store.js';

const everyMs = 10 * 60_000;

export interface Purging {
  start(): void;
  stop(): void;
}

export function createPurging(database: Database, clock: Clock, log: Logger): Purging {
  const purge = createPurge(database);
  let timer: NodeJS.Timeout | undefined;
  const run = () => {
    purge(clock.now()).catch((err: unknown) => log.warn({ err }, 'Expired tokens could not be purged.'));
  };
  return {
    start() {
      timer = setInterval(run, everyMs).unref();
    },
    stop: () => clearInterval(timer),
  };
}
