/** The table of the instances that serve a database. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'running_instance',
    createTable: {
      table: 'running_instance',
      columns: {
        id: { type: 'ascii', length: 32 },
        name: { type: 'text', length: 300 },
        plugins: { type: 'json' },
        started_at: { type: 'integer' },
        seen_at: { type: 'integer' },
      },
      primaryKey: ['id'],
    },
  },
];
