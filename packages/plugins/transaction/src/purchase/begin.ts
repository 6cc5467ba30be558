/**
 * The record that a purchase begins with: one taken from the stock, name and price as sold. It is pending, or, where the
 * merchandise is free, a success at once.
 */
import { randomBytes } from 'node:crypto';
import {
  type AccountsService,
  accountIdOf,
  type Call,
  type Clock,
  fold,
  formatId,
  invalidRequest,
  type MerchandiseService,
  type MerchandiseTerms,
  parseId,
  permissionDenied,
  resourceNotFound,
} from '@palestra/core';
import { type Audit, type Database, isDuplicate, together } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';
import { conflict } from '../errors.js';
import { free, type GuardedProvider } from '../providers/guard.js';
import { auditedObject } from '../state/settlement.js';
import type { Transitions } from '../state/transitions.js';
import type { NewRecord, PendingRecords, RecordRow, RecordStore } from '../store.js';
import { firstCheckMs } from './orders.js';

export type TransactionOrder = components['schemas']['TransactionOrder'];

/** One call of `perform_transaction`. */
export interface Purchase {
  readonly order: TransactionOrder;
  /** Undefined for `free`. */
  readonly provider: GuardedProvider | undefined;
  readonly call: Call;
}

/** The record of this call; the one it began before, if this is a second try under its `Idempotency-Key`. */
export type BeginPurchase = (purchase: Purchase) => Promise<RecordRow>;

export interface BeginParts {
  readonly database: Database;
  readonly records: RecordStore;
  readonly transitions: Transitions;
  readonly merchandise: MerchandiseService;
  readonly accounts: Pick<AccountsService, 'lock'>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly limits: PendingLimits;
}

interface PendingLimits {
  /** How long a purchase waits for its payment. */
  readonly pendingMs: number;
  /** Unpaid purchases that one member may have, in all and of one merchandise. */
  readonly perMember: number;
  readonly perMerchandise: number;
}

export function createBegin(parts: BeginParts): BeginPurchase {
  return async (purchase) => {
    try {
      return await insert(parts, purchase);
    } catch (error) {
      const { idempotency } = purchase.call;
      if (!isDuplicate(error, 'transaction_record_request') || !idempotency) throw error;
      const record = await parts.records.byRequest(idempotency.id);
      if (!record) throw error;
      if (record.state !== 'pending' && record.payment_method !== free) {
        throw conflict(`The transaction is ${record.state} already`);
      }
      return record;
    }
  };
}

async function insert(parts: BeginParts, purchase: Purchase): Promise<RecordRow> {
  const { database, records, merchandise, accounts, transitions, audit } = parts;
  const { order, call } = purchase;
  const payer = accountIdOf(call.principal);
  if (payer === undefined) throw permissionDenied();
  const merchandiseId = parseId(order.merchandiseId) ?? 0;
  return database.unitOfWork(async (unit) => {
    // Of two purchases of one member at once the second counts the first, since it waits for the lock.
    const [, sold, waiting] = await together([
      accounts.lock(payer, unit),
      merchandise.takeStock(merchandiseId, unit),
      records.pending(payer, merchandiseId, unit),
    ]);
    if (!sold) throw resourceNotFound('Merchandise', order.merchandiseId);
    if (!sold.taken) throw conflict('None is left in stock');
    const pending = newRecord(parts, sold.terms, { ...purchase, payer });
    // They hold stock unpaid.
    const held = pending.price_amount === 0 ? await records.free(payer, merchandiseId, unit) : 0;
    assertMayWait(parts.limits, pending, { ...waiting, alike: waiting.alike + held });
    const record = { ...pending, id: await records.insert(pending, unit) };
    const object = auditedObject(record);
    transitions.begin(record.id, unit);
    await audit.record(unit, call, { action: 'transaction.perform', object });
    if (record.payment_method !== free) return record;
    await transitions.pay(record, freePayment(record), unit);
    await audit.record(unit, call, { action: 'transaction.pay', object });
    return (await records.find(record.id, unit)) ?? record;
  });
}

function newRecord(
  { clock, limits }: BeginParts,
  terms: MerchandiseTerms,
  { payer, call, ...purchase }: Purchase & { readonly payer: number },
): NewRecord {
  const now = clock.now();
  const { id, name, gym, count, stock, validity } = terms;
  const { price, method } = priceFor(terms, purchase, now);
  return {
    payer_id: payer,
    recipient_id: gym,
    merchandise_id: id,
    merchandise_name: name,
    merchandise_name_folded: fold(name),
    price_amount: price.amount,
    price_currency: price.currency,
    payment_method: method,
    state: 'pending',
    out_trade_no: randomBytes(16).toString('hex'),
    prepay_id: null,
    transaction_id: null,
    request_id: call.idempotency?.id ?? null,
    count,
    count_sold: count,
    visits: 0,
    refunded_amount: 0,
    stock_taken: stock === null ? 0 : 1,
    start_date: validity.startDate,
    expiry_date: validity.expiryDate,
    duration: validity.duration === null ? null : validity.duration * 1000,
    pending_until: now + limits.pendingMs,
    check_at: now + firstCheckMs,
    created_at: now,
    updated_at: now,
  };
}

/** @throws PalestraError for merchandise that cannot be bought, or not by this provider */
function priceFor(
  { price, validity, count, sale }: MerchandiseTerms,
  { order, provider }: Pick<Purchase, 'order' | 'provider'>,
  now: number,
): { readonly price: NonNullable<MerchandiseTerms['price']>; readonly method: string } {
  if (sale.withdrawn) throw conflict('It is not for sale');
  if (sale.start !== null && sale.start > now) throw conflict('It is not for sale yet');
  if (sale.end !== null && sale.end <= now) throw conflict('It is no longer for sale');
  if (price === null) throw conflict('It has no price yet');
  if (validity.expiryDate !== null && validity.expiryDate <= now) throw conflict('It can no longer be used');
  if (count === 0) throw conflict('It has no visits');
  if (price.amount === 0) return { price, method: free };
  if (!provider) throw invalidRequest('paymentMethod free is for merchandise without a price', '/paymentMethod');
  provider.assertPayable({ openid: order.openid });
  const { name, currencies } = provider;
  if (currencies && !currencies.includes(price.currency)) {
    throw invalidRequest(`paymentMethod ${name} takes ${currencies.join(', ')}`, '/paymentMethod');
  }
  return { price, method: name };
}

/** No provider is asked; the record's own order number identifies the payment. */
function freePayment({ out_trade_no, price_currency: currency }: RecordRow) {
  return { status: 'paid', transactionId: `free-${out_trade_no}`, amount: 0, currency } as const;
}

/** Unpaid purchases hold stock: one member must not hold all of it. */
function assertMayWait(limits: PendingLimits, record: NewRecord, { all, alike, oldest }: PendingRecords): void {
  if (alike >= limits.perMerchandise) {
    const remedy =
      record.payment_method === free
        ? 'of these free ones are yours already'
        : `purchases of it wait for payment. Pay or cancel one first${oldest === null ? '' : `, such as ${formatId(oldest)}`}`;
    throw conflict(`${alike} ${remedy}`);
  }
  if (all >= limits.perMember) throw conflict(`${all} purchases wait for payment. Pay or cancel one first`);
}
