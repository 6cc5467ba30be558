/**
 * A gym gives back what a member paid, wholly or in part. The amount is set aside on the record in one transaction with
 * the refund, then the provider is asked under the refund's own number: never more than was paid, whatever is lost, and
 * even if others give back at the same time. From then on a record that is refunded in full admits no visit.
 */
import { randomBytes } from 'node:crypto';
import { type Call, type Clock, catalogue, isPalestraError, parseId } from '@palestra/core';
import { type Audit, type Database, isDuplicate, type Unit } from '@palestra/server/plugin';
import type { RecordOfGym } from '../access/staff.js';
import type { components } from '../contract.generated.js';
import { conflict, recordNotFound } from '../errors.js';
import type { RefundRow, RefundStore } from '../ledger/refunds.js';
import type { ShownRecord } from '../resource.js';
import { auditedObject } from '../state/settlement.js';
import type { Transitions } from '../state/transitions.js';
import type { RecordRow, RecordStore } from '../store.js';
import type { ShowRecord } from '../visit/show.js';
import { type RefundSettlement, refundCheckMs } from './settle.js';

type RefundRequest = components['schemas']['TransactionRefund'];

export type RefundTransaction = (request: RefundRequest, call: Call) => Promise<ShownRecord>;

/** The refund to ask the provider for; undefined if there is nothing to ask. @throws PalestraError 409 */
type BeginRefund = (id: number, amount: number | undefined, call: Call) => Promise<RefundRow | undefined>;

export interface RefundParts {
  readonly recordOfGym: RecordOfGym;
  readonly begin: BeginRefund;
  readonly settlement: RefundSettlement;
  readonly show: ShowRecord;
}

export function createRefundTransaction(parts: RefundParts): RefundTransaction {
  const { recordOfGym, begin, settlement, show } = parts;
  return async ({ transactionRecordId, amount }, call) => {
    const id = parseId(transactionRecordId) ?? 0;
    await recordOfGym(id, 'sell', call);
    const refund = await begin(id, amount, call);
    if (refund && (await ask(settlement, refund, call)) === 'refused') {
      throw conflict('The payment provider refuses the refund');
    }
    return show.plain(id);
  };
}

const temporary: readonly string[] = [catalogue.badGateway.code, catalogue.unavailable.code];

/** A provider that does not answer now is asked again by the reconciler: the refund is on its way. */
async function ask(settlement: RefundSettlement, refund: RefundRow, call: Call): Promise<string> {
  try {
    return await settlement.ask(refund, call);
  } catch (error) {
    if (isPalestraError(error) && temporary.includes(error.fact.code)) return 'pending';
    throw error;
  }
}

export interface BeginRefundParts {
  readonly database: Database;
  readonly records: RecordStore;
  readonly refunds: RefundStore;
  readonly transitions: Transitions;
  readonly audit: Audit;
  readonly clock: Clock;
}

export function createBeginRefund(parts: BeginRefundParts): BeginRefund {
  const { database, refunds } = parts;
  return async (id, amount, call) => {
    const request = call.idempotency?.id;
    try {
      return await database.unitOfWork((unit) => begin(parts, { id, amount, call }, unit));
    } catch (error) {
      // A second try of the same call: the refund that the first one began.
      if (request === undefined || !isDuplicate(error, 'transaction_refund_request')) throw error;
      return refunds.byRequest(request);
    }
  };
}

interface Requested {
  readonly id: number;
  readonly amount: number | undefined;
  readonly call: Call;
}

async function begin(parts: BeginRefundParts, requested: Requested, unit: Unit): Promise<RefundRow | undefined> {
  const { records, refunds, transitions, audit } = parts;
  const { id, call } = requested;
  const record = await records.lock(id, unit);
  if (!record) throw recordNotFound(id);
  const whole = requested.amount === undefined;
  if (record.state === 'refunded' && whole) return undefined;
  if (record.state !== 'success') throw conflict(`The transaction is ${record.state}`);
  const left = record.price_amount - record.refunded_amount;
  if (left === 0 && whole && record.price_amount > 0) return refunds.pendingOf(id, unit);
  const amount = requested.amount ?? left;
  if (amount > left) throw conflict(`At most ${left} is left to give back`);
  const object = auditedObject(record);
  if (amount === 0) {
    // A free record has no payment: it is only void.
    await transitions.refund(record, 0, unit);
    await audit.record(unit, call, { action: 'transaction.refunded', object });
    return undefined;
  }
  const refund = await insert(parts, record, { ...requested, amount }, unit);
  const detail = { refund: refund.id, amount, currency: record.price_currency };
  await audit.record(unit, call, { action: 'transaction.refund', object, detail });
  return refund;
}

async function insert(
  { records, refunds, clock }: BeginRefundParts,
  record: RecordRow,
  { amount, call }: Requested & { readonly amount: number },
  unit: Unit,
): Promise<RefundRow> {
  const now = clock.now();
  if (!(await records.reserveRefund({ id: record.id, amount, now }, unit))) {
    throw conflict('The transaction was changed meanwhile. Read it and send the request again.');
  }
  const row: Omit<RefundRow, 'id'> = {
    record_id: record.id,
    reason: 'requested',
    payment_method: record.payment_method,
    transaction_id: record.transaction_id ?? '',
    refund_no: randomBytes(16).toString('hex'),
    paid_amount: record.price_amount,
    price_amount: amount,
    price_currency: record.price_currency,
    state: 'pending',
    request_id: call.idempotency?.id ?? null,
    check_at: now + refundCheckMs,
    created_at: now,
    updated_at: now,
  };
  return { ...row, id: await refunds.insert(row, unit) };
}
