/** The handlers of backup: one backup or restore at a time, whoever asks. */
import { basename } from 'node:path';
import { type Handlers, unavailable } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Audit, AuditActor } from '../audit/index.js';
import type { Database } from '../database/index.js';
import type { Clock } from '../plugin.js';
import type { Backups } from './backups.js';
import type { operations } from './contract.generated.js';
import { factsOf } from './file.js';
import type { BackupFolder } from './folder.js';

/** Answers everybody else 503, waits for what runs, does `work`, and serves again on what is then there. */
export type Pause = (work: () => Promise<void>) => Promise<void>;

/** Only if nothing else of the kind is under way. */
export type Alone = <Result>(work: () => Promise<Result>) => Promise<Result>;

export interface OperationsOptions {
  readonly backups: Backups;
  readonly folder: BackupFolder;
  readonly ring: KeyRing<SecretKey>;
  readonly pause: Pause;
  readonly alone: Alone;
  readonly database: Database;
  readonly audit: Audit;
  readonly clock: Clock;
}

export function createOperations(options: OperationsOptions): Handlers<operations> {
  const { backups, folder, ring, pause, alone, database, audit, clock } = options;

  function record(call: AuditActor, action: string, file: string): Promise<void> {
    return database.unitOfWork((unit) => audit.record(unit, call, { action, object: `backup/${file}` }));
  }
  return {
    createBackup: (_request, call) =>
      alone(async () => {
        const path = await folder.newPath(clock.now());
        const made = await backups.create(path).catch(refuseFullDisk);
        const backup = { file: basename(path), ...made };
        await record(call, 'backup.create', backup.file);
        return backup;
      }),

    listBackups: () => folder.list(ring),

    restoreBackup: ({ body: { file } }, call) =>
      alone(async () => {
        const handle = await folder.open(file);
        try {
          const checked = await backups.check(handle, folder.path).catch(refuseFullDisk);
          try {
            await pause(() => checked.switchOver());
          } finally {
            await checked.discard();
          }
          await record(call, 'backup.restore', file);
          const { sha256, bytes } = await factsOf(`${folder.path}/${file}`);
          return { file, sha256, bytes, createdAt: checked.manifest.createdAt };
        } finally {
          await handle.close();
        }
      }),
  };
}

const noPlace: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

function refuseFullDisk(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw noPlace.has(code) ? unavailable('The folder of backups cannot be written to.', 60, error) : error;
}
