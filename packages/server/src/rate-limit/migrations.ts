/** The table of counted requests, which all instances share. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'rate_window',
    createTable: {
      table: 'rate_window',
      columns: {
        /** HMAC of limit, subject and end: a copy of the database reveals neither names nor addresses. */
        id: { type: 'ascii', length: 43 },
        hits: { type: 'integer' },
        ends_at: { type: 'integer' },
      },
      primaryKey: ['id'],
      indexes: [{ name: 'rate_window_end', columns: ['ends_at'] }],
    },
  },
];
