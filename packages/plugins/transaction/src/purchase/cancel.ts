/** Cancels a purchase that is not paid: its order is closed at the provider first, so that it cannot be paid afterwards. */
import type { Call, Clock } from '@palestra/core';
import type { components } from '../contract.generated.js';
import { conflict } from '../errors.js';
import type { Providers } from '../providers/guard.js';
import type { ShownRecord } from '../resource.js';
import type { Settlement } from '../state/settlement.js';
import type { RecordRow, RecordStore } from '../store.js';
import type { ShowRecord } from '../visit/show.js';
import { firstCheckMs, orderOf, ownRecord, providerOf } from './orders.js';

type TransactionReference = components['schemas']['TransactionReference'];

export type Cancel = (reference: TransactionReference, call: Call) => Promise<ShownRecord>;

export interface CancelParts {
  readonly records: RecordStore;
  readonly settlement: Settlement;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly show: ShowRecord;
}

export function createCancel(parts: CancelParts): Cancel {
  const { records, show } = parts;
  return async ({ transactionRecordId }, call) => {
    const record = await ownRecord(records, transactionRecordId, call);
    if (record.state === 'pending') await cancel(parts, record, call);
    const { state } = (await records.find(record.id)) ?? record;
    if (state !== 'canceled') throw conflict(`The transaction is ${state} already`);
    return show.plain(record.id);
  };
}

async function cancel(parts: CancelParts, record: RecordRow, call: Call): Promise<void> {
  const closed = await close(parts, record, call);
  if (closed === 'paid') return;
  // Unless the provider has closed it, the reconciler goes on asking: a late payment is given back.
  const checkAt = closed === 'closed' ? null : parts.clock.now() + firstCheckMs;
  await parts.settlement.end(record, { to: 'canceled', checkAt }, call);
}

async function close(
  { providers, settlement }: CancelParts,
  record: RecordRow,
  call: Call,
): Promise<'closed' | 'paid' | 'unknown'> {
  const provider = providerOf(providers, record);
  try {
    const outcome = await provider.close(orderOf(record));
    if (outcome === 'paid') await settlement.apply(record, await provider.query(orderOf(record)), call);
    return outcome === 'absent' ? 'unknown' : outcome;
  } catch {
    return 'unknown';
  }
}
