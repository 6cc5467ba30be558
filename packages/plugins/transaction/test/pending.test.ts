/** Unpaid purchases hold stock, so one member has a bounded number of them, under races too. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('unpaid purchases of one member', (fresh, name) => {
  let shop: Shop;
  let buyer: Account;
  let counting = '';
  before(async () => {
    const transaction = { pendingPerMember: 12, pendingPerMerchandise: 5 };
    const intercept = (sql: string) => {
      if (/select.*count.*transaction_record/i.test(sql)) counting = sql;
    };
    shop = await openShop({ database: await fresh(), config: { transaction }, intercept });
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

  it('are counted along an index, however much the member has bought', async () => {
    const { transactionRecordId: id } = (await shop.perform(buyer, await shop.sell())).body.data;
    const { knex } = shop.host.palestra.database();
    const { id: _, ...model } = await knex('transaction_record').where('id', Number(id)).first();
    const bought = { ...model, state: 'success', check_at: null };
    const rows = Array.from({ length: 1_000 }, (_, at) => ({ ...bought, out_trade_no: `bought ${at} ${id}` }));
    for (let from = 0; from < 1_000; from += 50) await knex('transaction_record').insert(rows.slice(from, from + 50));
    const searches =
      name === 'SQLite'
        ? (await knex.raw(`explain query plan ${counting}`, [0, 0, buyer.id, 'pending'])).map(
            ({ detail }: { detail: string }) => detail,
          )
        : (await knex.raw(`explain ${counting}`, [0, 0, buyer.id, 'pending']))[0].map(
            ({ type, key }: { type: string; key: string }) => `${type} ${key}`,
          );
    expect(searches).to.have.length(1);
    expect(searches[0]).to.match(/COVERING INDEX \w*pending \(payer_id=\? AND state=\?|ref transaction_record_pending/);
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
