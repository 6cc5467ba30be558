/** The table of idempotency keys. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'idempotency_key',
    createTable: {
      table: 'idempotency_key',
      columns: {
        /** SHA-256 of caller, operation and key: what another caller sends under the same key is another key. */
        digest: { type: 'ascii', length: 64 },
        /** Names this use of the key; see `IdempotentCall.id`. */
        use_id: { type: 'ascii', length: 32 },
        /** SHA-256 of the request, so that the key cannot stand for another one. */
        fingerprint: { type: 'ascii', length: 64 },
        /** Who executes: a new value at every takeover, which whoever was slower no longer has. */
        fence: { type: 'ascii', length: 32 },
        /** Until then nobody else takes over; 0 once released. */
        leased_until: { type: 'integer' },
        /** The answer; null while it is executed. */
        answer: { type: 'longtext', nullable: true },
        created_at: { type: 'integer' },
      },
      primaryKey: ['digest'],
      indexes: [{ name: 'idempotency_key_created', columns: ['created_at'] }],
    },
  },
];
