/** Cancels a purchase that is not paid: closed at the provider first, so that nobody pays for nothing. */
import type { Call } from '@palestra/core';
import type { components } from '../contract.generated.js';
import { conflict } from '../errors.js';
import type { ShownRecord } from '../resource.js';
import type { RecordRow } from '../store.js';
import type { PurchaseContext } from './context.js';
import { auditedObject, orderOf, ownRecord, providerOf } from './orders.js';
import { firstCheckMs } from './perform.js';
import { apply } from './verify.js';

type TransactionReference = components['schemas']['TransactionReference'];

export function createCancel(context: PurchaseContext) {
  return async ({ transactionRecordId }: TransactionReference, call: Call): Promise<ShownRecord> => {
    const record = await ownRecord(context.records, transactionRecordId, call);
    if (record.state === 'pending') await cancel(context, record, call);
    const { state } = (await context.records.find(record.id)) ?? record;
    if (state !== 'canceled') throw conflict(`The transaction is ${state} already`);
    return context.show(record.id);
  };
}

async function cancel(context: PurchaseContext, record: RecordRow, call: Call): Promise<void> {
  const closed = await close(context, record, call);
  if (closed === 'paid') return;
  // Unless the provider has closed it, the reconciler goes on asking: a late payment is given back.
  const checkAt = closed === 'closed' ? null : context.clock.now() + firstCheckMs;
  await context.database.unitOfWork(async (unit) => {
    if (!(await context.transitions.end(record, 'canceled', checkAt, unit))) return;
    await context.audit.record(unit, call, { action: 'transaction.cancel', object: auditedObject(record) });
  });
}

async function close(context: PurchaseContext, record: RecordRow, call: Call): Promise<'closed' | 'paid' | 'unknown'> {
  const provider = providerOf(context.providers, record);
  try {
    const outcome = await provider.close(orderOf(record));
    if (outcome === 'paid') await apply(context, record, await provider.query(orderOf(record)), call);
    return outcome === 'absent' ? 'unknown' : outcome;
  } catch {
    return 'unknown';
  }
}
