/** What a purchase takes: the stock only where it is limited, and nobody changes the merchandise before the purchase ends. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import type { Database } from '@palestra/server';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createStore, type MerchandiseStore } from '../src/store.js';

describeOnEachDatabase('the stock of merchandise', (fresh) => {
  let host: TestHost;
  let owner: Account;
  let gymId: string;
  let database: Database;
  let store: MerchandiseStore;

  before(async () => {
    host = await startTestHost({ plugins: [gym, merchandise], database: await fresh() });
    owner = await host.account('operator');
    gymId = (await host.operate('/api/gym', owner.token, 'create', { name: 'Iron Temple' })).body.data._id;
    database = host.palestra.database();
    store = createStore(database);
  });
  after(() => host.stop());

  async function sell(stock: number | null): Promise<number> {
    const data = { name: `Thing ${Math.random()}`, type: 1, gym: gymId, stock };
    return Number((await host.operate('/api/merchandise', owner.token, 'create', data)).body.data._id);
  }
  const take = (id: number) => database.unitOfWork((unit) => store.takeStock(id, unit));

  it('is taken while there is some, where it is limited', async () => {
    const limited = await sell(1);
    expect(await take(limited)).to.deep.include({ taken: true });
    const second = await take(limited);
    expect([second?.taken, second?.terms.stock]).to.deep.equal([false, 0]);
    const unlimited = await sell(null);
    expect([(await take(unlimited))?.taken, (await take(unlimited))?.terms.stock]).to.deep.equal([true, null]);
    expect(await take(999)).to.equal(undefined);
  });

  for (const stock of [5, null]) {
    it(`is not withdrawn before a purchase ends that has begun, of ${stock ?? 'any number'}`, async () => {
      const id = await sell(stock);
      const order: string[] = [];
      let withdrawn: Promise<unknown> | undefined;
      await database.unitOfWork(async (unit) => {
        await store.takeStock(id, unit);
        const data = { _id: String(id).padStart(12, '0'), available: false };
        withdrawn = host.operate('/api/merchandise', owner.token, 'update', data).then(({ status }) => {
          order.push(`withdrawn ${status}`);
        });
        // A lock that is not there would let it through in this time; one that is there makes no difference.
        for (let turn = 0; turn < 20; turn++) await store.gymOf(id);
        order.push('bought');
      });
      await withdrawn;
      expect(order).to.deep.equal(['bought', 'withdrawn 200']);
    });
  }
});
