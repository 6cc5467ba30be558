/** The handlers of backup: they read and write files in the server's backup folder only. */
import { basename, join } from 'node:path';
import { type Clock, type Handlers, type Unit, unavailable } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Logger } from 'pino';
import type { Database } from '../database/types.js';
import { errorCode } from '../files/error-code.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import type { operations } from './contract.generated.js';
import { factsOf } from './file.js';
import type { BackupFolder, ListedBackup } from './folder.js';
import type { BackupService } from './types.js';

export interface OperationsOptions {
  readonly service: Pick<BackupService, 'create' | 'runHook' | 'restore'>;
  readonly folder: BackupFolder;
  readonly ring: KeyRing<SecretKey>;
  readonly database: Database;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createOperations(options: OperationsOptions): Handlers<operations> {
  const { service, folder, ring, database, audit, clock, log } = options;

  function record(unit: Unit, call: AuditActor, action: string, file: string): Promise<void> {
    return audit.record(unit, call, { action, object: `backup/${file}` });
  }

  async function create(id: string | undefined): Promise<ListedBackup> {
    const path = await folder.newPath(clock.now(), id).catch(refuseNoPlace);
    const made = await service.create(path).catch(refuseNoPlace);
    // An upload may take longer than a caller waits; how it ends is in the log, the audit and the metrics.
    void service.runHook(path, made).catch((err: unknown) => log.error({ err }, 'The hook could not be recorded.'));
    return { file: basename(path), ...made };
  }

  return {
    async createBackup(_request, call) {
      const { idempotency } = call;
      const made = idempotency && (await folder.find(idempotency.id, ring));
      const backup = made ?? (await create(idempotency?.id));
      await database.unitOfWork(async (unit) => {
        await record(unit, call, 'backup.create', backup.file);
        await idempotency?.finish(unit, backup);
      });
      return backup;
    },

    listBackups: () => folder.list(ring),

    async restoreBackup({ body: { file } }, call) {
      const handle = await folder.open(file);
      try {
        const { createdAt } = await service.restore(handle).catch(refuseNoPlace);
        await database.unitOfWork((unit) => record(unit, call, 'backup.restore', file));
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
