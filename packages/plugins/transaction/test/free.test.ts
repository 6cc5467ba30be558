/** Free merchandise: the same record and pass, and no provider is asked. */
import { randomUUID } from 'node:crypto';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { LedgerProvider } from './support/ledger-provider.js';
import { manyPending } from './support/scale.js';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('free merchandise', (fresh) => {
  const provider = new LedgerProvider();
  let shop: Shop;
  let buyer: Account;
  before(async () => {
    const transaction = { ...manyPending, pendingPerMerchandise: 3 };
    shop = await openShop({ database: await fresh(), providers: [provider], config: { transaction } });
  });
  beforeEach(async () => {
    buyer = await shop.host.account();
  });
  after(() => shop.host.stop());

  const free = { price: { amount: 0, currency: 'EUR' }, count: 2 };
  const perform = (merchandiseId: string, paymentMethod: string, headers: Record<string, string> = {}) =>
    shop.host.request('POST', '/api/perform_transaction', {
      token: buyer.token,
      json: { merchandiseId, paymentMethod },
      headers,
    });

  for (const method of ['free', 'sandbox', 'ledger']) {
    it(`is a success at once by ${method}, admits, and answers a verify like any other`, async () => {
      const merchandiseId = await shop.sell({ ...free, stock: 5 });
      const taken = await perform(merchandiseId, method);
      expect(taken.status, taken.text).to.equal(201);
      const { transactionRecordId, transactionState, payment, prepayId } = taken.body.data;
      expect({ transactionState, payment }).to.deep.equal({ transactionState: 'success', payment: {} });
      const verified = await shop.verify(buyer, transactionRecordId, prepayId);
      expect(verified.body.data).to.deep.include({
        transactionState: 'success',
        price: free.price,
        paymentMethod: 'free',
      });
      const { qr } = verified.body.data;
      expect((await shop.visit({ qr, merchandiseId })).body.data).to.deep.include({ count: 1, visitCount: 1 });
      expect((await shop.cancel(buyer, transactionRecordId)).status).to.equal(409);
      expect(await shop.stock(merchandiseId)).to.equal(4);
      const stock = new Map([[Number(merchandiseId), 5]]);
      expect(await violations(shop.host.palestra.database(), { stock, captured: [] })).to.deep.equal([]);
      expect(provider.calls).to.deep.equal({ prepay: 0, query: 0, close: 0, refund: 0 });
    });
  }

  it('under one key is one record', async () => {
    const merchandiseId = await shop.sell({ ...free, stock: 5 });
    const headers = { 'idempotency-key': randomUUID() };
    const answers = [await perform(merchandiseId, 'free', headers), await perform(merchandiseId, 'free', headers)];
    expect(answers.map(({ status }) => status)).to.deep.equal([201, 201]);
    expect(answers[1]?.body).to.deep.equal(answers[0]?.body);
    expect(await shop.stock(merchandiseId)).to.equal(4);
  });

  it('is not all for one member', async () => {
    const merchandiseId = await shop.sell({ ...free, stock: 20 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => perform(merchandiseId, 'free')));
    expect(answers.filter(({ status }) => status === 201)).to.have.length(3);
    const refused = await perform(merchandiseId, 'free');
    expect([refused.status, refused.body.exceptionMessage]).to.deep.equal([
      409,
      '3 of these free ones are yours already',
    ]);
  });

  it('is made void by a refund, without the provider, and its stock goes back', async () => {
    const merchandiseId = await shop.sell({ ...free, stock: 5 });
    const { transactionRecordId } = (await perform(merchandiseId, 'free')).body.data;
    const refund = (json: object) =>
      shop.host.request('POST', '/api/refund_transaction', { token: shop.owner.token, json });
    const tooMuch = await refund({ transactionRecordId, amount: 1 });
    expect([tooMuch.status, tooMuch.body.exceptionMessage]).to.deep.equal([409, 'At most 0 is left to give back']);
    for (const _ of [1, 2]) {
      expect((await refund({ transactionRecordId })).body.data).to.deep.include({ transactionState: 'refunded' });
    }
    expect((await shop.visit({ transactionRecordId, merchandiseId })).status).to.equal(409);
    expect(await shop.stock(merchandiseId)).to.equal(5);
    expect(await violations(shop.host.palestra.database(), { captured: [] })).to.deep.equal([]);
    expect(provider.calls.refund).to.equal(0);
  });

  it('is the only one that paymentMethod free buys', async () => {
    const refused = await perform(await shop.sell({ stock: 5 }), 'free');
    expect([refused.status, refused.body.exceptionMessage]).to.deep.equal([
      400,
      'paymentMethod free is for merchandise without a price',
    ]);
    expect((await perform(await shop.sell(free), 'gold')).status).to.equal(400);
  });
});
