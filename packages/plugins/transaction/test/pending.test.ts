/** Unpaid purchases hold stock, so one member has a bounded number of them, under races too. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('unpaid purchases of one member', (fresh) => {
  let shop: Shop;
  let buyer: Account;
  before(async () => {
    const transaction = { pendingPerMember: 12, pendingPerMerchandise: 5 };
    shop = await openShop({ database: await fresh(), config: { transaction } });
  });
  beforeEach(async () => {
    buyer = await shop.host.account();
  });
  after(() => shop.host.stop());

  const performs = (merchandiseId: string, count: number) =>
    Promise.all(Array.from({ length: count }, () => shop.perform(buyer, merchandiseId)));
  const countOf = (answers: Awaited<ReturnType<typeof performs>>, status: number) =>
    answers.filter((answer) => answer.status === status).length;

  it('are five of one merchandise here, however many are begun at once; others buy the rest', async () => {
    const merchandiseId = await shop.sell({ stock: 30 });
    const answers = await performs(merchandiseId, 30);
    expect([countOf(answers, 201), countOf(answers, 409)]).to.deep.equal([5, 25]);
    expect(await shop.stock(merchandiseId)).to.equal(25);
    const other = await shop.host.account();
    expect((await shop.perform(other, merchandiseId)).status).to.equal(201);
  });

  it('are refused with the one to pay or cancel first, which makes room', async () => {
    const merchandiseId = await shop.sell({ stock: null });
    const [first] = await performs(merchandiseId, 1);
    await performs(merchandiseId, 4);
    const oldest = first?.body.data;
    const refused = await shop.perform(buyer, merchandiseId);
    expect([refused.status, refused.body.exceptionMessage]).to.deep.equal([
      409,
      `5 purchases of it wait for payment. Pay or cancel one first, such as ${oldest.transactionRecordId}`,
    ]);
    expect((await shop.verify(buyer, oldest.transactionRecordId, oldest.prepayId)).status).to.equal(200);
    expect((await shop.perform(buyer, merchandiseId)).status).to.equal(201);
    expect((await shop.perform(buyer, merchandiseId)).status).to.equal(409);
  });

  it('are twelve in all here, of whatever merchandise and however many are begun at once', async () => {
    const shelf: string[] = [];
    while (shelf.length < 24) shelf.push(await shop.sell());
    const answers = await Promise.all(shelf.map((merchandiseId) => shop.perform(buyer, merchandiseId)));
    expect([countOf(answers, 201), countOf(answers, 409)]).to.deep.equal([12, 12]);
  });

  it('are refused above twelve', async () => {
    for (let at = 0; at < 12; at++) {
      expect((await shop.perform(buyer, await shop.sell())).status).to.equal(201);
    }
    const refused = await shop.perform(buyer, await shop.sell());
    expect([refused.status, refused.body.exceptionMessage]).to.deep.equal([
      409,
      '12 purchases wait for payment. Pay or cancel one first',
    ]);
  });
});
