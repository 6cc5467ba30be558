/** Asks the providers again for refunds that are still pending. */
import type { Clock } from '@palestra/core';
import type { AuditActor } from '@palestra/server/plugin';
import type { Logger } from 'pino';
import type { RefundStore } from '../ledger/refunds.js';
import { type RefundSettlement, refundCheckMs } from '../refund/settle.js';

/** One batch; true if there may be more. Ends early once `stopped` says so. */
export type RefundReconciler = (stopped: () => boolean) => Promise<boolean>;

export interface RefundReconcilerParts {
  readonly refunds: RefundStore;
  readonly settlement: RefundSettlement;
  readonly clock: Clock;
  readonly log: Logger;
}

const batch = 50;
const actor: AuditActor = { program: 'reconciler' };

export function createRefundReconciler(parts: RefundReconcilerParts): RefundReconciler {
  const { refunds, settlement, clock, log } = parts;
  return async (stopped) => {
    const due = await refunds.toCheck(clock.now(), batch);
    for (const refund of due) {
      if (stopped()) return false;
      const now = clock.now();
      // Put off first: whatever happens, the next batch is about others.
      await refunds.change({ id: refund.id, from: 'pending', to: 'pending', checkAt: now + refundCheckMs, now });
      try {
        await settlement.ask(refund, actor);
      } catch (err) {
        log.warn({ err, refund: refund.id }, 'A refund could not be made now.');
      }
    }
    return due.length === batch;
  };
}
