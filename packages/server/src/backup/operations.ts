/** The handlers of backup: they read and write files in the server's backup folder only. */
import { basename, join } from 'node:path';
import { type Clock, type Handlers, unavailable } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import { errorCode } from '../files/error-code.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import type { operations } from './contract.generated.js';
import { factsOf } from './file.js';
import type { BackupFolder } from './folder.js';
import type { BackupService } from './types.js';

export interface OperationsOptions {
  readonly service: BackupService;
  readonly folder: BackupFolder;
  readonly ring: KeyRing<SecretKey>;
  readonly database: Database;
  readonly audit: Audit;
  readonly clock: Clock;
}

export function createOperations(options: OperationsOptions): Handlers<operations> {
  const { service, folder, ring, database, audit, clock } = options;

  function record(call: AuditActor, action: string, file: string): Promise<void> {
    return database.unitOfWork((unit) => audit.record(unit, call, { action, object: `backup/${file}` }));
  }

  return {
    async createBackup(_request, call) {
      const path = await folder.newPath(clock.now()).catch(refuseNoPlace);
      const backup = { file: basename(path), ...(await service.create(path).catch(refuseNoPlace)) };
      await record(call, 'backup.create', backup.file);
      return backup;
    },

    listBackups: () => folder.list(ring),

    async restoreBackup({ body: { file } }, call) {
      const handle = await folder.open(file);
      try {
        const { createdAt } = await service.restore(handle, folder.path).catch(refuseNoPlace);
        await record(call, 'backup.restore', file);
        return { file, ...(await factsOf(join(folder.path, file))), createdAt };
      } finally {
        await handle.close();
      }
    },
  };
}

const noPlace: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

function refuseNoPlace(error: unknown): never {
  if (!noPlace.has(errorCode(error))) throw error;
  throw unavailable('The folder of backups cannot be written to. Check its space and permissions.', 60, error);
}
