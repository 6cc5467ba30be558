/** What a start leaves for later, done before a request has to wait for it: one part in a turn of the event loop. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { isPalestraError } from '@palestra/core';
import type { Logger } from 'pino';
import type { TextIndex } from '../database/text-index.js';

export interface WarmUp {
  /** One after the other. */
  readonly later: readonly (() => unknown)[];
  /** Made where they are not there yet. */
  readonly textIndexes: readonly TextIndex[];
  /** True once the host is stopping. */
  readonly ended: () => boolean;
  readonly log: Logger;
}

/** After the start, before the first part: who waits for this server asks in these milliseconds whether it answers. */
const quietMs = 100;
/** Between two tries while the database is locked or away. */
const pauseMs = 1_000;

export async function warmUp(options: WarmUp): Promise<void> {
  await Promise.all([prepare(options), buildIndexes(options)]);
}

async function prepare({ later, ended, log }: WarmUp): Promise<void> {
  await sleep(quietMs, undefined, { ref: false });
  for (const part of later) {
    await nextTurn();
    if (ended()) return;
    try {
      await part();
    } catch (err) {
      log.error({ err }, 'A part of the server cannot be prepared: the first request that needs it will say why.');
    }
  }
}

async function buildIndexes({ textIndexes, ended, log }: WarmUp): Promise<void> {
  for (const index of textIndexes) {
    try {
      while (!(await isBuilt(index, ended))) await sleep(pauseMs, undefined, { ref: false });
      void follow(index, { ended, log });
    } catch (err) {
      if (!ended()) log.warn({ err }, 'An index of texts cannot be made: searching them reads whole tables.');
    }
  }
}

async function follow(index: TextIndex, { ended, log }: Pick<WarmUp, 'ended' | 'log'>): Promise<void> {
  while (index.follow && !ended()) {
    try {
      await index.follow(ended);
    } catch (err) {
      if (!ended()) log.warn({ err }, 'An index of texts could not take in what was written; it will be tried again.');
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
