/** The tables of SampleItems. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'sample_item',
    createTable: {
      table: 'sample_item',
      columns: {
        id: { type: 'id' },
        name: { type: 'text', length: 200 },
        name_folded: { type: 'longtext' },
        note: { type: 'longtext', nullable: true },
        note_folded: { type: 'longtext', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [{ name: 'sample_item_name', columns: ['name'], unique: true }],
    },
  },
];
