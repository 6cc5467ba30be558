/** The steps of the state machine, each with all its consequences in one transaction, each taken by one caller only. */
import {
  type Clock,
  type EventRef,
  formatId,
  type MerchandiseService,
  type TransactionEventData,
  transactionEvents,
} from '@palestra/core';
import { type EventEmitter, isDuplicate, type Unit } from '@palestra/server/plugin';
import type { History } from '../ledger/history.js';
import type { RefundReason, RefundStore } from '../ledger/refunds.js';
import type { Paid } from '../providers/provider.js';
import { type RecordRow, type RecordState, type RecordStore, type Success, succeeded } from '../store.js';

/** How an unpaid record ends. */
export interface Ending {
  readonly to: 'failed' | 'canceled' | 'expired';
  /** When the reconciler asks the provider about it again; null if the order can't be paid any more. */
  readonly checkAt: number | null;
}

/** What became of a payment. */
interface Payment {
  /** What the record came to by it; undefined if it changed nothing. */
  readonly step: 'success' | 'failed' | undefined;
  /** True if the payment is due to be given back, and was not before. */
  readonly refundDue: boolean;
  /** The record after it came to `success`, where its row before tells that. */
  readonly paid?: RecordRow | undefined;
}

export interface Transitions {
  /** Of a record just inserted. */
  begin(id: number, unit: Unit): void;
  /** What a payment that fits makes of a record; undefined where only its row can tell. */
  expect(record: RecordRow, payment: Paid): RecordRow | undefined;
  /** pending → success, at the end of the unit, which fails with `NotPending` or a duplicate where `pay` does something else. */
  payLast(record: RecordRow, expected: RecordRow, unit: Unit): Promise<void>;
  /**
   * pending → success. A payment that the record cannot take is due to be given back: one that comes too late, is over
   * another amount or in another currency, or has the transaction id of another record. A pending record fails by it.
   */
  pay(record: RecordRow, payment: Paid, unit: Unit): Promise<Payment>;
  /** pending → an unpaid end, and the stock goes back. False if it is not pending any more. */
  end(record: RecordRow, ending: Ending, unit: Unit): Promise<boolean>;
  /** success → expired, if it is used up or out of date. */
  expire(record: RecordRow, unit: Unit): Promise<boolean>;
  /**
   * After `amount` was given back: success → refunded, and the stock goes back, if that was the last of the price.
   * False if some of it is left.
   */
  refund(record: RecordRow, amount: number, unit: Unit): Promise<boolean>;
}

export interface TransitionParts {
  readonly records: RecordStore;
  readonly history: History;
  readonly refunds: RefundStore;
  readonly merchandise: MerchandiseService;
  readonly events: EventEmitter;
  readonly clock: Clock;
}

/** Somebody else has ended it, or it was paid already. */
export class NotPending extends Error {
  override readonly name = 'NotPending';
}

interface Step {
  readonly record: RecordRow;
  readonly from: RecordState;
  readonly to: keyof typeof eventOf;
  readonly unit: Unit;
}

/** What other plugins hear, by the state that a record came to. */
const eventOf = {
  success: transactionEvents.succeeded,
  failed: transactionEvents.failed,
  canceled: transactionEvents.canceled,
  expired: transactionEvents.expired,
  refunded: transactionEvents.refunded,
} as const satisfies Record<Exclude<RecordState, 'pending'>, EventRef>;

export function createTransitions(parts: TransitionParts): Transitions {
  const { records, history, refunds, merchandise, events, clock } = parts;

  async function step({ record, from, to, unit }: Step): Promise<void> {
    history.add({ record: record.id, from, to, now: clock.now() }, unit);
    await events.emit(unit, eventOf[to], eventData(record));
  }

  /** False if it is not pending any more, or another record has this transaction id. */
  async function succeeds(change: Success, unit: Unit): Promise<boolean> {
    try {
      return await records.succeed(change, unit);
    } catch (error) {
      if (isDuplicate(error, 'transaction_record_payment')) return false;
      throw error;
    }
  }

  const successBy = ({ id }: RecordRow, { transactionId: transaction_id }: Paid): Success => ({
    id,
    transaction_id,
    now: clock.now(),
  });

  const end: Transitions['end'] = async (record, { to, checkAt }, unit) => {
    const { id } = record;
    if (!(await records.end({ id, state: to, check_at: checkAt, now: clock.now() }, unit))) return false;
    if (record.stock_taken === 1) await merchandise.giveBack(record.merchandise_id, unit);
    await step({ record, from: 'pending', to, unit });
    return true;
  };

  return {
    begin: (id, unit) => history.add({ record: id, from: 'none', to: 'pending', now: clock.now() }, unit),
    expect(record, payment) {
      if (record.state !== 'pending' || misfitOf(record, payment)) return undefined;
      return succeeded(record, successBy(record, payment));
    },
    async payLast(record, { id, transaction_id, updated_at: now }, unit) {
      records.succeedLast({ id, transaction_id: transaction_id ?? '', now }, unit, () => new NotPending());
      await step({ record, from: 'pending', to: 'success', unit });
    },
    async pay(record, payment, unit) {
      const misfit = misfitOf(record, payment);
      const success = successBy(record, payment);
      if (!misfit && (await succeeds(success, unit))) {
        await step({ record, from: 'pending', to: 'success', unit });
        return { step: 'success', refundDue: false, paid: succeeded(record, success) };
      }
      const current = await records.find(record.id, unit);
      if (current?.transaction_id === payment.transactionId) return { step: undefined, refundDue: false };
      const failed = await end(record, { to: 'failed', checkAt: null }, unit);
      if (!failed) await records.checkAgain(record.id, null, unit);
      const reason = failed ? (misfit ?? 'duplicate') : 'late';
      const refundDue = await refunds.addDue({ record, payment, reason, now: clock.now() }, unit);
      return { step: failed ? 'failed' : undefined, refundDue };
    },
    end,
    async expire(record, unit) {
      if (!(await records.expire({ id: record.id, now: clock.now() }, unit))) return false;
      await step({ record, from: 'success', to: 'expired', unit });
      return true;
    },
    async refund(record, amount, unit) {
      const { id, stock_taken, merchandise_id } = record;
      if (!(await records.refund({ id, now: clock.now() }, unit))) {
        await events.emit(unit, transactionEvents.partiallyRefunded, { ...eventData(record), amount });
        return false;
      }
      if (stock_taken === 1) await merchandise.giveBack(merchandise_id, unit);
      await step({ record, from: 'success', to: 'refunded', unit });
      return true;
    },
  };
}

export function eventData(record: RecordRow): TransactionEventData {
  return {
    transactionRecordId: formatId(record.id),
    payer: formatId(record.payer_id),
    recipient: formatId(record.recipient_id),
    merchandise: formatId(record.merchandise_id),
    price: { amount: record.price_amount, currency: record.price_currency },
  };
}

/** What was paid must be what it was sold for: otherwise a payment of one cent would do. */
function misfitOf(record: RecordRow, { amount, currency }: Paid): RefundReason | undefined {
  if (currency !== record.price_currency) return 'currency';
  return amount === record.price_amount ? undefined : 'amount';
}
