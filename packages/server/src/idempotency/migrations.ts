/** The table of idempotency keys. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'idempotency_key',
    createTable: {
      table: 'idempotency_key',
      columns: {
        /** Of caller, operation and key: the same key of another caller is another row. */
        digest: { type: 'ascii', length: 64 },
        /** Names this use of the key; see `IdempotentCall.id`. */
        use_id: { type: 'ascii', length: 32 },
        /** Keyed hash of the request, so that the key cannot be used for another one. */
        fingerprint: { type: 'ascii', length: 64 },
        /** Which process executes: a new value at every takeover, which the slower process no longer has. */
        fence: { type: 'ascii', length: 32 },
        /** Until then no other process takes over; 0 once released. */
        leased_until: { type: 'integer' },
        /** The answer, encrypted; null while the request is executed. */
        answer: { type: 'longtext', nullable: true },
        created_at: { type: 'integer' },
      },
      primaryKey: ['digest'],
      indexes: [{ name: 'idempotency_key_created', columns: ['created_at'] }],
    },
  },
];
