/** The tables of backup: which have been restored here, when the last was made, and who makes the next. They outlive a restore. */
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
  {
    name: 'backup_state',
    createTable: {
      table: 'backup_state',
      columns: {
        name: { type: 'ascii', length: 32 },
        at: { type: 'integer' },
        bytes: { type: 'integer', nullable: true },
      },
      primaryKey: ['name'],
    },
  },
  {
    name: 'backup_lease',
    createTable: {
      table: 'backup_lease',
      columns: {
        name: { type: 'ascii', length: 32 },
        holder: { type: 'ascii', length: 32 },
        until: { type: 'integer' },
      },
      primaryKey: ['name'],
    },
  },
];
