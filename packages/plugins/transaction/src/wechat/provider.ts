/** WeChat Pay API v3: order, query, close, refund. https://pay.weixin.qq.com/doc/v3/merchant/4012791870 */
import { randomBytes } from 'node:crypto';
import { type Clock, invalidRequest } from '@palestra/core';
import { type NewOrder, type Order, type PaymentProvider, ProviderError } from '../providers/provider.js';
import type { WechatAnswer, WechatApi } from './api.js';
import type { WechatConfig } from './config.js';
import { readOrder } from './order.js';
import { readRefund } from './refund.js';

const transactions = '/v3/pay/transactions';
/** In bytes of UTF-8 (WeChat Pay's limit for `description`). */
const maxDescription = 127;

export function createWechatProvider(config: WechatConfig, api: WechatApi, clock: Clock): PaymentProvider {
  const { appId: appid, merchantId: mchid } = config;
  const pathOf = ({ outTradeNo }: Order) => `${transactions}/out-trade-no/${outTradeNo}`;
  return {
    name: 'wechat',
    currencies: ['CNY'],
    ...(config.trade === 'jsapi' && { wechatApp: appid }),
    assertPayable({ openid }) {
      if (config.trade === 'jsapi' && openid === undefined) {
        throw invalidRequest(
          'openid is required, or a sign-in by WeChat: the payment is taken inside WeChat',
          '/openid',
        );
      }
    },
    async prepay(order, signal) {
      const answer = await api.call('POST', `${transactions}/${config.trade}`, orderBody(config, order), signal);
      const { prepay_id: prepayId } = answer.body;
      if (answer.status !== 200) throw refusal(answer);
      if (typeof prepayId !== 'string' || prepayId === '') throw new ProviderError('forged', 'no prepay_id');
      return prepayId;
    },
    payment: (prepayId) => (config.trade === 'app' ? forApp : forPage)(config, api, prepayId, clock.now()),
    async query(order, _claim, signal) {
      const answer = await api.call('GET', `${pathOf(order)}?mchid=${encodeURIComponent(mchid)}`, undefined, signal);
      if (answer.status === 404) return { status: 'absent' };
      if (answer.status !== 200) throw refusal(answer);
      const reported = readOrder(answer.body, config);
      if (reported?.outTradeNo !== order.outTradeNo) throw new ProviderError('forged', 'an answer about another order');
      return reported.payment;
    },
    async close(order, signal) {
      const answer = await api.call('POST', `${pathOf(order)}/close`, { mchid }, signal);
      if (answer.status === 204 || answer.body.code === 'ORDER_CLOSED') return 'closed';
      if (answer.body.code === 'ORDERPAID') return 'paid';
      if (answer.status === 404) return 'absent';
      throw refusal(answer);
    },
    async refund({ refundNo, transactionId, amount, paid, currency }, signal) {
      const body = {
        transaction_id: transactionId,
        out_refund_no: refundNo,
        notify_url: config.notifyUrl,
        amount: { refund: amount, total: paid, currency },
      };
      const answer = await api.call('POST', '/v3/refund/domestic/refunds', body, signal);
      if (answer.status !== 200) throw refusal(answer);
      const reported = readRefund(answer.body);
      if (reported?.refundNo !== refundNo) throw new ProviderError('forged', 'an answer about another refund');
      if (reported.status === 'closed') throw new ProviderError('refused', 'WeChat Pay has closed the refund');
      return reported.status;
    },
  };

  function orderBody(settings: WechatConfig, order: NewOrder): object {
    return {
      appid,
      mchid,
      description: shortened(order.description),
      out_trade_no: order.outTradeNo,
      time_expire: new Date(order.expiresAt).toISOString().replace(/\.\d+Z$/, '+00:00'),
      notify_url: settings.notifyUrl,
      amount: { total: order.amount, currency: order.currency },
      ...(settings.trade === 'jsapi' && { payer: { openid: order.openid } }),
    };
  }
}

function refusal({ status, body }: WechatAnswer): ProviderError {
  return new ProviderError('refused', `WeChat Pay answered ${status} ${String(body.code)}: ${String(body.message)}`);
}

/** What the SDK inside an app takes. */
function forApp({ appId: appid, merchantId }: WechatConfig, api: WechatApi, prepayid: string, now: number) {
  const timestamp = String(Math.floor(now / 1000));
  const noncestr = randomBytes(16).toString('hex');
  const sign = api.sign([appid, timestamp, noncestr, prepayid]);
  return { appid, partnerid: merchantId, prepayid, package: 'Sign=WXPay', noncestr, timestamp, sign };
}

/** What `wx.requestPayment` and `WeixinJSBridge` take. */
function forPage({ appId }: WechatConfig, api: WechatApi, prepayId: string, now: number) {
  const timeStamp = String(Math.floor(now / 1000));
  const nonceStr = randomBytes(16).toString('hex');
  const content = `prepay_id=${prepayId}`;
  const paySign = api.sign([appId, timeStamp, nonceStr, content]);
  return { appId, timeStamp, nonceStr, package: content, signType: 'RSA', paySign };
}

function shortened(text: string): string {
  let short = text;
  while (Buffer.byteLength(short) > maxDescription) short = [...short].slice(0, -1).join('');
  return short;
}
