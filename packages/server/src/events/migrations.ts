/** The outbox: what has happened, and the subscribers it is still to be delivered to. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'event',
    createTable: {
      table: 'event',
      columns: {
        id: { type: 'id' },
        name: { type: 'ascii', length: 80 },
        data: { type: 'json' },
        occurred_at: { type: 'integer' },
      },
      indexes: [{ name: 'event_occurred', columns: ['occurred_at'] }],
    },
  },
  {
    name: 'event_delivery',
    createTable: {
      table: 'event_delivery',
      columns: {
        event_id: { type: 'integer' },
        /** Name of the plugin that subscribed. */
        subscriber: { type: 'ascii', length: 80 },
        attempts: { type: 'integer', default: 0 },
        /** When it is tried next; a try in progress postpones it, so that no other instance begins one. */
        due_at: { type: 'integer' },
      },
      primaryKey: ['event_id', 'subscriber'],
      indexes: [{ name: 'event_delivery_due', columns: ['subscriber', 'due_at'] }],
      foreignKeys: [{ column: 'event_id', references: { table: 'event', column: 'id' }, onDelete: 'cascade' }],
    },
  },
];
