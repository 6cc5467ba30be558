/** The table of backup: which backups have been restored here. It outlives them. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'restoration',
    createTable: {
      table: 'restoration',
      columns: {
        id: { type: 'ascii', length: 32 },
        /** When the backup was made, RFC 3339. */
        created_at: { type: 'ascii', length: 32 },
        restored_at: { type: 'integer' },
      },
      primaryKey: ['id'],
    },
  },
];
