/** Refunds: payments that a record could not take, and what a gym gives back of one that it did. */
import { createHash } from 'node:crypto';
import { type Database, insertOnce, type Unit } from '@palestra/server/plugin';
import type { Paid } from '../providers/provider.js';
import { beyondMs, type RecordRow } from './record.js';

/**
 * `due`: an admin decides; `pending`: the provider is being asked; `refunded`; `refused` by the provider, for good.
 */
export type RefundState = 'due' | 'pending' | 'refunded' | 'refused';

/** Why: the payment came too `late`, did not fit the record (`amount`, `currency`, `duplicate`), or was `requested` back. */
export type RefundReason = 'late' | 'amount' | 'currency' | 'duplicate' | 'requested';

/** A row of `transaction_refund`; what each column means is in the migration. */
export interface RefundRow {
  readonly id: number;
  readonly record_id: number;
  readonly reason: RefundReason;
  readonly payment_method: string;
  readonly transaction_id: string;
  readonly refund_no: string;
  readonly paid_amount: number;
  readonly price_amount: number;
  readonly price_currency: string;
  readonly state: RefundState;
  readonly request_id: string | null;
  readonly check_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

const columns = Object.keys({
  id: true,
  record_id: true,
  reason: true,
  payment_method: true,
  transaction_id: true,
  refund_no: true,
  paid_amount: true,
  price_amount: true,
  price_currency: true,
  state: true,
  request_id: true,
  check_at: true,
  created_at: true,
  updated_at: true,
} satisfies Record<keyof RefundRow, true>);

interface DueRefund {
  readonly record: RecordRow;
  readonly payment: Paid;
  readonly reason: RefundReason;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface RefundChange {
  readonly id: number;
  readonly from: RefundState;
  readonly to: RefundState;
  /** When the reconciler asks the provider again; null for never. */
  readonly checkAt: number | null;
  readonly now: number;
}

export interface RefundStore {
  find(id: number, unit?: Unit): Promise<RefundRow | undefined>;
  byNumber(refundNo: string): Promise<RefundRow | undefined>;
  byRequest(requestId: string): Promise<RefundRow | undefined>;
  /** One of a record that the provider is being asked for. */
  pendingOf(record: number, unit?: Unit): Promise<RefundRow | undefined>;
  /** Whether a payment that the record could not take is to be given back, or was. */
  hasUnfit(record: number): Promise<boolean>;
  /** A payment that a record cannot take, over what was paid. False if it was added before. */
  addDue(refund: DueRefund, unit: Unit): Promise<boolean>;
  /** The id of the new refund. Rejects with a duplicate if `request_id` has begun one already. */
  insert(refund: Omit<RefundRow, 'id'>, unit: Unit): Promise<number>;
  /** False if its state is not `from`. */
  change(change: RefundChange, unit?: Unit): Promise<boolean>;
  /** Pending ones that the provider is to be asked for, the longest due first. */
  toCheck(now: number, limit: number): Promise<RefundRow[]>;
}

const table = 'transaction_refund';

export function createRefundStore(database: Database): RefundStore {
  const by = (column: keyof RefundRow) =>
    database.statement<RefundRow>((knex, parameter) => knex(table).select(columns).where(column, parameter(column)));
  const find = by('id');
  const byNumber = by('refund_no');
  const byRequest = by('request_id');
  const { pending, unfit, toCheck } = composeQueries(database);
  const { insert, change } = composeWrites(database);
  return {
    find: (id, unit) => find.first({ id }, unit),
    byNumber: (refund_no) => byNumber.first({ refund_no }),
    byRequest: (request_id) => byRequest.first({ request_id }),
    pendingOf: (record_id, unit) => pending.first({ record_id }, unit),
    hasUnfit: async (record_id) => (await unfit.first({ record_id })) !== undefined,
    addDue: (refund, unit) => insertOnce(insert, { ...dueRow(refund) }, unit),
    insert: async (refund, unit) => (await insert.run({ ...refund }, unit)).insertedId,
    change: async ({ checkAt, ...values }, unit) =>
      (await change.run({ ...values, check_at: checkAt }, unit)).affected === 1,
    toCheck: (now, limit) => toCheck.all({ now, beyond: now + beyondMs, limit }),
  };
}

function composeQueries(database: Database) {
  return {
    pending: database.statement<RefundRow>((knex, parameter) =>
      knex(table)
        .select(columns)
        .where({ record_id: parameter('record_id'), state: 'pending' })
        .orderBy('id')
        .limit(1),
    ),
    unfit: database.statement((knex, parameter) =>
      knex(table)
        .select('id')
        .where({ record_id: parameter('record_id') })
        .whereNot('reason', 'requested')
        .limit(1),
    ),
    toCheck: database.statement<RefundRow>((knex, parameter) =>
      knex(table)
        .select(columns)
        .where((due) => due.where('check_at', '<=', parameter('now')).orWhere('check_at', '>', parameter('beyond')))
        .orderByRaw('??, ?? limit ?', ['check_at', 'id', parameter('limit')]),
    ),
  };
}

function composeWrites(database: Database) {
  const written = columns.filter((column) => column !== 'id');
  return {
    insert: database.statement((knex, parameter) => knex(table).insert(parameter.each(written))),
    change: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: parameter('from') })
        .update({ state: parameter('to'), check_at: parameter('check_at'), updated_at: parameter('now') }),
    ),
  };
}

function dueRow({ record, payment, reason, now }: DueRefund): Omit<RefundRow, 'id'> {
  const { payment_method } = record;
  const { transactionId, amount, currency } = payment;
  return {
    record_id: record.id,
    reason,
    payment_method,
    transaction_id: transactionId,
    // Made of the payment, so that one payment is given back once.
    refund_no: createHash('sha256').update(`${payment_method}\n${transactionId}`).digest('hex'),
    paid_amount: amount,
    price_amount: amount,
    price_currency: currency,
    state: 'due',
    request_id: null,
    check_at: null,
    created_at: now,
    updated_at: now,
  };
}
