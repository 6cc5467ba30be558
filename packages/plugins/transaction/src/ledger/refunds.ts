/** Payments that no record can take, to be given back. */
import { type Database, insertOnce, type Unit } from '@palestra/server';
import type { PaymentStatus } from '../providers/provider.js';
import type { RecordRow } from '../store.js';

export interface RefundRow {
  readonly id: number;
  readonly record_id: number;
  readonly transaction_id: string;
  readonly state: 'due' | 'refunded';
}

export interface NewRefund {
  readonly record: RecordRow;
  readonly payment: Extract<PaymentStatus, { status: 'paid' }>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface RefundStore {
  find(id: number): Promise<RefundRow | undefined>;
  /** Whether a payment for this record is to be given back, or was. */
  has(record: number): Promise<boolean>;
  /** Over what was paid. False if this payment was added before. */
  add(refund: NewRefund, unit: Unit): Promise<boolean>;
  /** due → refunded; false if it is refunded already. */
  finish(refund: { id: number; now: number }, unit: Unit): Promise<boolean>;
}

export function createRefundStore(database: Database): RefundStore {
  const find = database.statement<RefundRow>((knex, parameter) =>
    knex('transaction_refund').select('id', 'record_id', 'transaction_id', 'state').where('id', parameter('id')),
  );
  const ofRecord = database.statement((knex, parameter) =>
    knex('transaction_refund').select('id').where('record_id', parameter('record')).limit(1),
  );
  const insert = database.statement((knex, parameter) =>
    knex('transaction_refund').insert({
      record_id: parameter('record'),
      payment_method: parameter('method'),
      transaction_id: parameter('transaction'),
      price_amount: parameter('amount'),
      price_currency: parameter('currency'),
      created_at: parameter('now'),
      updated_at: parameter('now'),
    }),
  );
  const finish = database.statement((knex, parameter) =>
    knex('transaction_refund')
      .where({ id: parameter('id'), state: 'due' })
      .update({ state: 'refunded', updated_at: parameter('now') }),
  );
  return {
    find: (id) => find.first({ id }),
    has: async (record) => (await ofRecord.first({ record })) !== undefined,
    add({ record, payment, now }, unit) {
      const { transactionId: transaction, amount, currency } = payment;
      const values = { record: record.id, method: record.payment_method, transaction, amount, currency, now };
      return insertOnce(insert, values, unit);
    },
    finish: async (refund, unit) => (await finish.run(refund, unit)).affected === 1,
  };
}
