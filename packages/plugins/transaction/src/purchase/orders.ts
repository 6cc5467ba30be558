/** A record as the provider knows it. */
import { accountIdOf, type Call, parseId } from '@palestra/core';
import { conflict, recordNotFound } from '../errors.js';
import type { GuardedProvider } from '../providers/guard.js';
import type { Order } from '../providers/provider.js';
import type { RecordRow, RecordStore } from '../store.js';

export function orderOf(record: RecordRow): Order {
  return {
    outTradeNo: record.out_trade_no,
    amount: record.price_amount,
    currency: record.price_currency,
    prepayId: record.prepay_id,
  };
}

export function providerOf(providers: ReadonlyMap<string, GuardedProvider>, record: RecordRow): GuardedProvider {
  const provider = providers.get(record.payment_method);
  if (!provider) throw conflict(`Payments by ${record.payment_method} are switched off`);
  return provider;
}

export function auditedObject({ id }: Pick<RecordRow, 'id'>): string {
  return `transaction_record/${id}`;
}

/** The caller's own record; one of somebody else does not exist for it. */
export async function ownRecord(records: RecordStore, id: string, { principal }: Call): Promise<RecordRow> {
  const number = parseId(id) ?? 0;
  const record = await records.find(number);
  if (!record || record.payer_id !== accountIdOf(principal)) throw recordNotFound(number);
  return record;
}
