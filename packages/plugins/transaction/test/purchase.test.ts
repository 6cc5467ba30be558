/** The calls of a purchase, as their contract has them, on every database. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('a purchase', (fresh) => {
  let shop: Shop;
  let buyer: Account;
  before(async () => {
    shop = await openShop({ database: await fresh() });
    buyer = await shop.host.account();
  });
  after(() => shop.host.stop());

  describe('performed', () => {
    it('is pending, takes one from the stock, and says how to pay', async () => {
      const merchandiseId = await shop.sell({ stock: 3 });
      const { status, body } = await shop.perform(buyer, merchandiseId);
      expect(status, JSON.stringify(body)).to.equal(201);
      const { transactionRecordId, prepayId, expiresAt, payment } = body.data;
      expect(body.data).to.have.all.keys('transactionRecordId', 'prepayId', 'transactionState', 'expiresAt', 'payment');
      expect(body.data.transactionState).to.equal('pending');
      expect(payment.transactionId).to.equal(prepayId);
      expect(Date.parse(expiresAt) - shop.clock.now()).to.be.within(29 * 60_000, 30 * 60_000);
      expect(transactionRecordId).to.match(/^\d{12}$/);
      expect(await shop.stock(merchandiseId)).to.equal(2);
    });
  });

  it('is paid, used visit by visit, and then used up', async () => {
    const merchandiseId = await shop.sell({ count: 2 });
    const begun = await shop.perform(buyer, merchandiseId);
    const { transactionRecordId, prepayId } = begun.body.data;
    const paid = await shop.verify(buyer, transactionRecordId, prepayId);
    expect(paid.status, paid.text).to.equal(200);
    expect(paid.body.data).to.include({ transactionState: 'success', count: 2, transactionId: prepayId });
    const first = await shop.visit({ qr: paid.body.data.qr, merchandiseId });
    expect(first.status, first.text).to.equal(200);
    expect(first.body.data.count).to.equal(1);
    expect(first.body.data.visitRecords).to.have.length(1);
    const replayed = await shop.visit({ qr: paid.body.data.qr, merchandiseId });
    expect(replayed.status).to.equal(409);
    const second = await shop.visit({ transactionRecordId, merchandiseId });
    expect(second.body.data).to.include({ count: 0, transactionState: 'expired' });
    const third = await shop.visit({ transactionRecordId, merchandiseId });
    expect(third.status).to.equal(409);
    const again = await shop.verify(buyer, transactionRecordId, prepayId);
    expect(again.status).to.equal(200);
  });
});
