/** The tables of the audit; `protection.ts` makes them append-only. */
import type { Migration } from '@palestra/core';

const digest = { type: 'ascii', length: 64 } as const;
const noDigest = { ...digest, nullable: true } as const;

export const migrations: readonly Migration[] = [
  {
    name: 'audit_entry',
    createTable: {
      table: 'audit_entry',
      columns: {
        /** The instance that wrote it; see `chain.ts`. */
        chain: { type: 'ascii', length: 64 },
        seq: { type: 'integer' },
        prev: digest,
        at: { type: 'integer' },
        actor_kind: { type: 'ascii', length: 16 },
        actor_id: { type: 'integer', nullable: true },
        /** Of an account, and whatever else tells about a person: encrypted, see `persons.ts`. */
        actor: { type: 'text', length: 1500 },
        scope: { type: 'ascii', length: 32 },
        ip: { type: 'ascii', length: 200, nullable: true },
        request_id: { type: 'ascii', length: 128, nullable: true },
        action: { type: 'ascii', length: 80 },
        object: { type: 'text', length: 254 },
        before_hash: noDigest,
        after_hash: noDigest,
        detail: { type: 'json', nullable: true },
        hash: digest,
      },
      primaryKey: ['chain', 'seq'],
      indexes: [
        { name: 'audit_entry_order', columns: ['at', 'chain', 'seq'] },
        { name: 'audit_entry_actor', columns: ['actor_id', 'chain', 'seq'] },
      ],
    },
  },
  {
    name: 'audit_person',
    createTable: {
      table: 'audit_person',
      columns: {
        account_id: { type: 'integer' },
        pid: { type: 'ascii', length: 16 },
        key: { type: 'ascii', length: 43 },
      },
      primaryKey: ['account_id'],
      indexes: [{ name: 'audit_person_pid', columns: ['pid'], unique: true }],
    },
  },
  {
    // The end of each chain: its writers lock this row, and it shows whether the last entries are all there.
    name: 'audit_chain',
    createTable: {
      table: 'audit_chain',
      columns: {
        chain: { type: 'ascii', length: 64 },
        seq: { type: 'integer' },
        hash: digest,
        at: { type: 'integer' },
        seal: { type: 'ascii', length: 128 },
      },
      primaryKey: ['chain'],
      indexes: [{ name: 'audit_chain_at', columns: ['at'] }],
    },
  },
  {
    name: 'audit_anchor',
    createTable: {
      table: 'audit_anchor',
      columns: {
        seq: { type: 'integer' },
        at: { type: 'integer' },
        heads: { type: 'json' },
        seal: { type: 'ascii', length: 128 },
      },
      primaryKey: ['seq'],
    },
  },
];
