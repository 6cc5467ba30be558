/** Backup and restore as a plugin of the host, which alone can take everything else out of service for a moment. */
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { createBackups } from './backups.js';
import { type BackupConfig, configSchema } from './config.js';
import { contract, type operations } from './contract.generated.js';
import { backupErrors } from './errors.js';
import { createFolder } from './folder.js';
import { migrations } from './migrations.js';
import { createOperations } from './operations.js';
import { createService, oneAtATime } from './service.js';
import { type BackupService, backupService } from './types.js';

export interface BackupTypes {
  operations: operations;
  config: BackupConfig;
  service: BackupService;
}

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
    provides: backupService,
    errors: backupErrors,
    migrations,
    restore: [{ table: 'restoration', keep: 'rows' }],
    async setup({ config, database, audit, clock, host }) {
      const { keys, plugins, pause } = host;
      const backups = await createBackups({ database, plugins, keys, clock });
      const folder = createFolder(config.folder ?? options.folder);
      const service = createService({ backups, folder, clock, pause, alone });
      const ring = await keys.secrets('backup');
      return {
        service,
        handlers: createOperations({ service, folder, ring, database, audit, clock }),
        start: () => folder.sweep(clock.now()),
      };
    },
  };
}
