/** What an integrator may set of backup. */
import type { EnvironmentVariable, Schema } from '@palestra/core';

export interface BackupConfig {
  readonly folder?: string;
  readonly recipients?: readonly string[];
  readonly schedule?: string;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly hook?: string;
  readonly hookTimeout: number;
}

const keep = (periods: string): Schema => ({
  type: 'integer',
  minimum: 1,
  maximum: 10_000,
  description: `After a scheduled backup, keep the newest backup of each of the last so many ${periods}.`,
});

export const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    folder: {
      type: 'string',
      minLength: 1,
      description: 'Where the server keeps backups; `backups` in the data folder.',
    },
    recipients: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', pattern: '^age1[a-z0-9]+$' },
      description: 'Public keys of age (`age1…`), for whose owners backups are encrypted.',
    },
    schedule: {
      type: 'string',
      pattern: '^(@\\w+|\\S+( +\\S+){4})$',
      description:
        'When backups are made, in the five fields of cron: `0 3 * * *` is 03:00 each day, by the clock of the server (`TZ`).',
    },
    keepDaily: keep('days'),
    keepWeekly: keep('weeks'),
    keepMonthly: keep('months'),
    hook: {
      type: 'string',
      minLength: 1,
      description: 'A program that is run with the path of each finished backup, such as one that uploads it.',
    },
    hookTimeout: {
      type: 'integer',
      minimum: 1,
      maximum: 86_400,
      default: 3600,
      description: 'Seconds that the hook may take.',
    },
  },
};

export const environment: readonly EnvironmentVariable[] = [
  { name: 'PALESTRA_BACKUP_FOLDER', setting: '/folder' },
  { name: 'PALESTRA_BACKUP_RECIPIENTS', setting: '/recipients' },
  { name: 'PALESTRA_BACKUP_SCHEDULE', setting: '/schedule' },
  { name: 'PALESTRA_BACKUP_KEEP_DAILY', setting: '/keepDaily' },
  { name: 'PALESTRA_BACKUP_KEEP_WEEKLY', setting: '/keepWeekly' },
  { name: 'PALESTRA_BACKUP_KEEP_MONTHLY', setting: '/keepMonthly' },
  { name: 'PALESTRA_BACKUP_HOOK', setting: '/hook' },
  { name: 'PALESTRA_BACKUP_HOOK_TIMEOUT', setting: '/hookTimeout' },
];
