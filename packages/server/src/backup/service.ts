/** What operations and commands do with backups: one at a time, and a restore with everything else out of service. */
import type { FileHandle } from 'node:fs/promises';
import { catalogue, PalestraError, type ServiceRef, serviceRef } from '@palestra/core';
import type { Pause } from '../plugin/host-part.js';
import type { Backups, MadeBackup } from './backups.js';

export interface BackupService {
  /** @throws Error `EEXIST` if there is such a file; PalestraError `conflict` */
  create(path: string): Promise<MadeBackup>;
  /**
   * Changes nothing unless the backup is sound. `folder` is for what is needed meanwhile.
   * @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible`, `conflict`
   */
  restore(file: FileHandle, folder: string): Promise<{ readonly createdAt: string }>;
}

export const backupService: ServiceRef<BackupService> = serviceRef('backup');

/** Only if nothing else of the kind is under way. */
export type Alone = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function createService(backups: Backups, pause: Pause, alone: Alone): BackupService {
  return {
    create: (path) => alone(() => backups.create(path)),
    restore: (file, folder) =>
      alone(async () => {
        const checked = await backups.check(file, folder);
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
    if (busy) throw new PalestraError(catalogue.conflict, 'A backup or a restore is under way.');
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };
}
