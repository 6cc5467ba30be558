/** The pending record that a purchase begins with: one taken from the stock, name and price as sold. */
import { randomBytes } from 'node:crypto';
import {
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
import { type Audit, type Database, isDuplicate, type Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import { conflict } from '../errors.js';
import type { GuardedProvider } from '../providers/guard.js';
import { auditedObject } from '../state/settlement.js';
import type { Transitions } from '../state/transitions.js';
import type { NewRecord, RecordRow, RecordStore } from '../store.js';
import { firstCheckMs } from './orders.js';

export type TransactionOrder = components['schemas']['TransactionOrder'];

/** One call of `perform_transaction`. */
export interface Purchase {
  readonly order: TransactionOrder;
  readonly provider: GuardedProvider;
  readonly call: Call;
}

/** The record of this call; the one it began before, if this is a second try under its `Idempotency-Key`. */
export type BeginPurchase = (purchase: Purchase) => Promise<RecordRow>;

export interface BeginParts {
  readonly database: Database;
  readonly records: RecordStore;
  readonly transitions: Transitions;
  readonly merchandise: MerchandiseService;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly limits: PendingLimits;
}

export interface PendingLimits {
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
      if (record.state !== 'pending') throw conflict(`The transaction is ${record.state} already`);
      return record;
    }
  };
}

async function insert(parts: BeginParts, purchase: Purchase): Promise<RecordRow> {
  const { database, records, merchandise, transitions, audit } = parts;
  const { order, call } = purchase;
  const payer = accountIdOf(call.principal);
  if (payer === undefined) throw permissionDenied();
  const merchandiseId = parseId(order.merchandiseId) ?? 0;
  return database.unitOfWork(async (unit) => {
    const taken = await merchandise.takeStock(merchandiseId, unit);
    const terms = await merchandise.find(merchandiseId, unit);
    if (!terms) throw resourceNotFound('Merchandise', order.merchandiseId);
    if (!taken) throw conflict('None is left in stock');
    await assertMayWait(parts, payer, merchandiseId, unit);
    const record = newRecord(parts, terms, { ...purchase, payer });
    const id = await records.insert(record, unit);
    await transitions.begin(id, unit);
    await audit.record(unit, call, { action: 'transaction.perform', object: auditedObject({ id }) });
    return { ...record, id };
  });
}

function newRecord(
  { clock, limits }: BeginParts,
  terms: MerchandiseTerms,
  { payer, provider, call }: Purchase & { readonly payer: number },
): NewRecord {
  const now = clock.now();
  const { id, name, gym, count, stock, validity } = terms;
  const price = priceFor(terms, provider, now);
  return {
    payer_id: payer,
    recipient_id: gym,
    merchandise_id: id,
    merchandise_name: name,
    merchandise_name_folded: fold(name),
    price_amount: price.amount,
    price_currency: price.currency,
    payment_method: provider.name,
    state: 'pending',
    out_trade_no: randomBytes(16).toString('hex'),
    prepay_id: null,
    transaction_id: null,
    request_id: call.idempotency?.id ?? null,
    count,
    count_sold: count,
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

/**
 * Unpaid purchases hold stock: one member must not hold all of it. The row of the merchandise is locked, so that of two
 * calls at once the second counts the first.
 */
async function assertMayWait(
  { records, limits }: BeginParts,
  payer: number,
  merchandise: number,
  unit: Unit,
): Promise<void> {
  const { all, alike, oldest } = await records.pending(payer, merchandise, unit);
  if (alike >= limits.perMerchandise) {
    throw conflict(
      `${alike} purchases of it wait for payment. Pay or cancel one first, such as ${formatId(oldest ?? 0)}`,
    );
  }
  if (all >= limits.perMember) throw conflict(`${all} purchases wait for payment. Pay or cancel one first`);
}

/** @throws PalestraError for merchandise that cannot be bought, or not by this provider */
function priceFor(
  { price, validity, count }: MerchandiseTerms,
  { name, currencies }: GuardedProvider,
  now: number,
): NonNullable<MerchandiseTerms['price']> {
  if (price === null) throw conflict('It has no price yet');
  if (validity.expiryDate !== null && validity.expiryDate <= now) throw conflict('It can no longer be used');
  if (count === 0) throw conflict('It has no visits');
  if (currencies && !currencies.includes(price.currency)) {
    throw invalidRequest(`paymentMethod ${name} takes ${currencies.join(', ')}`, '/paymentMethod');
  }
  return price;
}
