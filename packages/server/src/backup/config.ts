/** What an integrator may set of backup. */
import type { Schema } from '@palestra/core';

export interface BackupConfig {
  readonly folder?: string;
}

export const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    folder: { type: 'string', minLength: 1, description: 'Where backups are kept; `backups` in the data folder.' },
  },
};
