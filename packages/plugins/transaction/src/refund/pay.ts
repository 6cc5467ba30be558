/** Gives late payments back: requested by an admin, done once by the provider, however often it is requested. */
import { type Call, type Clock, formatId, parseId, resourceNotFound } from '@palestra/core';
import type { Audit, Database, Resource } from '@palestra/server';
import type { RefundTypes } from '../contract.generated.js';
import { conflict, recordNotFound } from '../errors.js';
import type { RefundStore } from '../ledger/refunds.js';
import type { Providers } from '../providers/guard.js';
import { isProviderError } from '../providers/provider.js';
import { orderOf, providerOf } from '../purchase/orders.js';
import type { ShownRefund } from '../resource.js';
import type { RecordStore } from '../store.js';

/** @throws PalestraError `resourceNotFound`, `badGateway`; `conflict` if the provider refuses it */
export type PayRefund = (id: string, call: Call) => Promise<ShownRefund>;

export interface PayRefundParts {
  readonly database: Database;
  readonly records: RecordStore;
  readonly refunds: RefundStore;
  readonly shown: Resource<RefundTypes>;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly audit: Audit;
}

export function createPayRefund(parts: PayRefundParts): PayRefund {
  const { database, records, refunds, shown, providers, clock, audit } = parts;
  const show = async (id: number): Promise<ShownRefund> => {
    const refund = await shown.find(id);
    if (!refund) throw resourceNotFound('Refund', formatId(id));
    return refund;
  };

  return async (text, call) => {
    const id = parseId(text) ?? 0;
    const refund = await refunds.find(id);
    if (!refund) throw resourceNotFound('Refund', formatId(id));
    if (refund.state === 'refunded') return show(id);
    const record = await records.find(refund.record_id);
    if (!record) throw recordNotFound(refund.record_id);
    try {
      await providerOf(providers, record).refund({ ...orderOf(record), transactionId: refund.transaction_id });
    } catch (error) {
      throw isProviderError(error) ? conflict('The payment provider refuses the refund') : error;
    }
    await database.unitOfWork(async (unit) => {
      if (!(await refunds.finish({ id, now: clock.now() }, unit))) return;
      await audit.record(unit, call, { action: 'refund.pay', object: `refund/${id}` });
    });
    return show(id);
  };
}
