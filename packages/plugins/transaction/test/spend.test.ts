/** The one update that takes a visit: it asks for everything by itself, whatever was asked before it. */
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { createRecordStore } from '../src/store.js';
import { LedgerProvider } from './support/ledger-provider.js';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('the update that takes a visit', (fresh) => {
  let provider: LedgerProvider;
  let shop: Shop;
  before(async () => {
    provider = new LedgerProvider();
    shop = await openShop({ database: await fresh(), providers: [provider] });
  });
  after(() => shop.host.stop());

  /** A success of three visits, with `fields` changed behind everybody's back. */
  async function bought(fields: (now: number) => object) {
    const buyer = await shop.host.account();
    const merchandiseId = await shop.sell({ count: 3 });
    const json = { merchandiseId, paymentMethod: 'ledger' };
    const { body } = await shop.host.request('POST', '/api/perform_transaction', { token: buyer.token, json });
    provider.pay(body.data.prepayId);
    await shop.verify(buyer, body.data.transactionRecordId, 'x');
    const id = Number(body.data.transactionRecordId);
    const { knex } = shop.host.palestra.database();
    await knex('transaction_record')
      .where({ id })
      .update({ start_date: 0, ...fields(shop.clock.now()) });
    const [row] = await knex('transaction_record').where({ id });
    return row;
  }

  async function spend(fields: (now: number) => object, visit: object = {}): Promise<boolean> {
    const row = await bought(fields);
    const database = shop.host.palestra.database();
    const now = shop.clock.now();
    const { id, recipient_id, merchandise_id } = row;
    const asked = { id, recipient_id, merchandise_id, now, latest_start: now, ...visit };
    const taken = await database.unitOfWork((unit) => createRecordStore(database).spend(asked, unit));
    const [after] = await database.knex('transaction_record').where({ id });
    const left = row.count === -1 ? -1 : row.count - 1;
    expect([after.count, after.visits]).to.deep.equal(taken ? [left, 1] : [row.count, 0]);
    return taken;
  }

  async function reserve(amount: number, fields: object = {}): Promise<boolean> {
    const { id } = await bought(() => fields);
    const database = shop.host.palestra.database();
    return database.unitOfWork((unit) =>
      createRecordStore(database).reserveRefund({ id, amount, now: shop.clock.now() }, unit),
    );
  }

  it('has a neighbour that sets aside no more of the price than is left', async () => {
    expect([await reserve(4899), await reserve(4900), await reserve(4901)]).to.deep.equal([true, true, false]);
    const half = { refunded_amount: 2450 };
    expect([await reserve(2450, half), await reserve(2451, half)]).to.deep.equal([true, false]);
    expect(await reserve(1, { state: 'pending' })).to.equal(false);
  });

  const rows: readonly (readonly [what: string, taken: boolean, fields: (now: number) => object, visit?: object])[] = [
    ['a success', true, () => ({})],
    ['one of any number of visits', true, () => ({ count: -1, count_sold: -1 })],
    ['the last visit', true, () => ({ count: 1, count_sold: 1 })],
    ['no visit left', false, () => ({ count: 0, count_sold: 0 })],
    ['a purchase that is not paid', false, () => ({ state: 'pending' })],
    ['a purchase that was refunded', false, () => ({ state: 'refunded' })],
    ['a start that is now', true, (now) => ({ start_date: now })],
    ['a start that is to come', false, (now) => ({ start_date: now + 60_000 })],
    ['an end that is to come', true, (now) => ({ expiry_date: now + 60_000 })],
    ['an end that is now', false, (now) => ({ expiry_date: now })],
    ['a part of the price given back', true, () => ({ refunded_amount: 1 })],
    ['all of the price given back', false, () => ({ refunded_amount: 4900 })],
    ['another gym', false, () => ({}), { recipient_id: 0 }],
    ['other merchandise', false, () => ({}), { merchandise_id: 0 }],
  ];
  for (const [what, taken, fields, visit] of rows) {
    it(`is ${taken ? 'taken' : 'not taken'} of ${what}`, async () => {
      expect(await spend(fields, visit)).to.equal(taken);
    });
  }
});
