/** WeChat Pay, spoken over HTTP with a fake that has real keys: nobody is believed who is not WeChat Pay. */
import { type Account, type Answer, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { inParallel, randomFrom, range, scaled, seed, shuffled } from './support/scale.js';
import { openShop, type Shop, TestClock } from './support/shop.js';
import { FakeWechatPay, type SentNotification, type TradeState, type WechatTrouble } from './support/wechat-pay.js';

const price = { amount: 8800, currency: 'CNY' };

describeOnEachDatabase('WeChat Pay', (fresh) => {
  const clock = new TestClock();
  const wechat = new FakeWechatPay(clock);
  let shop: Shop;
  let buyer: Account;
  before(async () => {
    await wechat.start();
    shop = await openShop({ clock, database: await fresh(), config: { transaction: { wechat: wechat.config() } } });
    buyer = await shop.host.account();
  });
  after(async () => {
    await shop.host.stop();
    await wechat.stop();
  });
  afterEach(() => {
    wechat.trouble = undefined;
  });

  async function begin() {
    const merchandiseId = await shop.sell({ price, stock: 5 });
    const json = { merchandiseId, paymentMethod: 'wechat' };
    const answer = await shop.host.request('POST', '/api/perform_transaction', { token: buyer.token, json });
    expect(answer.status, answer.text).to.equal(201);
    return {
      merchandiseId,
      ...(answer.body.data as { transactionRecordId: string; prepayId: string; payment: Record<string, string> }),
    };
  }

  const notify = ({ body, headers }: SentNotification): Promise<Answer> => {
    const options = { body, headers: { 'content-type': 'application/json', ...headers } };
    const send = () => shop.host.request('POST', '/api/payment/wechat/notify', options);
    // Told again if the connection breaks, as WeChat Pay does.
    return send().catch(send);
  };

  async function stateOf(transactionRecordId: string): Promise<string> {
    const { body } = await shop.host.request('GET', `/api/transaction_record/${transactionRecordId}`, {
      token: buyer.token,
    });
    return body.data.transactionState;
  }

  const orderOf = (prepayId: string) =>
    [...wechat.orders.values()].find((order) => order.prepayId === prepayId) ?? expect.fail('no such order');

  it('takes an order, its payment, and tells the app what its SDK wants', async () => {
    const { transactionRecordId, prepayId, payment } = await begin();
    expect(payment).to.have.all.keys('appid', 'partnerid', 'prepayid', 'package', 'noncestr', 'timestamp', 'sign');
    expect(payment).to.include({ prepayid: prepayId, package: 'Sign=WXPay', partnerid: '1900000001' });
    expect(orderOf(prepayId).total).to.equal(8800);
    const early = await shop.verify(buyer, transactionRecordId, 'x');
    expect(early.status).to.equal(409);
    const paid = wechat.pay(prepayId);
    const verified = await shop.verify(buyer, transactionRecordId, 'x');
    expect(verified.status, verified.text).to.equal(200);
    expect(verified.body.data).to.include({ transactionState: 'success', transactionId: paid?.transactionId });
  });

  it('takes its currency only', async () => {
    const merchandiseId = await shop.sell({ stock: 5 });
    const json = { merchandiseId, paymentMethod: 'wechat' };
    const answer = await shop.host.request('POST', '/api/perform_transaction', { token: buyer.token, json });
    expect(answer.status).to.equal(400);
    expect(await shop.stock(merchandiseId)).to.equal(5);
  });

  it('asks for the payer inside WeChat', async () => {
    const inside = await openShop({ clock, config: { transaction: { wechat: wechat.config({ trade: 'jsapi' }) } } });
    try {
      const payer = await inside.host.account();
      const merchandiseId = await inside.sell({ price });
      const perform = (json: object) =>
        inside.host.request('POST', '/api/perform_transaction', { token: payer.token, json });
      expect((await perform({ merchandiseId, paymentMethod: 'wechat' })).status).to.equal(400);
      const openid = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o';
      const { status, body } = await perform({ merchandiseId, paymentMethod: 'wechat', openid });
      expect(status).to.equal(201);
      expect(body.data.payment).to.include({ package: `prepay_id=${body.data.prepayId}`, signType: 'RSA' });
      expect(orderOf(body.data.prepayId).openid).to.equal(openid);
    } finally {
      await inside.host.stop();
    }
  });

  const unpaid: readonly TradeState[] = ['NOTPAY', 'USERPAYING', 'CLOSED', 'REFUND'];
  for (const state of unpaid) {
    it(`leaves a purchase as it is that WeChat Pay calls ${state}`, async () => {
      const { transactionRecordId, prepayId } = await begin();
      wechat.set(prepayId, state);
      expect((await shop.verify(buyer, transactionRecordId, 'x')).status).to.equal(409);
      expect(await stateOf(transactionRecordId)).to.equal('pending');
    });
  }

  it('ends a purchase that is declined, and gives the stock back', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    wechat.set(prepayId, 'PAYERROR');
    const answers = [
      await shop.verify(buyer, transactionRecordId, 'x'),
      await shop.verify(buyer, transactionRecordId, 'x'),
    ];
    expect(answers.map(({ status, body }) => [status, body.exceptionType])).to.deep.equal([
      [402, 'PaymentDeclinedError'],
      [402, 'PaymentDeclinedError'],
    ]);
    expect(await stateOf(transactionRecordId)).to.equal('failed');
    expect(await shop.stock(merchandiseId)).to.equal(5);
  });

  const troubles: readonly (readonly [string, WechatTrouble])[] = [
    ['no reply', { kind: 'drop' }],
    ['500', { kind: 'failing' }],
    ['an unsigned 200', { kind: 'unsigned' }],
    ["a stranger's signature", { kind: 'foreign-key' }],
    ['a changed body', { kind: 'corrupt' }],
    ['an answer ten minutes old', { kind: 'old' }],
    ['another amount', { kind: 'lie', change: { amount: { total: 1, currency: 'CNY' } } }],
    ['another currency', { kind: 'lie', change: { amount: { total: 8800, currency: 'USD' } } }],
    ['another merchant', { kind: 'lie', change: { mchid: '1900000002' } }],
    ['another app', { kind: 'lie', change: { appid: 'wx0' } }],
    ['another order', { kind: 'lie', change: { out_trade_no: 'f'.repeat(32) } }],
    ['a state nobody knows', { kind: 'lie', change: { trade_state: 'GREAT' } }],
  ];
  for (const [what, trouble] of troubles) {
    it(`believes no payment by ${what}`, async () => {
      const { transactionRecordId, prepayId } = await begin();
      wechat.pay(prepayId);
      // A breaker that is still open from another case would answer for WeChat Pay.
      shop.clock.advance(31_000);
      wechat.trouble = trouble;
      const refused = await shop.verify(buyer, transactionRecordId, 'x');
      expect(refused.status, refused.text).to.be.oneOf([409, 502, 503]);
      expect(await stateOf(transactionRecordId)).to.equal('pending');
      wechat.trouble = undefined;
      shop.clock.advance(31_000);
      expect((await shop.verify(buyer, transactionRecordId, 'x')).status).to.equal(200);
    });
  }

  describe('notifications', () => {
    it('complete a purchase, told once or often', async () => {
      const { transactionRecordId, prepayId } = await begin();
      const order = wechat.pay(prepayId) ?? expect.fail();
      const told = wechat.notification(order);
      for (const _ of range(3)) {
        const answer = await notify(told);
        expect(answer.status, answer.text).to.equal(200);
        expect(answer.body).to.deep.equal({ code: 'SUCCESS', message: '' });
      }
      expect(await stateOf(transactionRecordId)).to.equal('success');
    });

    const forged: readonly (readonly [string, number, (sent: SentNotification) => SentNotification])[] = [
      ['not signed', 401, ({ body }) => ({ body, headers: {} })],
      ['signed by the merchant', 401, ({ body }) => ({ body, headers: wechat.sign(body, 'merchant') })],
      ['signed by a stranger', 401, ({ body }) => ({ body, headers: wechat.sign(body, 'stranger') })],
      ['of another serial', 401, ({ body, headers }) => ({ body, headers: { ...headers, 'wechatpay-serial': 'X' } })],
      ['six minutes old', 401, ({ body }) => ({ body, headers: wechat.sign(body, 'platform', 360) })],
      ['from the future', 401, ({ body }) => ({ body, headers: wechat.sign(body, 'platform', -360) })],
      ['serialised anew', 401, ({ body, headers }) => ({ body: JSON.stringify(JSON.parse(body), null, 1), headers })],
      ['changed by a byte', 401, ({ body, headers }) => ({ body: body.replace('"id":"', '"id":"0'), headers })],
      [
        'a probe',
        401,
        ({ body, headers }) => ({ body, headers: { ...headers, 'wechatpay-signature': 'WECHATPAY/SIGNTEST/x' } }),
      ],
      ['no notification', 400, () => ({ body: '{}', headers: wechat.sign('{}') })],
    ];
    for (const [what, status, forge] of forged) {
      it(`are refused if ${what}`, async () => {
        const { transactionRecordId, prepayId } = await begin();
        const order = { ...orderOf(prepayId), state: 'SUCCESS' as const, transactionId: `forged-${prepayId}` };
        const answer = await notify(forge(wechat.notification(order)));
        expect(answer.status, answer.text).to.equal(status);
        expect(await stateOf(transactionRecordId)).to.equal('pending');
      });
    }

    const wrong: readonly (readonly [string, number, Record<string, unknown>])[] = [
      ['another amount', 409, { amount: { total: 1, currency: 'CNY' } }],
      ['another currency', 409, { amount: { total: 8800, currency: 'USD' } }],
      ['another merchant', 401, { mchid: '1' }],
      ['an unknown order', 404, { out_trade_no: 'e'.repeat(32) }],
    ];
    for (const [what, status, change] of wrong) {
      it(`are refused if over ${what}, even if signed`, async () => {
        const { transactionRecordId, prepayId } = await begin();
        const order = { ...orderOf(prepayId), state: 'SUCCESS' as const, transactionId: `wrong-${prepayId}` };
        const answer = await notify(wechat.notification(order, change));
        expect(answer.status, answer.text).to.equal(status);
        expect(await stateOf(transactionRecordId)).to.equal('pending');
      });
    }

    it('of a payment after the cancel are put down to be given back, and an admin gives it back once', async () => {
      const admin = await shop.host.account('admin');
      const { merchandiseId, transactionRecordId, prepayId } = await begin();
      wechat.trouble = { kind: 'failing' };
      const canceled = await shop.cancel(buyer, transactionRecordId);
      expect(canceled.body.data.transactionState).to.equal('canceled');
      wechat.trouble = undefined;
      shop.clock.advance(31_000);
      const order = wechat.pay(prepayId) ?? expect.fail('still open at WeChat Pay');
      expect((await notify(wechat.notification(order))).status).to.equal(200);
      expect((await notify(wechat.notification(order))).status).to.equal(200);
      expect(await stateOf(transactionRecordId)).to.equal('canceled');
      expect(await shop.stock(merchandiseId)).to.equal(5);
      const refundsOf = async (token: string) => shop.host.request('GET', '/api/admin/refund', { token });
      expect((await refundsOf(buyer.token)).status).to.equal(403);
      const due = (await refundsOf(admin.token)).body.data.filter(
        (refund: { transactionRecord: string }) => refund.transactionRecord === transactionRecordId,
      );
      expect(due).to.have.length(1);
      expect(due[0]).to.deep.include({ state: 'due', transactionId: order.transactionId, price });
      for (const _ of range(2)) {
        const paid = await shop.host.request('POST', `/api/admin/refund/${due[0]._id}`, { token: admin.token });
        expect(paid.status, paid.text).to.equal(200);
        expect(paid.body.data.state).to.equal('refunded');
      }
      expect(wechat.refunds.get(order.outTradeNo)).to.equal(8800);
    });

    const orders = scaled(20, 100);
    it(`${orders * 10} of ${orders} orders, shuffled, 8 at a time, a fifth corrupted: ${orders} effects`, async function () {
      this.timeout(120_000);
      const random = randomFrom(seed);
      const merchandiseId = await shop.sell({ price, stock: orders });
      const prepayIds: string[] = [];
      await inParallel(range(orders), 8, async () => {
        const json = { merchandiseId, paymentMethod: 'wechat' };
        const { body } = await shop.host.request('POST', '/api/perform_transaction', { token: buyer.token, json });
        prepayIds.push(body.data.prepayId);
      });
      const sent = prepayIds.flatMap((prepayId) => {
        const order = wechat.pay(prepayId) ?? expect.fail();
        return range(10).map((at) => ({ told: wechat.notification(order), corrupted: at >= 8 }));
      });
      const statuses = { sound: new Set<number>(), corrupted: new Set<number>() };
      const times: number[] = [];
      await inParallel(shuffled(sent, random), 8, async ({ told, corrupted }) => {
        const began = performance.now();
        const answer = await notify(corrupted ? corruptedOf(told, random) : told);
        times.push(performance.now() - began);
        statuses[corrupted ? 'corrupted' : 'sound'].add(answer.status);
      });
      expect([...statuses.sound]).to.deep.equal([200]);
      for (const status of statuses.corrupted) expect(status).to.be.within(400, 499);
      expect(times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)], 'p99').to.be.below(1_000);
      const database = shop.host.palestra.database();
      const steps = await database
        .knex('transaction_history as h')
        .join('transaction_record as r', 'r.id', 'h.record_id')
        .where({ merchandise_id: Number(merchandiseId), to_state: 'success' })
        .count({ steps: '*' });
      expect(Number(steps[0]?.steps)).to.equal(orders);
      const stock = new Map([[Number(merchandiseId), orders]]);
      expect(await violations(database, { stock })).to.deep.equal([]);
    });
  });

  describe('in the end', () => {
    it('knows of every payment that we know of, and we of every one it took', async () => {
      shop.clock.advance(31 * 60_000);
      await shop.reconcile();
      expect(await violations(shop.host.palestra.database(), { captured: wechat.captured() })).to.deep.equal([]);
    });
  });
});

/** One byte of the body or of the signature. */
function corruptedOf({ body, headers }: SentNotification, random: () => number): SentNotification {
  const change = (text: string) => {
    const at = Math.floor(random() * text.length);
    return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  };
  if (random() < 0.5) return { body: change(body), headers };
  return { body, headers: { ...headers, 'wechatpay-signature': change(headers['wechatpay-signature'] ?? '') } };
}
