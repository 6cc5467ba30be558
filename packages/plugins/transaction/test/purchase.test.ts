/** The calls of a purchase, as their contract has them, on every database. */
import { randomUUID } from 'node:crypto';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { openShop, type Shop } from './support/shop.js';

const hour = 60 * 60_000;

describeOnEachDatabase('a purchase', (fresh) => {
  let shop: Shop;
  let buyer: Account;
  let stranger: Account;
  before(async function () {
    this.timeout(60_000);
    shop = await openShop({ database: await fresh(), config: { identity: { userTokenSeconds: 86_400 } } });
    buyer = await shop.host.account();
    stranger = await shop.host.account();
  });
  after(() => shop.host.stop());

  const perform = (token: string | undefined, json: object) =>
    shop.host.request('POST', '/api/perform_transaction', { token, json });

  async function begin(fields: object = {}) {
    const merchandiseId = await shop.sell({ ...fields });
    const { body } = await shop.perform(buyer, merchandiseId);
    return { merchandiseId, ...(body.data as { transactionRecordId: string; prepayId: string }) };
  }

  async function refundPart(transactionRecordId: string): Promise<void> {
    const json = { transactionRecordId, amount: 100 };
    const { status, text } = await shop.host.request('POST', '/api/refund_transaction', {
      token: shop.owner.token,
      json,
    });
    expect(status, text).to.equal(200);
  }

  describe('performed', () => {
    it('is pending, takes one from the stock, and says how to pay', async () => {
      const merchandiseId = await shop.sell({ stock: 3 });
      const { status, body } = await shop.perform(buyer, merchandiseId);
      expect(status, JSON.stringify(body)).to.equal(201);
      expect(body.data).to.have.all.keys('transactionRecordId', 'prepayId', 'transactionState', 'expiresAt', 'payment');
      expect(body.data.transactionState).to.equal('pending');
      expect(body.data.payment.transactionId).to.equal(body.data.prepayId);
      expect(Date.parse(body.data.expiresAt) - shop.clock.now()).to.be.within(29 * 60_000, 30 * 60_000);
      expect(body.data.transactionRecordId).to.match(/^\d{12}$/);
      expect(await shop.stock(merchandiseId)).to.equal(2);
    });

    it('keeps name and price as sold, whatever becomes of them', async () => {
      const { merchandiseId, transactionRecordId } = await begin({
        name: 'Ten visits',
        price: { amount: 100, currency: 'EUR' },
      });
      const change = { _id: merchandiseId, name: 'Dearer', price: { amount: 900, currency: 'USD' } };
      expect((await shop.host.operate('/api/merchandise', shop.owner.token, 'update', change)).status).to.equal(200);
      const { body } = await shop.host.request('GET', `/api/transaction_record/${transactionRecordId}`, {
        token: buyer.token,
      });
      const price = { amount: 100, currency: 'EUR' };
      expect(body.data).to.deep.include({ price, merchandise: { _id: merchandiseId, name: 'Ten visits', price } });
    });

    it('is refused for merchandise that is not there, has no price, no stock, no visits, or is over', async () => {
      const over = { startDate: '2020-01-01', expiryDate: '2020-02-01' };
      const cases = [
        [404, '000000999999'],
        [409, await shop.sell({ price: null })],
        [409, await shop.sell({ stock: 0 })],
        [409, await shop.sell({ count: 0 })],
        [409, await shop.sell({ expiryInfo: over })],
      ] as const;
      for (const [status, merchandiseId] of cases) {
        const answer = await shop.perform(buyer, merchandiseId);
        expect(answer.status, answer.text).to.equal(status);
      }
    });

    it('takes no price, quantity or state from the caller', async () => {
      const merchandiseId = await shop.sell();
      for (const more of [{ price: 1 }, { quantity: -1 }, { transactionState: 'success' }, { payer: '1' }]) {
        const answer = await perform(buyer.token, { merchandiseId, paymentMethod: 'sandbox', ...more });
        expect(answer.status, answer.text).to.equal(400);
      }
      expect((await perform(buyer.token, { merchandiseId, paymentMethod: 'gold' })).status).to.equal(400);
      expect((await perform(buyer.token, { merchandiseId })).status).to.equal(400);
      expect((await perform(undefined, { merchandiseId, paymentMethod: 'sandbox' })).status).to.equal(401);
      expect(await shop.stock(merchandiseId)).to.equal(100);
    });

    it('again under its key is the same purchase; under another key another one', async () => {
      const merchandiseId = await shop.sell();
      const headers = { 'idempotency-key': randomUUID() };
      const first = await shop.perform(buyer, merchandiseId, headers);
      const second = await shop.perform(buyer, merchandiseId, headers);
      expect(second.text).to.equal(first.text);
      expect(second.headers.get('idempotency-replayed')).to.equal('true');
      const third = await shop.perform(buyer, merchandiseId, { 'idempotency-key': randomUUID() });
      expect(third.body.data.transactionRecordId).not.to.equal(first.body.data.transactionRecordId);
      const others = await shop.perform(stranger, merchandiseId, headers);
      expect(others.status, "another caller's key is another key").to.equal(201);
      expect(await shop.stock(merchandiseId)).to.equal(97);
    });

    it('leaves unlimited stock unlimited', async () => {
      const { merchandiseId, transactionRecordId } = await begin({ stock: null });
      expect(await shop.stock(merchandiseId)).to.equal(null);
      await shop.host.operate('/api/merchandise', shop.owner.token, 'update', { _id: merchandiseId, stock: 7 });
      await shop.cancel(buyer, transactionRecordId);
      expect(await shop.stock(merchandiseId), 'nothing was taken, nothing goes back').to.equal(7);
    });
  });

  describe('verified', () => {
    it('is a success with a QR code, again and again', async () => {
      const { transactionRecordId, prepayId } = await begin();
      for (let time = 0; time < 2; time++) {
        const { status, body } = await shop.verify(buyer, transactionRecordId, prepayId);
        expect(status).to.equal(200);
        expect(body.data).to.include({ transactionState: 'success', transactionId: prepayId });
        expect(body.data.qr).to.be.a('string').with.length.within(100, 300);
      }
    });

    it('is declined by another transaction id, gives the stock back, and stays declined', async () => {
      const { merchandiseId, transactionRecordId, prepayId } = await begin({ stock: 4 });
      const declined = await shop.verify(buyer, transactionRecordId, 'not paid');
      expect(declined.status).to.equal(402);
      expect(declined.body).to.include({ success: false, exceptionType: 'PaymentDeclinedError' });
      expect((await shop.verify(buyer, transactionRecordId, prepayId)).status).to.equal(402);
      expect(await shop.stock(merchandiseId)).to.equal(4);
    });

    it('does not exist for others, whether it exists or not; nor can they cancel it', async () => {
      const { transactionRecordId, prepayId } = await begin();
      const texts = new Set<string>();
      for (const id of [transactionRecordId, '000000999999']) {
        const verified = await shop.verify(stranger, id, prepayId);
        const canceled = await shop.cancel(stranger, id);
        expect([verified.status, canceled.status]).to.deep.equal([404, 404]);
        texts.add(verified.text.replace(id, '')).add(canceled.text.replace(id, ''));
      }
      expect(texts.size, 'one answer for all').to.equal(1);
    });
  });

  describe('canceled', () => {
    it('gives its stock back once, however often it is canceled', async () => {
      const { merchandiseId, transactionRecordId, prepayId } = await begin({ stock: 4 });
      for (let time = 0; time < 3; time++) {
        const { status, body } = await shop.cancel(buyer, transactionRecordId);
        expect(status).to.equal(200);
        expect(body.data.transactionState).to.equal('canceled');
      }
      expect(await shop.stock(merchandiseId)).to.equal(4);
      expect((await shop.verify(buyer, transactionRecordId, prepayId)).status).to.equal(409);
    });

    it('cannot be after it was paid', async () => {
      const merchandiseId = await shop.sell();
      const id = await shop.buy(buyer, merchandiseId);
      expect((await shop.cancel(buyer, id)).status).to.equal(409);
    });
  });

  describe('used', () => {
    it('visit by visit, until it is used up and expired', async () => {
      const merchandiseId = await shop.sell({ count: 2 });
      const transactionRecordId = await shop.buy(buyer, merchandiseId);
      const first = await shop.visit({ transactionRecordId, merchandiseId });
      expect(first.status, first.text).to.equal(200);
      expect(first.body.data).to.include({ count: 1, transactionState: 'success' });
      expect(first.body.data.visitRecords).to.have.length(1);
      expect(first.body.data, 'for the payer alone').not.to.have.property('qr');
      const second = await shop.visit({ transactionRecordId, merchandiseId });
      expect(second.body.data).to.include({ count: 0, transactionState: 'expired' });
      expect((await shop.visit({ transactionRecordId, merchandiseId })).status).to.equal(409);
      const record = await shop.host.request('GET', `/api/transaction_record/${transactionRecordId}`, {
        token: buyer.token,
      });
      expect(record.body.data.visitRecords).to.have.length(2);
      expect(record.body.data, 'admits no more').not.to.have.property('qr');
    });

    it('any number of times where the count is -1', async () => {
      const merchandiseId = await shop.sell({ count: -1 });
      const transactionRecordId = await shop.buy(buyer, merchandiseId);
      for (let time = 1; time <= 3; time++) {
        const { body } = await shop.visit({ transactionRecordId, merchandiseId });
        expect(body.data.count).to.equal(-1);
        expect(body.data.visitRecords).to.have.length(time);
      }
    });

    it('once a key', async () => {
      const merchandiseId = await shop.sell({ count: 5 });
      const json = { transactionRecordId: await shop.buy(buyer, merchandiseId), merchandiseId };
      const headers = { 'idempotency-key': randomUUID() };
      const first = await shop.visit(json, headers);
      expect((await shop.visit(json, headers)).text).to.equal(first.text);
      expect((await shop.visit(json)).body.data.count).to.equal(3);
    });

    it('only from its start to its end, as its merchandise says', async () => {
      const day = (offset: number) => new Date(shop.clock.now() + offset * 24 * hour).toISOString();
      const tomorrow = await shop.sell({ expiryInfo: { startDate: day(1), expiryDate: day(30) } });
      const early = await shop.visit({ transactionRecordId: await shop.buy(buyer, tomorrow), merchandiseId: tomorrow });
      expect(early.status).to.equal(409);
      const brief = await shop.sell({ expiryInfo: { duration: 3600 } });
      const json = { transactionRecordId: await shop.buy(buyer, brief), merchandiseId: brief };
      const { body } = await shop.visit(json);
      expect(Date.parse(body.data.expiryDate) - Date.parse(body.data.startDate)).to.equal(hour);
      shop.clock.advance(hour);
      expect((await shop.visit(json)).status).to.equal(409);
    });

    it('by its gym or an admin, for its merchandise', async () => {
      const merchandiseId = await shop.sell();
      const other = await shop.sell();
      const transactionRecordId = await shop.buy(buyer, merchandiseId);
      const by = (token: string, json: object) =>
        shop.host.request('POST', '/api/verify_transaction_record', { token, json });
      const rival = await shop.host.account('operator');
      const admin = await shop.host.account('admin');
      expect((await by(rival.token, { transactionRecordId, merchandiseId })).status).to.equal(404);
      expect((await by(buyer.token, { transactionRecordId, merchandiseId })).status).to.equal(403);
      expect((await by(shop.owner.token, { transactionRecordId, merchandiseId: other })).status).to.equal(409);
      expect((await by(shop.owner.token, { transactionRecordId })).status).to.equal(400);
      expect((await by(admin.token, { transactionRecordId, merchandiseId })).status).to.equal(200);
    });

    it('not before it is paid, nor after it was canceled', async () => {
      const { merchandiseId, transactionRecordId } = await begin();
      expect((await shop.visit({ transactionRecordId, merchandiseId })).status).to.equal(409);
      await shop.cancel(buyer, transactionRecordId);
      expect((await shop.visit({ transactionRecordId, merchandiseId })).status).to.equal(409);
    });
  });

  it('answers what a read shows then, whether it is paid or used', async () => {
    const day = (offset: number) => new Date(shop.clock.now() + offset * 24 * hour).toISOString();
    for (const expiryInfo of [undefined, { duration: 3600 }, { startDate: day(-2), expiryDate: day(30) }]) {
      const { merchandiseId, transactionRecordId, prepayId } = await begin({ count: 3, expiryInfo });
      const shown = async () => {
        const path = `/api/transaction_record/${transactionRecordId}`;
        const { qr, ...read } = (await shop.host.request('GET', path, { token: buyer.token })).body.data;
        return read;
      };
      const { qr, ...paid } = (await shop.verify(buyer, transactionRecordId, prepayId)).body.data;
      expect(paid).to.deep.equal(await shown());
      await refundPart(transactionRecordId);
      for (const left of [2, 1, 0]) {
        const { body } = await shop.visit({ transactionRecordId, merchandiseId });
        expect(body.data).to.deep.equal(await shown());
        expect(body.data).to.include({ count: left, visitCount: 3 - left, refundedAmount: 100 });
      }
    }
  });

  it('keeps its merchandise from being deleted', async () => {
    const { merchandiseId } = await begin();
    const admin = await shop.host.account('admin');
    const answer = await shop.host.request('DELETE', `/api/merchandise/${merchandiseId}`, { token: admin.token });
    expect(answer.status).to.equal(409);
  });

  // Mocha runs a suite's own tests before the suites in it.
  describe('in all of this', () => {
    it('violates no invariant', async () => {
      expect(await violations(shop.host.palestra.database())).to.deep.equal([]);
    });
  });
});
