/** Backup and restore as a plugin of the host, which alone can take everything else out of service for a moment. */
import { catalogue, PalestraError } from '@palestra/core';
import type { KeyStore } from '../keys/types.js';
import type { AnyPlugin, Plugin } from '../plugin.js';
import { createBackups } from './backups.js';
import { type BackupConfig, configSchema } from './config.js';
import { contract, type operations } from './contract.generated.js';
import { backupErrors } from './errors.js';
import { createFolder } from './folder.js';
import { migrations } from './migrations.js';
import { type Alone, createOperations, type Pause } from './operations.js';

export { type Backups, createBackups } from './backups.js';
export type { Pause } from './operations.js';
export type { RestoreRule } from './rules.js';

export interface BackupTypes {
  operations: operations;
  config: BackupConfig;
}

export interface BackupOptions {
  /** Unless configured. */
  readonly folder: string;
  readonly keys: KeyStore;
  /** Every plugin of the host, this one too; asked for when it is set up. */
  plugins(): readonly AnyPlugin[];
  readonly pause: Pause;
}

export function createBackup(options: BackupOptions): Plugin<BackupTypes> {
  const alone = oneAtATime();
  return {
    name: 'backup',
    version: '0.1.0',
    host: '^1.0.0',
    contract,
    config: configSchema,
    errors: backupErrors,
    migrations,
    restore: [{ table: 'restoration', keep: 'rows' }],
    async setup({ config, database, audit, clock }) {
      const { keys, pause } = options;
      const backups = await createBackups({ database, plugins: options.plugins(), keys, clock });
      const folder = createFolder(config.folder ?? options.folder);
      const ring = await keys.secrets('backup');
      return { handlers: createOperations({ backups, folder, ring, pause, alone, database, audit, clock }) };
    },
  };
}

/** Outlives a restore, in which the plugin is set up anew. */
function oneAtATime(): Alone {
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
