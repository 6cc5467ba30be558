/** A refund as WeChat Pay reports it: in the answer to our request (`status`), and in a notification (`refund_status`). */
import type { RefundStatus } from '../providers/provider.js';

/**
 * A refund that is `ABNORMAL` (the payer's card is gone, say) is finished by hand on WeChat Pay's merchant platform; the
 * reconciler goes on asking.
 */
const statuses: Readonly<Record<string, RefundStatus | 'closed'>> = {
  SUCCESS: 'refunded',
  PROCESSING: 'processing',
  ABNORMAL: 'processing',
  CLOSED: 'closed',
};

export interface WechatRefund {
  readonly refundNo: string;
  readonly transactionId: string;
  /** Minor units given back. */
  readonly amount: number;
  readonly status: RefundStatus | 'closed';
}

/** Undefined for anything but a refund in one of the documented states. */
export function readRefund(value: unknown): WechatRefund | undefined {
  const refund = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { out_refund_no: refundNo, transaction_id: transactionId } = refund;
  const state = refund.status ?? refund.refund_status;
  const { refund: amount } = (refund.amount ?? {}) as { refund?: unknown };
  const status = typeof state === 'string' && Object.hasOwn(statuses, state) ? statuses[state] : undefined;
  if (typeof refundNo !== 'string' || typeof transactionId !== 'string' || status === undefined) return undefined;
  return Number.isSafeInteger(amount) ? { refundNo, transactionId, amount: amount as number, status } : undefined;
}
