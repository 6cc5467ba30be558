/** Backup and restore as a plugin of the host, which alone can take everything else out of service for a moment. */
import { need } from '@palestra/core';
import { instancesService } from '../instances/index.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { configSchema, environment } from './config.js';
import { contract } from './contract.generated.js';
import { backupErrors } from './errors.js';
import { migrations } from './migrations.js';
import { oneAtATime } from './service.js';
import { type BackupTypes, setUp } from './set-up.js';
import { backupService } from './types.js';

export interface BackupOptions {
  /** Unless configured. */
  readonly folder: string;
}

export function createBackup(options: BackupOptions): HostPart<BackupTypes> {
  // Lives longer than a restore, after which the plugin is set up again.
  const alone = oneAtATime();
  return {
    name: 'backup',
    version,
    host: '^1.0.0',
    contract,
    config: configSchema,
    environment,
    requires: { instances: need(instancesService) },
    provides: backupService,
    errors: backupErrors,
    migrations,
    restore: [
      { table: 'restoration', keep: 'rows' },
      { table: 'backup_state', keep: 'rows' },
      { table: 'backup_lease', keep: 'rows' },
    ],
    setup: (scope) => setUp(scope, { folder: options.folder, alone }),
  };
}
