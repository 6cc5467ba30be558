/** The tables of transactions. What must happen once has a unique key; what happened is a row that never changes. */
import type { Migration } from '@palestra/core';
import type { Collection, PersonalData } from '@palestra/server/plugin';

export const migrations: readonly Migration[] = [
  {
    name: 'transaction_record',
    createTable: {
      table: 'transaction_record',
      columns: {
        id: { type: 'id' },
        payer_id: { type: 'integer' },
        recipient_id: { type: 'integer' },
        merchandise_id: { type: 'integer' },
        /** As sold. */
        merchandise_name: { type: 'text', length: 200 },
        merchandise_name_folded: { type: 'longtext' },
        price_amount: { type: 'integer' },
        price_currency: { type: 'ascii', length: 3 },
        payment_method: { type: 'ascii', length: 20 },
        state: { type: 'ascii', length: 10 },
        /** Our name for the order at the provider. */
        out_trade_no: { type: 'ascii', length: 32 },
        prepay_id: { type: 'ascii', length: 128, nullable: true },
        /** The provider's name for the payment. */
        transaction_id: { type: 'ascii', length: 128, nullable: true },
        /** The use of an `Idempotency-Key` that began it. */
        request_id: { type: 'ascii', length: 32, nullable: true },
        /** Visits left; -1 for any number. */
        count: { type: 'integer' },
        /** Visits sold, in all. */
        count_sold: { type: 'integer' },
        /** Visits made. */
        visits: { type: 'integer' },
        /** What was given back of the price, or is being given back. */
        refunded_amount: { type: 'integer' },
        /** 1 if the merchandise had one less from then on, which an unpaid end gives back. */
        stock_taken: { type: 'integer' },
        start_date: { type: 'integer', nullable: true },
        expiry_date: { type: 'integer', nullable: true },
        /** Milliseconds from the payment, where the merchandise has a duration instead of dates. */
        duration: { type: 'integer', nullable: true },
        /** Until then a pending one is to be paid. */
        pending_until: { type: 'integer' },
        /** When the reconciler asks the provider next; null once its order can't change any more. */
        check_at: { type: 'integer', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [
        { name: 'transaction_record_order', columns: ['out_trade_no'], unique: true },
        { name: 'transaction_record_payment', columns: ['payment_method', 'transaction_id'], unique: true },
        { name: 'transaction_record_request', columns: ['request_id'], unique: true },
        { name: 'transaction_record_payer', columns: ['payer_id'] },
        { name: 'transaction_record_pending', columns: ['payer_id', 'state', 'merchandise_id', 'price_amount'] },
        { name: 'transaction_record_recipient', columns: ['recipient_id'] },
        { name: 'transaction_record_merchandise', columns: ['merchandise_id'] },
        { name: 'transaction_record_check', columns: ['check_at'] },
        { name: 'transaction_record_expiry', columns: ['state', 'expiry_date'] },
      ],
      foreignKeys: [
        { column: 'payer_id', references: { table: 'account', column: 'id' }, onDelete: 'restrict' },
        { column: 'recipient_id', references: { table: 'gym', column: 'id' }, onDelete: 'restrict' },
        { column: 'merchandise_id', references: { table: 'merchandise', column: 'id' }, onDelete: 'restrict' },
      ],
      checks: {
        transaction_record_count: 'count >= -1 and count <= count_sold',
        transaction_record_price: 'price_amount >= 0',
        transaction_record_refund: 'refunded_amount >= 0 and refunded_amount <= price_amount',
        transaction_record_state: "state in ('pending', 'success', 'failed', 'canceled', 'expired', 'refunded')",
      },
    },
  },
  {
    name: 'transaction_history',
    createTable: {
      table: 'transaction_history',
      columns: {
        id: { type: 'id' },
        record_id: { type: 'integer' },
        from_state: { type: 'ascii', length: 10 },
        to_state: { type: 'ascii', length: 10 },
        at: { type: 'integer' },
      },
      // No state is left twice: the history of a record is a path, and has one end.
      indexes: [{ name: 'transaction_history_step', columns: ['record_id', 'from_state'], unique: true }],
      foreignKeys: [{ column: 'record_id', references: { table: 'transaction_record', column: 'id' } }],
    },
  },
  {
    name: 'transaction_visit',
    createTable: {
      table: 'transaction_visit',
      columns: {
        id: { type: 'id' },
        record_id: { type: 'integer' },
        /** 1 for the first visit of its record. */
        number: { type: 'integer' },
        /** What admits once: a QR token's id, or the use of an `Idempotency-Key`. */
        visit_key: { type: 'ascii', length: 40 },
        /** Account that let the member in. */
        gate_id: { type: 'integer' },
        visited_at: { type: 'integer' },
      },
      indexes: [
        { name: 'transaction_visit_key', columns: ['visit_key'], unique: true },
        { name: 'transaction_visit_number', columns: ['record_id', 'number'], unique: true },
      ],
      foreignKeys: [{ column: 'record_id', references: { table: 'transaction_record', column: 'id' } }],
    },
  },
  {
    name: 'transaction_refund',
    createTable: {
      table: 'transaction_refund',
      columns: {
        id: { type: 'id' },
        record_id: { type: 'integer' },
        /** Why it is given back. */
        reason: { type: 'ascii', length: 10 },
        payment_method: { type: 'ascii', length: 20 },
        /** The provider's name for the payment. */
        transaction_id: { type: 'ascii', length: 128 },
        /** Our name for the refund at the provider, which gives back once for each. */
        refund_no: { type: 'ascii', length: 64 },
        /** The whole payment. */
        paid_amount: { type: 'integer' },
        /** What of it is given back. */
        price_amount: { type: 'integer' },
        price_currency: { type: 'ascii', length: 3 },
        state: { type: 'ascii', length: 10 },
        /** The use of an `Idempotency-Key` that began it. */
        request_id: { type: 'ascii', length: 32, nullable: true },
        /** When the reconciler asks the provider next; null unless it is pending. */
        check_at: { type: 'integer', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [
        { name: 'transaction_refund_number', columns: ['refund_no'], unique: true },
        { name: 'transaction_refund_request', columns: ['request_id'], unique: true },
        { name: 'transaction_refund_record', columns: ['record_id'] },
        { name: 'transaction_refund_check', columns: ['check_at'] },
      ],
      foreignKeys: [{ column: 'record_id', references: { table: 'transaction_record', column: 'id' } }],
      checks: {
        transaction_refund_amount: 'price_amount >= 0 and price_amount <= paid_amount',
        transaction_refund_state: "state in ('due', 'pending', 'refunded', 'refused')",
      },
    },
  },
  {
    name: 'transaction_lease',
    createTable: {
      table: 'transaction_lease',
      columns: {
        name: { type: 'ascii', length: 40 },
        holder: { type: 'ascii', length: 32 },
        until: { type: 'integer' },
      },
      primaryKey: ['name'],
    },
  },
];

/** What was bought and used, by whom, and who let whom in: kept for bookkeeping, without a name. */
export const personalData: readonly PersonalData[] = [
  { table: 'transaction_record', account: 'payer_id', onDelete: 'keep' },
  {
    table: 'transaction_history',
    account: 'payer_id',
    through: { column: 'record_id', table: 'transaction_record' },
    onDelete: 'keep',
  },
  {
    table: 'transaction_visit',
    account: 'payer_id',
    through: { column: 'record_id', table: 'transaction_record' },
    onDelete: 'keep',
  },
  {
    table: 'transaction_refund',
    account: 'payer_id',
    through: { column: 'record_id', table: 'transaction_record' },
    onDelete: 'keep',
  },
  { table: 'transaction_visit', account: 'gate_id', onDelete: 'keep' },
];

const payments = {
  table: 'transaction_record',
  column: 'state',
  values: ['pending'],
  because: 'Cancel them, or wait until they expire.',
} as const;
const refunds = {
  table: 'transaction_refund',
  column: 'state',
  values: ['due', 'pending'],
  because: 'Wait until the provider has paid them back, or settle them by /api/admin/refund.',
} as const;

/** Money that is on its way is never forgotten. */
export const collections: readonly Collection[] = [
  {
    table: 'transaction_record',
    dependants: [
      { table: 'transaction_history', column: 'record_id' },
      { table: 'transaction_visit', column: 'record_id' },
      { table: 'transaction_refund', column: 'record_id' },
    ],
    blockedBy: [payments, refunds],
  },
  { table: 'transaction_refund', blockedBy: [refunds] },
];
