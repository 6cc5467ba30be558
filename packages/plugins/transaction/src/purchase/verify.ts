/** Completes a purchase by what the provider says of it; sent again, it answers the same. */
import type { Call } from '@palestra/core';
import type { components } from '../contract.generated.js';
import { conflict, paymentDeclined } from '../errors.js';
import type { RefundStore } from '../ledger/refunds.js';
import type { Providers } from '../providers/guard.js';
import type { ShownRecord } from '../resource.js';
import type { Settlement } from '../state/settlement.js';
import type { RecordStore } from '../store.js';
import type { ShowRecord } from '../visit/show.js';
import { orderOf, ownRecord, providerOf } from './orders.js';

type TransactionProof = components['schemas']['TransactionProof'];

export type Verify = (proof: TransactionProof, call: Call) => Promise<ShownRecord>;

export interface VerifyParts {
  readonly records: RecordStore;
  readonly refunds: RefundStore;
  readonly settlement: Settlement;
  readonly providers: Providers;
  readonly show: ShowRecord;
}

export function createVerify({ records, refunds, settlement, providers, show }: VerifyParts): Verify {
  /** The answer for a record in its state; a paid one stays answered after it is used up. */
  async function settled(id: number): Promise<ShownRecord> {
    const record = show.toPayer(await show.plain(id));
    const { transactionState: state, transactionId } = record;
    if (state === 'pending') throw conflict('The transaction is not paid yet');
    if (state === 'failed') {
      throw (await refunds.hasUnfit(id))
        ? conflict('The payment does not fit the purchase, and is given back')
        : paymentDeclined();
    }
    if (transactionId === null) throw conflict(`The transaction is ${state} already`);
    return record;
  }

  return async (proof, call) => {
    const record = await ownRecord(records, proof.transactionRecordId, call);
    if (record.state !== 'pending') return settled(record.id);
    const payment = await providerOf(providers, record).query(orderOf(record), proof.transactionId);
    const paid = await settlement.apply(record, payment, call);
    return paid ? show.toPayer(show.row(paid, [])) : settled(record.id);
  };
}
