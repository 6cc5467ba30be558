/** What a start leaves for later, done before a request has to wait for it: one piece in a turn of the event loop. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { isPalestraError } from '@palestra/core';
import { loadLibraries } from '@palestra/core/auth';
import type { Logger } from 'pino';
import type { TextIndex } from '../database/text-index.js';
import { loadKoaBody } from '../steps/koa-body.js';

export interface WarmUp {
  /** Does one piece; false if there is none left. */
  readonly next: () => boolean;
  /** Made where they are not there yet. */
  readonly textIndexes: readonly TextIndex[];
  /** True once the host is stopping. */
  readonly ended: () => boolean;
  readonly log: Logger;
}

/** Between two tries while the database is locked or away. */
const pauseMs = 1_000;

export async function warmUp(options: WarmUp): Promise<void> {
  await Promise.all([compileSchemas(options), buildIndexes(options)]);
}

async function compileSchemas({ next, ended, log }: WarmUp): Promise<void> {
  await Promise.all([loadKoaBody(), loadLibraries()]);
  for (let left = true; left && !ended(); await nextTurn()) {
    try {
      left = next();
    } catch (err) {
      log.error({ err }, 'A schema of the contract cannot be compiled: its operation will answer 500.');
    }
  }
}

async function buildIndexes({ textIndexes, ended, log }: WarmUp): Promise<void> {
  for (const index of textIndexes) {
    try {
      while (!(await isBuilt(index, ended))) await sleep(pauseMs, undefined, { ref: false });
    } catch (err) {
      if (!ended()) log.warn({ err }, 'An index of texts cannot be made: searching them reads whole tables.');
    }
  }
}

/** False where the database could not be written to now. */
async function isBuilt(index: TextIndex, ended: () => boolean): Promise<boolean> {
  try {
    await index.build(ended);
    return true;
  } catch (error) {
    if (ended() || !isPalestraError(error) || error.fact.status !== 503) throw error;
    return false;
  }
}
