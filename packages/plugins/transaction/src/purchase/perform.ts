/**
 * Begins a purchase, in the order of decision D16: the pending row with our own order number is committed, then the
 * provider is called with it, then its prepay id is attached. Whatever dies in between, no order is without its row.
 */
import { randomBytes } from 'node:crypto';
import {
  accountIdOf,
  type Call,
  fold,
  formatId,
  invalidRequest,
  type MerchandiseTerms,
  parseId,
  permissionDenied,
  type Reply,
  reply,
  resourceNotFound,
} from '@palestra/core';
import { databaseFault, type Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import { conflict } from '../errors.js';
import type { GuardedProvider } from '../providers/guard.js';
import { isProviderError } from '../providers/provider.js';
import type { NewRecord, RecordRow } from '../store.js';
import type { PurchaseContext } from './context.js';
import { auditedObject, orderOf } from './orders.js';

type TransactionOrder = components['schemas']['TransactionOrder'];
type PerformedTransaction = components['schemas']['PerformedTransaction'];

/** The reconciler first asks about an order when this call must have ended. */
export const firstCheckMs = 30_000;

export function createPerform(context: PurchaseContext) {
  return async (body: TransactionOrder, call: Call): Promise<Reply<PerformedTransaction>> => {
    const provider = providerFor(context, body);
    const record = await begin(context, body, call);
    const prepayId = record.prepay_id ?? (await prepay(context, provider, { record, order: body, call }));
    return context.database.unitOfWork(async (unit) => {
      const attached = await attach(context, record.id, prepayId, unit);
      const answer = reply(201, performed(record, attached, provider));
      await call.idempotency?.finish(unit, answer);
      return answer;
    });
  };
}

function providerFor({ providers }: PurchaseContext, { paymentMethod, openid }: TransactionOrder): GuardedProvider {
  const provider = providers.get(paymentMethod);
  if (!provider) {
    const known = [...providers.keys()].join(', ') || 'none is switched on';
    throw invalidRequest(`paymentMethod is one of: ${known}`, '/paymentMethod');
  }
  provider.assertPayable({ openid });
  return provider;
}

/** The record of this call; the one it began before, if this is a second try under its `Idempotency-Key`. */
async function begin(context: PurchaseContext, order: TransactionOrder, call: Call): Promise<RecordRow> {
  try {
    return await insert(context, order, call);
  } catch (error) {
    const fault = databaseFault(error);
    if (fault?.constraint !== 'transaction_record_request' || !call.idempotency) throw error;
    const record = await context.records.byRequest(call.idempotency.id);
    if (!record) throw error;
    if (record.state !== 'pending') throw conflict(`The transaction is ${record.state} already`);
    return record;
  }
}

async function insert(context: PurchaseContext, order: TransactionOrder, call: Call): Promise<RecordRow> {
  const { database, records, merchandise, transitions, audit } = context;
  const payer = accountIdOf(call.principal);
  if (payer === undefined) throw permissionDenied();
  const merchandiseId = parseId(order.merchandiseId) ?? 0;
  return database.unitOfWork(async (unit) => {
    const taken = await merchandise.takeStock(merchandiseId, unit);
    const terms = await merchandise.find(merchandiseId, unit);
    if (!terms) throw resourceNotFound('Merchandise', order.merchandiseId);
    if (!taken) throw conflict('None is left in stock');
    const id = await records.insert(newRecord(context, terms, payer, order.paymentMethod, call), unit);
    await transitions.begin(id, unit);
    const record = (await records.find(id, unit)) as RecordRow;
    await audit.record(unit, call, { action: 'transaction.perform', object: auditedObject(record) });
    return record;
  });
}

function newRecord(
  { clock, pendingMs, providers }: PurchaseContext,
  { name, price, gym, count, stock, validity, id }: MerchandiseTerms,
  payer: number,
  method: string,
  call: Call,
): NewRecord {
  const now = clock.now();
  if (price === null) throw conflict('It has no price yet');
  if (validity.expiryDate !== null && validity.expiryDate <= now) throw conflict('It can no longer be used');
  if (count === 0) throw conflict('It has no visits');
  const currencies = providers.get(method)?.currencies;
  if (currencies && !currencies.includes(price.currency)) {
    throw invalidRequest(`paymentMethod ${method} takes ${currencies.join(', ')}`, '/paymentMethod');
  }
  return {
    payer_id: payer,
    recipient_id: gym,
    merchandise_id: id,
    merchandise_name: name,
    merchandise_name_folded: fold(name),
    price_amount: price.amount,
    price_currency: price.currency,
    payment_method: method,
    out_trade_no: randomBytes(16).toString('hex'),
    request_id: call.idempotency?.id ?? null,
    count,
    stock_taken: stock === null ? 0 : 1,
    start_date: validity.startDate,
    expiry_date: validity.expiryDate,
    duration: validity.duration === null ? null : validity.duration * 1000,
    pending_until: now + pendingMs,
    check_at: now + firstCheckMs,
    now,
  };
}

interface Prepayment {
  readonly record: RecordRow;
  readonly order: TransactionOrder;
  readonly call: Call;
}

/** What the provider will never take ends the record at once; what it did not answer leaves it pending. */
async function prepay(
  { database, transitions, audit }: PurchaseContext,
  provider: GuardedProvider,
  { record, order, call }: Prepayment,
): Promise<string> {
  try {
    const { merchandise_name: description, pending_until: expiresAt } = record;
    return await provider.prepay({ ...orderOf(record), description, expiresAt, openid: order.openid });
  } catch (error) {
    if (!isProviderError(error)) throw error;
    await database.unitOfWork(async (unit) => {
      if (!(await transitions.end(record, 'failed', null, unit))) return;
      await audit.record(unit, call, { action: 'transaction.decline', object: auditedObject(record) });
    });
    throw conflict('The payment provider does not take this order');
  }
}

/** The prepay id that the record has from now on: of several tries of one call the first one's. */
async function attach({ records, clock }: PurchaseContext, id: number, prepayId: string, unit: Unit): Promise<string> {
  if (await records.attachPrepayId({ id, prepay_id: prepayId, now: clock.now() }, unit)) return prepayId;
  const current = await records.find(id, unit);
  if (current?.state !== 'pending') throw conflict(`The transaction is ${current?.state} already`);
  return current.prepay_id ?? prepayId;
}

function performed(record: RecordRow, prepayId: string, provider: GuardedProvider): PerformedTransaction {
  return {
    transactionRecordId: formatId(record.id),
    prepayId,
    transactionState: 'pending',
    expiresAt: new Date(record.pending_until).toISOString(),
    payment: { ...provider.payment(prepayId) },
  };
}
