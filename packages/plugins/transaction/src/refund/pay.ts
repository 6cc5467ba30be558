/** Gives back a payment that its record could not take: requested by an admin, done once, however often it is requested. */
import { type Call, type Clock, formatId, parseId, resourceNotFound } from '@palestra/core';
import type { Resource } from '@palestra/server/plugin';
import type { RefundTypes } from '../contract.generated.js';
import { conflict } from '../errors.js';
import type { RefundStore } from '../ledger/refunds.js';
import type { ShownRefund } from '../resource.js';
import { type RefundSettlement, refundCheckMs } from './settle.js';

/** @throws PalestraError `resourceNotFound`, `badGateway`; `conflict` if the provider refuses it */
export type PayRefund = (id: string, call: Call) => Promise<ShownRefund>;

export interface PayRefundParts {
  readonly refunds: RefundStore;
  readonly shown: Resource<RefundTypes>;
  readonly settlement: RefundSettlement;
  readonly clock: Clock;
}

export function createPayRefund({ refunds, shown, settlement, clock }: PayRefundParts): PayRefund {
  return async (text, call) => {
    const id = parseId(text) ?? 0;
    const now = clock.now();
    await refunds.change({ id, from: 'due', to: 'pending', checkAt: now + refundCheckMs, now });
    const refund = await refunds.find(id);
    if (!refund) throw resourceNotFound('Refund', formatId(id));
    const state = refund.state === 'pending' ? await settlement.ask(refund, call) : refund.state;
    if (state === 'due' || state === 'refused') throw conflict('The payment provider refuses the refund');
    const paid = await shown.find(id);
    if (!paid) throw resourceNotFound('Refund', formatId(id));
    return paid;
  };
}
