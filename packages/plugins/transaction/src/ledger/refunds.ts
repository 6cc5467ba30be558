/** Payments that no record can take, to be given back. */
import { type Database, insertOnce, type Unit } from '@palestra/server';
import type { RecordRow } from '../store.js';

export interface RefundRow {
  readonly id: number;
  readonly record_id: number;
  readonly transaction_id: string;
  readonly state: 'due' | 'refunded';
}

export interface RefundStore {
  find(id: number): Promise<RefundRow | undefined>;
  /** False if this payment was added before. */
  add(record: RecordRow, transactionId: string, now: number, unit: Unit): Promise<boolean>;
  /** due → refunded; false if it is refunded already. */
  finish(refund: { id: number; now: number }, unit: Unit): Promise<boolean>;
}

export function createRefundStore(database: Database): RefundStore {
  const find = database.statement<RefundRow>((knex, parameter) =>
    knex('transaction_refund').select('id', 'record_id', 'transaction_id', 'state').where('id', parameter('id')),
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
    add: (
      { id: record, payment_method: method, price_amount: amount, price_currency: currency },
      transaction,
      now,
      unit,
    ) => insertOnce(insert, { record, method, transaction, amount, currency, now }, unit),
    finish: async (refund, unit) => (await finish.run(refund, unit)).affected === 1,
  };
}
