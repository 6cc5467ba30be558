/** What a provider's notification tells of an order or a refund becomes its state. A repeated one changes nothing. */
import { type Call, resourceNotFound } from '@palestra/core';
import { notificationInvalid } from '../errors.js';
import type { RefundStore } from '../ledger/refunds.js';
import type { RefundSettlement } from '../refund/settle.js';
import type { Settlement } from '../state/settlement.js';
import type { RecordStore } from '../store.js';
import type { Notification, NotificationReader } from '../wechat/notification.js';
import type { WechatOrder } from '../wechat/order.js';
import type { WechatRefund } from '../wechat/refund.js';

/** @throws PalestraError 401 for a forged notification, 404 for an order that is not ours */
export type TakeNotification = (notification: Notification, call: Call) => Promise<void>;

export interface NotificationParts {
  readonly read: NotificationReader;
  readonly records: RecordStore;
  readonly refunds: RefundStore;
  readonly settlement: Settlement;
  readonly refundSettlement: RefundSettlement;
}

export function createNotifications(parts: NotificationParts): TakeNotification {
  const { read, records, refunds, settlement, refundSettlement } = parts;

  async function takeOrder({ outTradeNo, payment }: WechatOrder, call: Call): Promise<void> {
    const record = await records.byOrder(outTradeNo);
    if (record?.payment_method !== 'wechat') throw resourceNotFound('Order', outTradeNo);
    await settlement.apply(record, payment, call);
  }

  /** One that was begun on WeChat Pay's merchant platform is not known here, and is not ours to settle. */
  async function takeRefund({ refundNo, transactionId, amount, status }: WechatRefund, call: Call): Promise<void> {
    const refund = await refunds.byNumber(refundNo);
    if (!refund || status === 'processing') return;
    if (refund.transaction_id !== transactionId || refund.price_amount !== amount) {
      throw notificationInvalid('its refund is of another payment, or over another amount');
    }
    await refundSettlement.settle(refund, status === 'closed' ? 'refused' : status, call);
  }

  return async (notification, call) => {
    const { order, refund } = read(notification, call);
    if (order) await takeOrder(order, call);
    if (refund) await takeRefund(refund, call);
  };
}
