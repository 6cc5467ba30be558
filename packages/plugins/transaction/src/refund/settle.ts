/** What the provider says of a refund becomes its state: the same for caller, notification and reconciler. */
import type { Clock } from '@palestra/core';
import type { Audit, AuditActor, Database, Unit } from '@palestra/server/plugin';
import { recordNotFound } from '../errors.js';
import type { RefundRow, RefundState, RefundStore } from '../ledger/refunds.js';
import type { Providers } from '../providers/guard.js';
import { isProviderError, type RefundStatus } from '../providers/provider.js';
import { providerNamed } from '../purchase/orders.js';
import { auditedObject } from '../state/settlement.js';
import type { Transitions } from '../state/transitions.js';
import type { RecordRow, RecordStore } from '../store.js';

export interface RefundSettlement {
  /**
   * Asks the provider for a pending refund, and settles it. Gives its state afterwards.
   * @throws PalestraError `badGateway`, `unavailable`: it stays pending, and the reconciler asks again
   */
  ask(refund: RefundRow, actor: AuditActor): Promise<RefundState>;
  settle(refund: RefundRow, outcome: RefundStatus | 'refused', actor: AuditActor): Promise<RefundState>;
}

export interface RefundSettlementParts {
  readonly database: Database;
  readonly records: RecordStore;
  readonly refunds: RefundStore;
  readonly transitions: Transitions;
  readonly providers: Providers;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** When the reconciler asks about a refund again. */
export const refundCheckMs = 30_000;

export function createRefundSettlement(parts: RefundSettlementParts): RefundSettlement {
  const { database, records, refunds, transitions, providers, audit, clock } = parts;

  async function finished(refund: RefundRow, record: RecordRow, unit: Unit): Promise<readonly string[]> {
    if (refund.reason !== 'requested') return [];
    return (await transitions.refund(record, refund.price_amount, unit)) ? ['transaction.refunded'] : [];
  }

  /** A payment that its record cannot take stays due. */
  async function refused(refund: RefundRow, unit: Unit): Promise<readonly string[]> {
    const { record_id: id, price_amount: amount } = refund;
    if (refund.reason === 'requested') await records.releaseRefund({ id, amount, now: clock.now() }, unit);
    return [];
  }

  const settle: RefundSettlement['settle'] = async (refund, outcome, actor) => {
    const now = clock.now();
    if (outcome === 'processing') {
      await refunds.change({ id: refund.id, from: 'pending', to: 'pending', checkAt: now + refundCheckMs, now });
      return (await refunds.find(refund.id))?.state ?? 'pending';
    }
    const to = outcome === 'refunded' ? 'refunded' : refund.reason === 'requested' ? 'refused' : 'due';
    return database.unitOfWork(async (unit) => {
      // Of two refunds of one record that end at once, the second sees the first.
      const record = await records.lock(refund.record_id, unit);
      if (!record) throw recordNotFound(refund.record_id);
      if (!(await refunds.change({ id: refund.id, from: 'pending', to, checkAt: null, now }, unit))) {
        return (await refunds.find(refund.id, unit))?.state ?? to;
      }
      const actions = to === 'refunded' ? await finished(refund, record, unit) : await refused(refund, unit);
      const action = to === 'refunded' ? 'refund.pay' : 'refund.refuse';
      await audit.record(unit, actor, { action, object: `refund/${refund.id}` });
      for (const each of actions) await audit.record(unit, actor, { action: each, object: auditedObject(record) });
      return to;
    });
  };

  return {
    settle,
    async ask(refund, actor) {
      const record = await records.find(refund.record_id);
      if (!record) throw recordNotFound(refund.record_id);
      const order = {
        refundNo: refund.refund_no,
        outTradeNo: record.out_trade_no,
        transactionId: refund.transaction_id,
        amount: refund.price_amount,
        paid: refund.paid_amount,
        currency: refund.price_currency,
      };
      try {
        return await settle(refund, await providerNamed(providers, refund.payment_method).refund(order), actor);
      } catch (error) {
        if (isProviderError(error)) return settle(refund, 'refused', actor);
        throw error;
      }
    },
  };
}
