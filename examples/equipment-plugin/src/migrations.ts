/** The tables of equipment. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'equipment_type',
    createTable: {
      table: 'equipment_type',
      columns: { name: { type: 'text', length: 100 }, created_at: { type: 'integer' } },
      primaryKey: ['name'],
    },
  },
  {
    name: 'equipment',
    createTable: {
      table: 'equipment',
      columns: {
        id: { type: 'id' },
        name: { type: 'text', length: 200 },
        name_folded: { type: 'longtext' },
        type_name: { type: 'text', length: 100, nullable: true },
        type_name_folded: { type: 'longtext', nullable: true },
        image_urls: { type: 'json' },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [
        { name: 'equipment_name', columns: ['name'], unique: true },
        { name: 'equipment_type_name', columns: ['type_name'] },
      ],
      foreignKeys: [
        { column: 'type_name', references: { table: 'equipment_type', column: 'name' }, onDelete: 'restrict' },
      ],
    },
  },
  {
    // One row an event, so that an event told twice counts once.
    name: 'equipment_visit',
    createTable: {
      table: 'equipment_visit',
      columns: { event_id: { type: 'ascii', length: 64 }, occurred_at: { type: 'integer' } },
      primaryKey: ['event_id'],
    },
  },
];
