/** What operations and commands do with backups: one at a time, and a restore with everything else out of service. */
import type { FileHandle } from 'node:fs/promises';
import { type Clock, catalogue, PalestraError, type ServiceRef, serviceRef } from '@palestra/core';
import type { Pause } from '../plugin/host-part.js';
import type { Backups, MadeBackup } from './backups.js';
import type { BackupFolder } from './folder.js';
import type { Manifest } from './manifest.js';

/** Rows by table. */
export type BackupFacts = Pick<Manifest, 'createdAt' | 'rows'>;

export interface BackupService {
  /** @throws Error `EEXIST` if there is such a file; PalestraError `conflict` */
  create(path: string): Promise<MadeBackup>;
  /** A backup in the server's own folder, under a name of the server's. @throws PalestraError `conflict` */
  keep(): Promise<MadeBackup & { readonly path: string }>;
  /** What a backup says of itself. @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible` */
  inspect(file: FileHandle): Promise<BackupFacts>;
  /** How many rows the database has now, by table. */
  rows(): Promise<Readonly<Record<string, number>>>;
  /**
   * Changes nothing unless the backup is sound. `folder` is for what is needed meanwhile.
   * @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible`, `conflict`
   */
  restore(file: FileHandle, folder: string): Promise<{ readonly createdAt: string }>;
}

export const backupService: ServiceRef<BackupService> = serviceRef('backup');

/** Only if nothing else of the kind is under way. */
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
