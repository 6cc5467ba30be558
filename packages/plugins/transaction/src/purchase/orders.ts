/** A record as the provider knows it. */
import { accountIdOf, type Call, parseId } from '@palestra/core';
import { conflict, recordNotFound } from '../errors.js';
import type { GuardedProvider, Providers } from '../providers/guard.js';
import type { Order } from '../providers/provider.js';
import type { RecordRow, RecordStore } from '../store.js';

/** The reconciler first asks about an order when the call that opened it must have ended. */
export const firstCheckMs = 30_000;

export function orderOf(record: RecordRow): Order {
  return {
    outTradeNo: record.out_trade_no,
    amount: record.price_amount,
    currency: record.price_currency,
    prepayId: record.prepay_id,
  };
}

/** @throws PalestraError 409 if the record's provider is switched off */
export function providerOf(providers: Providers, { payment_method }: RecordRow): GuardedProvider {
  return providerNamed(providers, payment_method);
}

/** @throws PalestraError 409 if the provider is switched off */
export function providerNamed(providers: Providers, name: string): GuardedProvider {
  const provider = providers.get(name);
  if (!provider) throw conflict(`Payments by ${name} are switched off`);
  return provider;
}

/** The caller's own record; another payer's does not exist for the caller. @throws PalestraError 404 */
export async function ownRecord(records: RecordStore, id: string, { principal }: Call): Promise<RecordRow> {
  const number = parseId(id) ?? 0;
  const record = await records.find(number);
  if (!record || record.payer_id !== accountIdOf(principal)) throw recordNotFound(number);
  return record;
}
