/** The table of idempotency keys. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'idempotency_key',
    createTable: {
      table: 'idempotency_key',
      columns: {
        /** SHA-256 of caller, operation and key: the same key from another caller is another row. */
        digest: { type: 'ascii', length: 64 },
        /** Names this use of the key; see `IdempotentCall.id`. */
        use_id: { type: 'ascii', length: 32 },
        /** SHA-256 of the request, so that the key cannot be used for another one. */
        fingerprint: { type: 'ascii', length: 64 },
        /** Names the execution: a takeover writes a new value, which the execution before it does not have. */
        fence: { type: 'ascii', length: 32 },
        /** The execution may be taken over from then on; 0 once released. */
        leased_until: { type: 'integer' },
        /** The answer; null during the execution. */
        answer: { type: 'longtext', nullable: true },
        created_at: { type: 'integer' },
      },
      primaryKey: ['digest'],
      indexes: [{ name: 'idempotency_key_created', columns: ['created_at'] }],
    },
  },
];
