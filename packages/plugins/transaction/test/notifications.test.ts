/** Notifications of WeChat Pay: accepted by their signature alone, and once, however often they are sent. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { inParallel, randomFrom, range, scaled, seed, shuffled } from './support/scale.js';
import type { SentNotification } from './support/wechat-pay.js';
import { openWechatShop, price, type WechatShop } from './support/wechat-shop.js';

describeOnEachDatabase('notifications of WeChat Pay', (fresh) => {
  let at: WechatShop;
  before(async function () {
    this.timeout(60_000);
    at = await openWechatShop(await fresh());
  });
  after(() => at.close());

  it('complete a purchase, sent once or often', async () => {
    const { transactionRecordId, prepayId } = await at.begin();
    const order = at.wechat.pay(prepayId) ?? expect.fail();
    const sent = at.wechat.notification(order);
    for (const _ of range(3)) {
      const answer = await at.notify(sent);
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body).to.deep.equal({ code: 'SUCCESS', message: '' });
    }
    expect(await at.stateOf(transactionRecordId)).to.equal('success');
  });

  const forged: readonly (readonly [string, number, (sent: SentNotification) => SentNotification])[] = [
    ['not signed', 401, ({ body }) => ({ body, headers: {} })],
    ['signed by the merchant', 401, ({ body }) => ({ body, headers: at.wechat.sign(body, 'merchant') })],
    ['signed by another key', 401, ({ body }) => ({ body, headers: at.wechat.sign(body, 'unknown') })],
    ['of another serial', 401, ({ body, headers }) => ({ body, headers: { ...headers, 'wechatpay-serial': 'X' } })],
    ['six minutes old', 401, ({ body }) => ({ body, headers: at.wechat.sign(body, 'platform', 360) })],
    ['from the future', 401, ({ body }) => ({ body, headers: at.wechat.sign(body, 'platform', -360) })],
    ['serialised again', 401, ({ body, headers }) => ({ body: JSON.stringify(JSON.parse(body), null, 1), headers })],
    ['changed by a byte', 401, ({ body, headers }) => ({ body: body.replace('"id":"', '"id":"0'), headers })],
    [
      'a probe',
      401,
      ({ body, headers }) => ({ body, headers: { ...headers, 'wechatpay-signature': 'WECHATPAY/SIGNTEST/x' } }),
    ],
    ['no notification', 400, () => ({ body: '{}', headers: at.wechat.sign('{}') })],
  ];
  for (const [what, status, forge] of forged) {
    it(`are refused if ${what}`, async () => {
      const { transactionRecordId, prepayId } = await at.begin();
      const order = { ...at.orderOf(prepayId), state: 'SUCCESS' as const, transactionId: `forged-${prepayId}` };
      const answer = await at.notify(forge(at.wechat.notification(order)));
      expect(answer.status, answer.text).to.equal(status);
      expect(await at.stateOf(transactionRecordId)).to.equal('pending');
    });
  }

  const wrong: readonly (readonly [string, number, Record<string, unknown>])[] = [
    ['another merchant', 401, { mchid: '1' }],
    ['an unknown order', 404, { out_trade_no: 'e'.repeat(32) }],
  ];
  for (const [what, status, change] of wrong) {
    it(`are refused if over ${what}, even if signed`, async () => {
      const { transactionRecordId, prepayId } = await at.begin();
      const order = { ...at.orderOf(prepayId), state: 'SUCCESS' as const, transactionId: `wrong-${prepayId}` };
      const answer = await at.notify(at.wechat.notification(order, change));
      expect(answer.status, answer.text).to.equal(status);
      expect(await at.stateOf(transactionRecordId)).to.equal('pending');
    });
  }

  for (const amount of [
    { total: 1, currency: 'CNY' },
    { total: 8800, currency: 'USD' },
  ]) {
    it(`over ${amount.total} ${amount.currency} end the record, and note what was paid as due`, async () => {
      const { merchandiseId, transactionRecordId, prepayId } = await at.begin();
      const order = at.wechat.pay(prepayId) ?? expect.fail('still open at WeChat Pay');
      for (const _ of range(2)) {
        const answer = await at.notify(at.wechat.notification(order, { amount }));
        expect(answer.status, answer.text).to.equal(200);
      }
      expect(await at.stateOf(transactionRecordId)).to.equal('failed');
      expect(await at.shop.stock(merchandiseId)).to.equal(5);
      const { knex } = at.shop.host.palestra.database();
      const refunds = await knex('transaction_refund').where('transaction_id', order.transactionId);
      expect(refunds.map((row) => [row.price_amount, row.price_currency])).to.deep.equal([
        [amount.total, amount.currency],
      ]);
    });
  }

  it('of a payment after the cancel are put down to be given back, and an admin gives it back once', async () => {
    const admin = await at.shop.host.account('admin');
    const { merchandiseId, transactionRecordId, prepayId } = await at.begin();
    at.wechat.trouble = { kind: 'failing' };
    const canceled = await at.shop.cancel(at.buyer, transactionRecordId);
    expect(canceled.body.data.transactionState).to.equal('canceled');
    at.wechat.trouble = undefined;
    at.shop.clock.advance(31_000);
    const order = at.wechat.pay(prepayId) ?? expect.fail('still open at WeChat Pay');
    expect((await at.notify(at.wechat.notification(order))).status).to.equal(200);
    expect((await at.notify(at.wechat.notification(order))).status).to.equal(200);
    expect(await at.stateOf(transactionRecordId)).to.equal('canceled');
    expect(await at.shop.stock(merchandiseId)).to.equal(5);
    at.wechat.refundState = 'SUCCESS';
    const refundsOf = async (token: string) => at.shop.host.request('GET', '/api/admin/refund', { token });
    expect((await refundsOf(at.buyer.token)).status).to.equal(403);
    const due = (await refundsOf(admin.token)).body.data.filter(
      (refund: { transactionRecord: string }) => refund.transactionRecord === transactionRecordId,
    );
    expect(due).to.have.length(1);
    expect(due[0]).to.deep.include({ state: 'due', transactionId: order.transactionId, price });
    for (const _ of range(2)) {
      const paid = await at.shop.host.request('POST', `/api/admin/refund/${due[0]._id}`, { token: admin.token });
      expect(paid.status, paid.text).to.equal(200);
      expect(paid.body.data.state).to.equal('refunded');
    }
    expect(at.wechat.givenBack(order)).to.equal(8800);
    expect(at.wechat.refunds).to.have.property('size', 1);
  });

  describe('of a refund', () => {
    let admin: Account;
    before(async () => {
      admin = await at.shop.host.account('admin');
    });
    beforeEach(() => {
      at.wechat.refundState = 'PROCESSING';
    });

    async function refunding() {
      const { transactionRecordId, prepayId } = await at.begin();
      const order = at.wechat.pay(prepayId) ?? expect.fail('still open at WeChat Pay');
      await at.notify(at.wechat.notification(order));
      const asked = await at.shop.host.request('POST', '/api/refund_transaction', {
        token: admin.token,
        json: { transactionRecordId },
      });
      expect(asked.status, asked.text).to.equal(200);
      expect(asked.body.data).to.deep.include({ transactionState: 'success', refundedAmount: 8800 });
      const refund = [...at.wechat.refunds.values()].find((each) => each.order === order) ?? expect.fail();
      return { transactionRecordId, refund };
    }

    it('end the record once WeChat Pay has given it back, sent once or often', async () => {
      const { transactionRecordId, refund } = await refunding();
      refund.state = 'SUCCESS';
      for (const _ of range(3)) {
        expect((await at.notify(at.wechat.refundNotification(refund))).status).to.equal(200);
      }
      expect(await at.stateOf(transactionRecordId)).to.equal('refunded');
    });

    it('that WeChat Pay has closed let the record be used again', async () => {
      const { transactionRecordId, refund } = await refunding();
      refund.state = 'CLOSED';
      expect((await at.notify(at.wechat.refundNotification(refund))).status).to.equal(200);
      const path = `/api/transaction_record/${transactionRecordId}`;
      const { body } = await at.shop.host.request('GET', path, { token: at.buyer.token });
      expect(body.data).to.deep.include({ transactionState: 'success', refundedAmount: 0 });
      expect(body.data.qr).to.be.a('string');
    });

    it('that was begun at WeChat Pay itself change nothing', async () => {
      const { transactionRecordId, refund } = await refunding();
      const other = { ...refund, refundNo: 'by-hand', state: 'SUCCESS' as const };
      expect((await at.notify(at.wechat.refundNotification(other))).status).to.equal(200);
      expect(await at.stateOf(transactionRecordId)).to.equal('success');
    });

    for (const [what, change] of [
      ['another amount', { amount: { total: 8800, refund: 1 } }],
      ['another payment', { transaction_id: '42000' }],
      ['another merchant', { mchid: '1' }],
      ['an unknown state', { refund_status: 'GREAT' }],
    ] as const) {
      it(`are refused if over ${what}, even if signed`, async () => {
        const { transactionRecordId, refund } = await refunding();
        refund.state = 'SUCCESS';
        expect((await at.notify(at.wechat.refundNotification(refund, change))).status).to.equal(401);
        expect(await at.stateOf(transactionRecordId)).to.equal('success');
      });
    }
  });

  const orders = scaled(20, 100);
  it(`${orders * 10} of ${orders} orders, shuffled, 8 at a time, a fifth corrupted: ${orders} effects`, async function () {
    this.timeout(120_000);
    const random = randomFrom(seed);
    const merchandiseId = await at.shop.sell({ price, stock: orders });
    const prepayIds: string[] = [];
    await inParallel(range(orders), 8, async () => {
      prepayIds.push((await at.begin(merchandiseId)).prepayId);
    });
    const sent = prepayIds.flatMap((prepayId) => {
      const order = at.wechat.pay(prepayId) ?? expect.fail();
      return range(10).map((copy) => ({ sent: at.wechat.notification(order), corrupted: copy >= 8 }));
    });
    const statuses = { sound: new Set<number>(), corrupted: new Set<number>() };
    const times: number[] = [];
    await inParallel(shuffled(sent, random), 8, async ({ sent, corrupted }) => {
      const began = performance.now();
      const answer = await at.notify(corrupted ? corruptedOf(sent, random) : sent);
      times.push(performance.now() - began);
      statuses[corrupted ? 'corrupted' : 'sound'].add(answer.status);
    });
    expect([...statuses.sound]).to.deep.equal([200]);
    for (const status of statuses.corrupted) expect(status).to.be.within(400, 499);
    // WeChat Pay tells again after some 5 s; the promise is 1 s, which a busy machine's short form need not keep.
    const p99 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
    expect(p99, 'p99').to.be.below(scaled(5_000, 1_000));
    const database = at.shop.host.palestra.database();
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

/** One byte of the body or of the signature. */
function corruptedOf({ body, headers }: SentNotification, random: () => number): SentNotification {
  const change = (text: string) => {
    const at = Math.floor(random() * text.length);
    return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  };
  if (random() < 0.5) return { body: change(body), headers };
  return { body, headers: { ...headers, 'wechatpay-signature': change(headers['wechatpay-signature'] ?? '') } };
}
