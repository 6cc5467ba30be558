/** The steps of the state machine, each with all its consequences in one transaction, each taken by one caller only. */
import { type Clock, catalogue, formatId, type MerchandiseService, PalestraError } from '@palestra/core';
import type { EventEmitter, Unit } from '@palestra/server';
import type { History } from '../ledger/history.js';
import type { RefundStore } from '../ledger/refunds.js';
import type { PaymentStatus } from '../providers/provider.js';
import type { RecordRow, RecordState, RecordStore } from '../store.js';

export type Paid = Extract<PaymentStatus, { status: 'paid' }>;

/** How an unpaid record ends. */
export interface Ending {
  readonly to: 'failed' | 'canceled' | 'expired';
  /** When the reconciler asks the provider about it again; null if the order can't be paid any more. */
  readonly checkAt: number | null;
}

export interface Transitions {
  /** Of a record just inserted. */
  begin(id: number, unit: Unit): Promise<void>;
  /** pending → success. A payment that comes too `late` for that is noted as due to be given back. */
  pay(record: RecordRow, payment: Paid, unit: Unit): Promise<'paid' | 'known' | 'late'>;
  /** pending → an unpaid end, and the stock goes back. False if it is not pending any more. */
  end(record: RecordRow, ending: Ending, unit: Unit): Promise<boolean>;
  /** success → expired, if it is used up or out of date. */
  expire(record: RecordRow, unit: Unit): Promise<boolean>;
}

export interface TransitionParts {
  readonly records: RecordStore;
  readonly history: History;
  readonly refunds: RefundStore;
  readonly merchandise: MerchandiseService;
  readonly events: EventEmitter;
  readonly clock: Clock;
}

/** What other plugins hear, by the state that a record came to. */
const eventNames = {
  success: 'transaction.succeeded',
  failed: 'transaction.failed',
  canceled: 'transaction.canceled',
  expired: 'transaction.expired',
} as const satisfies Record<Exclude<RecordState, 'pending'>, string>;

export function createTransitions(parts: TransitionParts): Transitions {
  const { records, history, refunds, merchandise, events, clock } = parts;

  async function step(record: RecordRow, from: RecordState, to: keyof typeof eventNames, unit: Unit): Promise<void> {
    await history.add({ record: record.id, from, to, now: clock.now() }, unit);
    await events.emit(unit, eventNames[to], eventData(record));
  }

  return {
    begin: (id, unit) => history.add({ record: id, from: 'none', to: 'pending', now: clock.now() }, unit),
    async pay(record, payment, unit) {
      assertAmount(record, payment);
      const now = clock.now();
      const { id } = record;
      const { transactionId } = payment;
      if (await records.succeed({ id, transaction_id: transactionId, now }, unit)) {
        await step(record, 'pending', 'success', unit);
        return 'paid';
      }
      const current = await records.find(id, unit);
      if (current?.transaction_id === transactionId) return 'known';
      await records.checkAgain(id, null, unit);
      return (await refunds.add(record, transactionId, now, unit)) ? 'late' : 'known';
    },
    async end(record, { to, checkAt }, unit) {
      const { id } = record;
      if (!(await records.end({ id, state: to, check_at: checkAt, now: clock.now() }, unit))) return false;
      if (record.stock_taken === 1) await merchandise.giveBack(record.merchandise_id, unit);
      await step(record, 'pending', to, unit);
      return true;
    },
    async expire(record, unit) {
      if (!(await records.expire({ id: record.id, now: clock.now() }, unit))) return false;
      await step(record, 'success', 'expired', unit);
      return true;
    },
  };
}

export function eventData(record: RecordRow): Record<string, unknown> {
  return {
    transactionRecordId: formatId(record.id),
    payer: formatId(record.payer_id),
    recipient: formatId(record.recipient_id),
    merchandise: formatId(record.merchandise_id),
    price: { amount: record.price_amount, currency: record.price_currency },
  };
}

/** What was paid must be what it was sold for: else a payment of one cent would do. */
function assertAmount(record: RecordRow, { amount, currency }: Paid): void {
  if (amount === record.price_amount && currency === record.price_currency) return;
  throw new PalestraError(catalogue.conflict, 'The payment is not over the price of the record', {
    cause: new Error(`Record ${record.id}: ${amount} ${currency} paid, ${record.price_amount} due`),
  });
}
