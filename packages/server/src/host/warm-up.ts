/** What a start leaves for later, done before a request has to wait for it: one piece in a turn of the event loop. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadLibraries } from '@palestra/core/auth';
import type { Logger } from 'pino';
import { loadKoaBody } from '../steps/koa-body.js';

export interface WarmUp {
  /** Does one piece; false if there is none left. */
  readonly next: () => boolean;
  /** True once the host is stopping. */
  readonly ended: () => boolean;
  readonly log: Logger;
}

export async function warmUp({ next, ended, log }: WarmUp): Promise<void> {
  await Promise.all([loadKoaBody(), loadLibraries()]);
  for (let left = true; left && !ended(); await nextTurn()) {
    try {
      left = next();
    } catch (err) {
      log.error({ err }, 'A schema of the contract cannot be compiled: its operation will answer 500.');
    }
  }
}
