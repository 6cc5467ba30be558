/** WeChat Pay, spoken over HTTP with a fake that has real keys: only WeChat Pay is believed. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { openShop } from './support/shop.js';
import type { TradeState, WechatTrouble } from './support/wechat-pay.js';
import { openWechatShop, price, type WechatShop } from './support/wechat-shop.js';

describeOnEachDatabase('WeChat Pay', (fresh) => {
  let at: WechatShop;
  before(async function () {
    this.timeout(60_000);
    at = await openWechatShop(await fresh());
  });
  after(() => at.close());
  afterEach(() => {
    at.wechat.trouble = undefined;
  });

  it('takes an order, its payment, and tells the app what its SDK wants', async () => {
    const { transactionRecordId, prepayId, payment } = await at.begin();
    expect(payment).to.have.all.keys('appid', 'partnerid', 'prepayid', 'package', 'noncestr', 'timestamp', 'sign');
    expect(payment).to.include({ prepayid: prepayId, package: 'Sign=WXPay', partnerid: '1900000001' });
    expect(at.orderOf(prepayId).total).to.equal(8800);
    const early = await at.shop.verify(at.buyer, transactionRecordId, 'x');
    expect(early.status).to.equal(409);
    const paid = at.wechat.pay(prepayId);
    const verified = await at.shop.verify(at.buyer, transactionRecordId, 'x');
    expect(verified.status, verified.text).to.equal(200);
    expect(verified.body.data).to.include({ transactionState: 'success', transactionId: paid?.transactionId });
  });

  it('takes its currency only', async () => {
    const merchandiseId = await at.shop.sell({ stock: 5 });
    const json = { merchandiseId, paymentMethod: 'wechat' };
    const answer = await at.shop.host.request('POST', '/api/perform_transaction', { token: at.buyer.token, json });
    expect(answer.status).to.equal(400);
    expect(await at.shop.stock(merchandiseId)).to.equal(5);
  });

  it('asks for the payer inside WeChat', async () => {
    const inside = await openShop({
      clock: at.shop.clock,
      config: { transaction: { wechat: at.wechat.config({ trade: 'jsapi' }) } },
    });
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
      expect(at.orderOf(body.data.prepayId).openid).to.equal(openid);
    } finally {
      await inside.host.stop();
    }
  });

  it('knows the payer inside WeChat by the sign-in there', async () => {
    const { appId } = at.wechat.config();
    const inside = await openShop({
      clock: at.shop.clock,
      config: {
        transaction: { wechat: at.wechat.config({ trade: 'jsapi' }) },
        identity: {
          wechat: {
            apps: [
              { appId, appSecret: 'secret' },
              { appId: 'wxanother', appSecret: 's' },
            ],
            trustOpenid: true,
          },
        },
      },
    });
    try {
      const { host } = inside;
      const merchandiseId = await inside.sell({ price });
      const json = { merchandiseId, paymentMethod: 'wechat' };
      const buy = async (openid: string, app: string) => {
        const sealed = await host.seal({ openid, appId: app });
        const { access_token: token } = (await host.request('POST', '/api/wechat_auth', { json: { sealed } })).body
          .data;
        return host.request('POST', '/api/perform_transaction', { token, json });
      };
      const { status, body } = await buy('oMiniProgramUser', appId);
      expect(status).to.equal(201);
      expect(at.orderOf(body.data.prepayId).openid).to.equal('oMiniProgramUser');
      const elsewhere = await buy('oUserOfAnotherApp', 'wxanother');
      expect([elsewhere.status, elsewhere.body.exceptionMessage]).to.deep.equal([
        400,
        'openid is required, or a sign-in by WeChat: the payment is taken inside WeChat',
      ]);
    } finally {
      await inside.host.stop();
    }
  });

  const unpaid: readonly TradeState[] = ['NOTPAY', 'USERPAYING', 'CLOSED', 'REFUND'];
  for (const state of unpaid) {
    it(`leaves a purchase as it is that WeChat Pay calls ${state}`, async () => {
      const { transactionRecordId, prepayId } = await at.begin();
      at.wechat.set(prepayId, state);
      expect((await at.shop.verify(at.buyer, transactionRecordId, 'x')).status).to.equal(409);
      expect(await at.stateOf(transactionRecordId)).to.equal('pending');
    });
  }

  it('ends a purchase that is declined, and gives the stock back', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await at.begin();
    at.wechat.set(prepayId, 'PAYERROR');
    const answers = [
      await at.shop.verify(at.buyer, transactionRecordId, 'x'),
      await at.shop.verify(at.buyer, transactionRecordId, 'x'),
    ];
    expect(answers.map(({ status, body }) => [status, body.exceptionType])).to.deep.equal([
      [402, 'PaymentDeclinedError'],
      [402, 'PaymentDeclinedError'],
    ]);
    expect(await at.stateOf(transactionRecordId)).to.equal('failed');
    expect(await at.shop.stock(merchandiseId)).to.equal(5);
  });

  const troubles: readonly (readonly [string, WechatTrouble])[] = [
    ['no reply', { kind: 'drop' }],
    ['500', { kind: 'failing' }],
    ['an unsigned 200', { kind: 'unsigned' }],
    ['a signature of another key', { kind: 'foreign-key' }],
    ['a changed body', { kind: 'corrupt' }],
    ['an answer ten minutes old', { kind: 'old' }],
    ['another merchant', { kind: 'lie', change: { mchid: '1900000002' } }],
    ['another app', { kind: 'lie', change: { appid: 'wx0' } }],
    ['another order', { kind: 'lie', change: { out_trade_no: 'f'.repeat(32) } }],
    ['an unknown state', { kind: 'lie', change: { trade_state: 'GREAT' } }],
  ];
  for (const [what, trouble] of troubles) {
    it(`believes no payment by ${what}`, async () => {
      const { transactionRecordId, prepayId } = await at.begin();
      at.wechat.pay(prepayId);
      // A breaker that is still open from another case would answer for WeChat Pay.
      at.shop.clock.advance(31_000);
      at.wechat.trouble = trouble;
      const refused = await at.shop.verify(at.buyer, transactionRecordId, 'x');
      expect(refused.status, refused.text).to.equal(502);
      expect(await at.stateOf(transactionRecordId)).to.equal('pending');
      at.wechat.trouble = undefined;
      at.shop.clock.advance(31_000);
      expect((await at.shop.verify(at.buyer, transactionRecordId, 'x')).status).to.equal(200);
    });
  }

  for (const amount of [
    { total: 1, currency: 'CNY' },
    { total: 8800, currency: 'USD' },
  ]) {
    it(`takes no payment over ${amount.total} ${amount.currency}, and notes it as due to be given back`, async () => {
      const { transactionRecordId, prepayId } = await at.begin();
      const order = at.wechat.pay(prepayId);
      at.shop.clock.advance(31_000);
      at.wechat.trouble = { kind: 'lie', change: { amount } };
      const refused = await at.shop.verify(at.buyer, transactionRecordId, 'x');
      expect(refused.status, refused.text).to.equal(409);
      at.wechat.trouble = undefined;
      expect(await at.stateOf(transactionRecordId)).to.equal('failed');
      const { knex } = at.shop.host.palestra.database();
      const [refund] = await knex('transaction_refund').where('transaction_id', order?.transactionId ?? '');
      expect([refund?.price_amount, refund?.price_currency]).to.deep.equal([amount.total, amount.currency]);
    });
  }

  describe('asked to give back', () => {
    let admin: Account;
    before(async () => {
      admin = await at.shop.host.account('admin');
    });

    async function paid() {
      const { transactionRecordId, prepayId } = await at.begin();
      const order = at.wechat.pay(prepayId) ?? expect.fail('still open at WeChat Pay');
      expect((await at.shop.verify(at.buyer, transactionRecordId, 'x')).status).to.equal(200);
      return { transactionRecordId, order };
    }
    const refund = (transactionRecordId: string, amount?: number) =>
      at.shop.host.request('POST', '/api/refund_transaction', {
        token: admin.token,
        json: { transactionRecordId, ...(amount && { amount }) },
      });

    it('gives back in parts, each under a number of its own, and no more than was paid', async () => {
      const { transactionRecordId, order } = await paid();
      at.wechat.refundState = 'SUCCESS';
      expect((await refund(transactionRecordId, 800)).body.data.transactionState).to.equal('success');
      expect((await refund(transactionRecordId, 8001)).status).to.equal(409);
      expect((await refund(transactionRecordId)).body.data.transactionState).to.equal('refunded');
      const refunds = [...at.wechat.refunds.values()].filter((each) => each.order === order);
      expect(refunds.map(({ amount }) => amount)).to.deep.equal([800, 8000]);
    });

    it('is asked again until it has given back', async () => {
      const { transactionRecordId, order } = await paid();
      at.wechat.refundState = 'PROCESSING';
      await refund(transactionRecordId);
      for (const state of ['PROCESSING', 'ABNORMAL', 'SUCCESS'] as const) {
        for (const each of at.wechat.refunds.values()) if (each.order === order) each.state = state;
        expect(await at.stateOf(transactionRecordId)).to.equal('success');
        at.shop.clock.advance(31_000);
        await at.shop.reconcile();
      }
      expect(await at.stateOf(transactionRecordId)).to.equal('refunded');
      expect(at.wechat.givenBack(order)).to.equal(8800);
    });

    it('is not believed when another key signs, and is asked again', async () => {
      const { transactionRecordId } = await paid();
      at.wechat.refundState = 'SUCCESS';
      at.wechat.trouble = { kind: 'foreign-key' };
      expect((await refund(transactionRecordId)).body.data.transactionState).to.equal('success');
      at.wechat.trouble = undefined;
      at.shop.clock.advance(31_000);
      await at.shop.reconcile();
      expect(await at.stateOf(transactionRecordId)).to.equal('refunded');
    });
  });

  describe('in the end', () => {
    it('knows of every payment that we know of, and we of every one it took', async () => {
      at.shop.clock.advance(31 * 60_000);
      await at.shop.reconcile();
      expect(await violations(at.shop.host.palestra.database(), { captured: at.wechat.captured() })).to.deep.equal([]);
    });
  });
});
