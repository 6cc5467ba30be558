/** The table of ids that rows had in an older system. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'legacy_id',
    createTable: {
      table: 'legacy_id',
      columns: {
        table_name: { type: 'ascii', length: 64 },
        legacy_id: { type: 'ascii', length: 64 },
        row_id: { type: 'integer' },
      },
      primaryKey: ['table_name', 'legacy_id'],
      indexes: [
        { name: 'legacy_id_alone', columns: ['legacy_id'] },
        { name: 'legacy_id_row', columns: ['table_name', 'row_id'] },
      ],
    },
  },
  {
    name: 'forgotten_legacy_id',
    createTable: {
      table: 'forgotten_legacy_id',
      // SHA-256 of table and id: a deleted person is not named by it, and not imported again.
      columns: { hash: { type: 'ascii', length: 64 } },
      primaryKey: ['hash'],
    },
  },
];
