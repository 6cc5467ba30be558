/** The tables of merchandise. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'merchandise',
    createTable: {
      table: 'merchandise',
      columns: {
        id: { type: 'id' },
        name: { type: 'text', length: 200 },
        name_folded: { type: 'longtext' },
        type: { type: 'integer' },
        gym_id: { type: 'integer' },
        price_amount: { type: 'integer', nullable: true },
        price_currency: { type: 'ascii', length: 3, nullable: true },
        count: { type: 'integer' },
        stock: { type: 'integer', nullable: true },
        tag: { type: 'text', length: 200, nullable: true },
        tag_folded: { type: 'longtext', nullable: true },
        summary: { type: 'text', length: 1000, nullable: true },
        summary_folded: { type: 'longtext', nullable: true },
        detail: { type: 'longtext', nullable: true },
        detail_folded: { type: 'longtext', nullable: true },
        expiry_info: { type: 'json', nullable: true },
        schedule: { type: 'json' },
        image_urls: { type: 'json' },
        available: { type: 'integer' },
        sale_start: { type: 'integer', nullable: true },
        sale_end: { type: 'integer', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [
        { name: 'merchandise_gym_name', columns: ['gym_id', 'name'], unique: true },
        { name: 'merchandise_name', columns: ['name'] },
      ],
      foreignKeys: [{ column: 'gym_id', references: { table: 'gym', column: 'id' }, onDelete: 'restrict' }],
      checks: {
        merchandise_stock: 'stock >= 0',
        merchandise_price: 'price_amount >= 0',
        merchandise_count: 'count >= -1',
      },
    },
  },
  {
    name: 'merchandise_gym',
    createIndex: { table: 'merchandise', index: { name: 'merchandise_gym', columns: ['gym_id'] } },
  },
];
