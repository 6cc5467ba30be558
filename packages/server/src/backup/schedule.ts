/** Makes backups by the clock, on one instance of many. One that was missed, since no server ran, is made at the start. */
import type { Clock } from '@palestra/core';
import type { Logger } from 'pino';
import { createInterval } from '../async/interval.js';
import type { Lease } from '../database/lease.js';
import type { BackupState } from './state.js';

export interface ScheduleOptions {
  /** Five fields of cron. */
  readonly pattern: string;
  readonly state: BackupState;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Logger;
  make(): Promise<void>;
}

export interface Schedule {
  /** Makes a backup if one is due and no other instance does. @throws what it failed with; then it is tried again later */
  makeDue(): Promise<boolean>;
  start(): void;
  stop(): Promise<void>;
}

const everyMs = 30_000;
const renewMs = 20_000;
const againMs = 5 * 60_000;

/** @throws TypeError for a pattern that cron does not have, or that never comes */
export async function createSchedule(options: ScheduleOptions): Promise<Schedule> {
  const { state, lease, clock, log } = options;
  const nextAfter = await readPattern(options.pattern, clock);
  let notBefore = 0;

  async function isDue(): Promise<boolean> {
    const last = await state.last('scheduled');
    // From the first start on.
    if (!last) await state.set('scheduled', { at: clock.now(), bytes: null });
    return last !== undefined && nextAfter(last.at) <= clock.now();
  }

  async function makeDue(): Promise<boolean> {
    if (clock.now() < notBefore || !(await isDue())) return false;
    // Another instance may have made it since.
    if (!(await lease.hold()) || !(await isDue())) return false;
    const renewing = setInterval(() => void lease.hold().catch(() => undefined), renewMs).unref();
    try {
      await options.make();
      await state.set('scheduled', { at: clock.now(), bytes: null });
    } catch (error) {
      notBefore = clock.now() + againMs;
      throw error;
    } finally {
      clearInterval(renewing);
      await lease.release().catch(() => undefined);
    }
    return true;
  }

  const job = createInterval(makeDue, { everyMs, failure: 'The scheduled backup could not be made.', log });
  return {
    makeDue,
    start() {
      job.start();
      job.wake();
    },
    stop: () => job.stop(),
  };
}

async function readPattern(pattern: string, clock: Clock): Promise<(after: number) => number> {
  const { Cron } = await import('croner');
  try {
    const cron = new Cron(pattern, { paused: true });
    if (!cron.nextRun(new Date(clock.now()))) throw new TypeError('it never comes');
    return (after) => cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace('CronPattern: ', '') : '';
    throw new TypeError(`The schedule of backups "${pattern}" is not one of cron: ${reason}.`, { cause });
  }
}
