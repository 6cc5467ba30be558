/** An order as WeChat Pay reports it; app, merchant and order number must be ours. */
import type { PaymentStatus } from '../providers/provider.js';
import type { WechatConfig } from './config.js';

/** `trade_state` of API v3; any other state changes nothing here. */
const statuses: Readonly<Record<string, 'paid' | 'open' | 'declined' | 'closed'>> = {
  SUCCESS: 'paid',
  NOTPAY: 'open',
  USERPAYING: 'open',
  ACCEPT: 'open',
  PAYERROR: 'declined',
  REVOKED: 'declined',
  CLOSED: 'closed',
  REFUND: 'closed',
};

export interface WechatOrder {
  readonly outTradeNo: string;
  readonly payment: PaymentStatus;
}

/** Undefined for what is not an order of this merchant and app. */
export function readOrder(value: unknown, config: WechatConfig): WechatOrder | undefined {
  const order = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { appid, mchid, out_trade_no: outTradeNo, trade_state: state } = order;
  if (appid !== config.appId || mchid !== config.merchantId || typeof outTradeNo !== 'string') return undefined;
  const status = typeof state === 'string' && Object.hasOwn(statuses, state) ? statuses[state] : undefined;
  if (status === undefined) return undefined;
  if (status !== 'paid') return { outTradeNo, payment: { status } };
  const { total, currency } = (order.amount ?? {}) as { total?: unknown; currency?: unknown };
  const transactionId = order.transaction_id;
  if (typeof transactionId !== 'string' || transactionId === '' || !Number.isSafeInteger(total)) return undefined;
  const paidIn = currency === undefined ? 'CNY' : currency;
  if (typeof paidIn !== 'string') return undefined;
  return { outTradeNo, payment: { status, transactionId, amount: total as number, currency: paidIn } };
}
