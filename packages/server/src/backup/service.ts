/** What operations and commands do with backups: one at a time, and a restore with everything else out of service. */
import { type Clock, catalogue, PalestraError } from '@palestra/core';
import type { Pause } from '../plugin/host-part.js';
import type { BackupFolder } from './folder.js';
import type { BackupService, Backups } from './types.js';

/** @throws PalestraError `conflict` (409, Retry-After) while another one runs */
export type Alone = <Result>(work: () => Promise<Result>) => Promise<Result>;

export interface ServiceOptions {
  readonly backups: Backups;
  readonly folder: BackupFolder;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly alone: Alone;
}

export function createService({ backups, folder, clock, pause, alone }: ServiceOptions): BackupService {
  return {
    create: (path) => alone(() => backups.create(path)),
    keep: () =>
      alone(async () => {
        const path = await folder.newPath(clock.now());
        return { path, ...(await backups.create(path)) };
      }),
    inspect: (file) => backups.inspect(file),
    rows: () => backups.rows(),
    restore: (file) =>
      alone(async () => {
        const checked = await backups.check(file, await folder.stage(clock.now()));
        try {
          await pause(() => checked.switchOver());
        } finally {
          await checked.discard();
        }
        return { createdAt: checked.manifest.createdAt };
      }),
  };
}

export function oneAtATime(): Alone {
  let busy = false;
  return async (work) => {
    if (busy) {
      throw new PalestraError(catalogue.conflict, 'A backup or a restore is running. Send the request again later.', {
        headers: { 'retry-after': '5' },
      });
    }
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };
}
