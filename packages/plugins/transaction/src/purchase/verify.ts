/** Completes a purchase by what the provider says of it; sent again, it answers the same. */
import type { Call } from '@palestra/core';
import type { AuditActor } from '@palestra/server';
import type { components } from '../contract.generated.js';
import { conflict, paymentDeclined } from '../errors.js';
import type { PaymentStatus } from '../providers/provider.js';
import type { ShownRecord } from '../resource.js';
import type { RecordRow } from '../store.js';
import type { PurchaseContext } from './context.js';
import { auditedObject, orderOf, ownRecord, providerOf } from './orders.js';

type TransactionProof = components['schemas']['TransactionProof'];

export function createVerify(context: PurchaseContext) {
  return async (proof: TransactionProof, call: Call): Promise<ShownRecord> => {
    const record = await ownRecord(context.records, proof.transactionRecordId, call);
    if (record.state !== 'pending') return settled(context, record);
    const provider = providerOf(context.providers, record);
    await apply(context, record, await provider.query(orderOf(record), proof.transactionId), call);
    return settled(context, (await context.records.find(record.id)) ?? record);
  };
}

/** What the provider says becomes the record's state: the same for payer, notification and reconciler. */
export async function apply(
  { database, transitions, audit }: PurchaseContext,
  record: RecordRow,
  payment: PaymentStatus,
  actor: AuditActor,
): Promise<void> {
  const object = auditedObject(record);
  if (payment.status === 'paid') {
    await database.unitOfWork(async (unit) => {
      const outcome = await transitions.pay(record, payment, unit);
      if (outcome === 'known') return;
      await audit.record(unit, actor, {
        action: outcome === 'paid' ? 'transaction.pay' : 'transaction.refund_due',
        object,
      });
    });
  } else if (payment.status === 'declined') {
    await database.unitOfWork(async (unit) => {
      if (!(await transitions.end(record, 'failed', null, unit))) return;
      await audit.record(unit, actor, { action: 'transaction.decline', object });
    });
  }
}

/** The answer for a record in its state; a paid one stays answered after it is used up. */
async function settled(context: PurchaseContext, record: RecordRow): Promise<ShownRecord> {
  if (record.state === 'pending') throw conflict('The transaction is not paid yet');
  if (record.state === 'failed') throw paymentDeclined();
  if (record.transaction_id === null) throw conflict(`The transaction is ${record.state} already`);
  return context.showPayer(record.id);
}
