/** A shop that takes money through the fake WeChat Pay, and what its tests do there. */
import type { Account, Answer } from '@palestra/server/testing';
import { openShop, type Shop, TestClock } from './shop.js';
import { FakeWechatPay, type SentNotification, type WechatLedgerOrder } from './wechat-pay.js';

/** In fen: WeChat Pay takes yuan only. */
export const price = { amount: 8800, currency: 'CNY' } as const;

export interface BegunPurchase {
  readonly merchandiseId: string;
  readonly transactionRecordId: string;
  readonly prepayId: string;
  readonly payment: Readonly<Record<string, string>>;
}

export interface WechatShop {
  readonly shop: Shop;
  readonly wechat: FakeWechatPay;
  readonly buyer: Account;
  /** A pending purchase; by default of new merchandise. */
  begin(merchandiseId?: string): Promise<BegunPurchase>;
  notify(sent: SentNotification): Promise<Answer>;
  stateOf(transactionRecordId: string): Promise<string>;
  orderOf(prepayId: string): WechatLedgerOrder;
  close(): Promise<void>;
}

export async function openWechatShop(database: string): Promise<WechatShop> {
  const clock = new TestClock();
  const wechat = new FakeWechatPay(clock);
  await wechat.start();
  const shop = await openShop({ clock, database, config: { transaction: { wechat: wechat.config() } } });
  const buyer = await shop.host.account();
  const { token } = buyer;
  return {
    shop,
    wechat,
    buyer,
    async begin(given) {
      const merchandiseId = given ?? (await shop.sell({ price, stock: 5 }));
      const json = { merchandiseId, paymentMethod: 'wechat' };
      const { status, body, text } = await shop.host.request('POST', '/api/perform_transaction', { token, json });
      if (status !== 201) throw new Error(`The purchase was answered ${status}: ${text}`);
      return { merchandiseId, ...body.data };
    },
    notify({ body, headers }) {
      const options = { body, headers: { 'content-type': 'application/json', ...headers } };
      const send = () => shop.host.request('POST', '/api/payment/wechat/notify', options);
      // Told again if the connection breaks, as WeChat Pay does.
      return send().catch(send);
    },
    async stateOf(id) {
      const { body } = await shop.host.request('GET', `/api/transaction_record/${id}`, { token });
      return body.data.transactionState;
    },
    orderOf(prepayId) {
      const order = [...wechat.orders.values()].find((each) => each.prepayId === prepayId);
      if (!order) throw new Error(`WeChat Pay has no order ${prepayId}.`);
      return order;
    },
    async close() {
      await shop.host.stop();
      await wechat.stop();
    },
  };
}
