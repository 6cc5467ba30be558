/** When merchandise is for sale: never while it is withdrawn, from `saleStart`, until `saleEnd`. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('merchandise for sale', (fresh) => {
  let shop: Shop;
  let buyer: Account;
  before(async () => {
    shop = await openShop({ database: await fresh() });
    buyer = await shop.host.account();
  });
  after(() => shop.host.stop());

  const instant = (seconds: number) => new Date(shop.clock.now() + seconds * 1000).toISOString();
  const change = (_id: string, fields: object) =>
    shop.host.operate('/api/merchandise', shop.owner.token, 'update', { _id, ...fields });
  async function shown(query = ''): Promise<string[]> {
    const { body } = await shop.host.request('GET', `/api/discovery/merchandise${query}`);
    return body.data.map(({ _id }: { _id: string }) => _id);
  }
  async function told(id: string) {
    const { status, body } = await shop.perform(buyer, id);
    return [status, body.exceptionMessage];
  }
  const sold = [201, ''];

  it('is taken from its stock from the moment that it has one, however many buy at once', async () => {
    const id = await shop.sell({ stock: null });
    for (let time = 0; time < 2; time++) expect(await told(id)).to.deep.equal(sold);
    expect((await change(id, { stock: 3 })).status).to.equal(200);
    const answers = await Promise.all(Array.from({ length: 8 }, () => told(id)));
    const left = [409, 'None is left in stock'];
    expect(answers.sort().map(String)).to.deep.equal([sold, sold, sold, left, left, left, left, left].map(String));
    expect(await shop.stock(id)).to.equal(0);
    expect((await change(id, { stock: null })).status).to.equal(200);
    for (let time = 0; time < 2; time++) expect(await told(id)).to.deep.equal(sold);
  });

  it('is withdrawn and put back; what was sold before stays good', async () => {
    const id = await shop.sell();
    const record = await shop.buy(buyer, id);
    expect((await change(id, { available: false })).body.data).to.include({ available: false, stock: 99 });
    expect(await told(id)).to.deep.equal([409, 'It is not for sale']);
    expect(await shop.stock(id)).to.equal(99);
    for (const query of ['', `?gym=${shop.gymId}`, '?keyword=card']) expect(await shown(query)).not.to.include(id);
    const path = `/api/merchandise/${id}`;
    expect((await shop.host.request('GET', path, { token: buyer.token })).body.data.available).to.equal(false);
    expect((await shop.visit({ transactionRecordId: record, merchandiseId: id })).status).to.equal(200);
    await change(id, { available: true });
    expect(await shown()).to.include(id);
    expect(await told(id)).to.deep.equal(sold);
  });

  it('is for sale from its start until its end, the end excluded', async () => {
    const [saleStart, saleEnd] = [instant(60), instant(120)];
    const id = await shop.sell({ saleStart, saleEnd });
    expect(await shown()).not.to.include(id);
    expect(await told(id)).to.deep.equal([409, 'It is not for sale yet']);
    shop.clock.holdAt(Date.parse(saleStart) - 1);
    expect(await told(id)).to.deep.equal([409, 'It is not for sale yet']);
    shop.clock.holdAt(Date.parse(saleStart));
    expect(await shown()).to.include(id);
    expect(await shown('?find=1000&keyword=card')).to.include(id);
    expect(await told(id)).to.deep.equal(sold);
    shop.clock.holdAt(Date.parse(saleEnd) - 1);
    expect(await shown()).to.include(id);
    shop.clock.holdAt(Date.parse(saleEnd));
    expect(await shown()).not.to.include(id);
    expect(await told(id)).to.deep.equal([409, 'It is no longer for sale']);
    await change(id, { saleEnd: null });
    expect(await told(id)).to.deep.equal(sold);
    shop.clock.advance(0);
  });

  it('counts what is for sale only, in order of distance too', async () => {
    const gym = { name: 'At the lake', geoLocation: [13, 47] };
    const at = (await shop.host.operate('/api/gym', shop.owner.token, 'create', gym)).body.data._id;
    const ids: string[] = [];
    for (const available of [false, true, false, true, true]) ids.push(await shop.sell({ gym: at, available }));
    const [second, fourth, fifth] = [ids[1], ids[3], ids[4]];
    for (const near of ['', '&near=13,47']) {
      expect(await shown(`?gym=${at}&find=2${near}`)).to.deep.equal([second, fourth]);
      expect(await shown(`?gym=${at}&find=2&after=${second}${near}`)).to.deep.equal([fourth, fifth]);
    }
  });

  it('ends after it starts', async () => {
    const id = await shop.sell({ saleStart: '2030-01-01', saleEnd: '2030-02-01' });
    for (const wrong of [{ saleEnd: '2030-01-01' }, { saleStart: '2030-03-01T00:00:00Z' }, { saleStart: 'soon' }]) {
      expect((await change(id, wrong)).status, JSON.stringify(wrong)).to.equal(400);
    }
    const moved = await change(id, { saleStart: '2031-01-01', saleEnd: '2031-02-01' });
    expect(moved.body.data).to.include({ saleStart: '2031-01-01T00:00:00.000Z', saleEnd: '2031-02-01T00:00:00.000Z' });
  });
});
