/** The table of one-time codes. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'one_time_code',
    createTable: {
      table: 'one_time_code',
      columns: {
        /** SHA-256 of the code: 100 random bits need no slow hash. */
        hash: { type: 'ascii', length: 43 },
        account_id: { type: 'integer' },
        purpose: { type: 'ascii', length: 16 },
        /** Where it was sent, if it was; good only while the account still has, or waits for, that address. */
        email: { type: 'text', length: 254, nullable: true },
        expires_at: { type: 'integer' },
        /** A spent code stays until it expires, so that a mail sent twice does not bring it back. */
        spent_at: { type: 'integer', nullable: true },
      },
      primaryKey: ['hash'],
      indexes: [
        { name: 'one_time_code_account', columns: ['account_id', 'purpose'] },
        { name: 'one_time_code_expiry', columns: ['expires_at'] },
      ],
      foreignKeys: [{ column: 'account_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' }],
      checks: { one_time_code_purpose: "purpose in ('recovery', 'email')" },
    },
  },
];
