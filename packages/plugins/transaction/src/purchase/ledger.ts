/** Rows that are written once and never changed: the steps of a record, its visits, and payments to give back. */
import { type Database, databaseFault, type Unit } from '@palestra/server';
import type { RecordRow } from '../store.js';
import type { RecordState } from './states.js';

export interface Ledger {
  /** `from` is `none` for a new record. Rejects with a duplicate if that state has been left already. */
  step(step: { record: number; from: RecordState | 'none'; to: RecordState; now: number }, unit: Unit): Promise<void>;
  /** False if `key` has admitted already. */
  visit(visit: { record: number; key: string; gate: number; now: number }, unit: Unit): Promise<boolean>;
  /** A payment that no record can take; false if it was told already. */
  refundDue(record: RecordRow, transactionId: string, now: number, unit: Unit): Promise<boolean>;
}

export function createLedger(database: Database): Ledger {
  const step = database.statement((knex, parameter) =>
    knex('transaction_history').insert({
      record_id: parameter('record'),
      from_state: parameter('from'),
      to_state: parameter('to'),
      at: parameter('now'),
    }),
  );
  const visit = database.statement((knex, parameter) =>
    knex('transaction_visit').insert({
      record_id: parameter('record'),
      visit_key: parameter('key'),
      gate_id: parameter('gate'),
      visited_at: parameter('now'),
    }),
  );
  const refund = database.statement((knex, parameter) =>
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
  return {
    step: async (values, unit) => void (await step.run(values, unit)),
    visit: (values, unit) => once(() => visit.run(values, unit)),
    refundDue: (
      { id: record, payment_method: method, price_amount: amount, price_currency: currency },
      transaction,
      now,
      unit,
    ) => once(() => refund.run({ record, method, transaction, amount, currency, now }, unit)),
  };
}

/** False if a unique key says that it is there already; the transaction goes on. */
async function once(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (error) {
    if (databaseFault(error)?.kind === 'duplicate') return false;
    throw error;
  }
}
