/** The table of deleted accounts, by which a restore of an older backup does not bring them back. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'deleted_account',
    createTable: {
      table: 'deleted_account',
      columns: {
        account_id: { type: 'integer' },
        /** When that account was made: after a restore its id may be somebody else's. */
        created_at: { type: 'integer' },
        deleted_at: { type: 'integer' },
      },
      primaryKey: ['account_id', 'created_at'],
    },
  },
];
