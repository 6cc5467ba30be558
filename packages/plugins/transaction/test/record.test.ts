/** Transaction records: a payer reads their own, a gym those it received, an admin all; other records do not exist for a caller. */
import { formatAuthorization, schemes } from '@palestra/core';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('transaction records', (fresh) => {
  let shop: Shop;
  let rival: Account;
  let rivalGym: string;
  let anna: Account;
  let ben: Account;
  let admin: Account;
  const ids: Record<'anna' | 'ben' | 'rivals', string> = { anna: '', ben: '', rivals: '' };
  before(async function () {
    this.timeout(60_000);
    shop = await openShop({ database: await fresh() });
    [anna, ben, admin] = [await shop.host.account(), await shop.host.account(), await shop.host.account('admin')];
    rival = await shop.host.account('operator');
    rivalGym = (await shop.host.operate('/api/gym', rival.token, 'create', { name: 'Rival' })).body.data._id;
    const price = { amount: 100, currency: 'EUR' };
    const made = await shop.host.operate('/api/merchandise', rival.token, 'create', {
      name: 'Rival card',
      type: 2,
      gym: rivalGym,
      price,
    });
    const merchandiseId = await shop.sell({ name: 'Yoga für Ältere' });
    ids.anna = (await shop.perform(anna, merchandiseId)).body.data.transactionRecordId;
    ids.ben = await shop.buy(ben, merchandiseId);
    // Bought by the owner of one gym at the other: both reasons to read hold.
    ids.rivals = (await shop.perform(shop.owner, made.body.data._id)).body.data.transactionRecordId;
  });
  after(() => shop.host.stop());

  const query = async (who: Account, data: object = {}): Promise<string[]> => {
    const { body, text } = await shop.host.operate('/api/transaction_record', who.token, 'query', data);
    expect(body.success, text).to.equal(true);
    return body.data.map(({ _id }: { _id: string }) => _id);
  };
  const list = async (who: Account, parameters = ''): Promise<string[]> => {
    const { body } = await shop.host.request('GET', `/api/transaction_record${parameters}`, { token: who.token });
    return body.data.map(({ _id }: { _id: string }) => _id);
  };

  it('are found by those whom they concern, in order of _id', async () => {
    const seen: readonly (readonly [Account, string[]])[] = [
      [anna, [ids.anna]],
      [ben, [ids.ben]],
      [shop.owner, [ids.anna, ids.ben, ids.rivals]],
      [rival, [ids.rivals]],
      [admin, [ids.anna, ids.ben, ids.rivals]],
    ];
    for (const [who, records] of seen) {
      expect(await query(who)).to.deep.equal(records);
      expect(await list(who)).to.deep.equal(records);
      expect(await list(who, `?find=1`)).to.deep.equal(records.slice(0, 1));
      expect(await list(who, `?find=5&after=${records[0]}`)).to.deep.equal(records.slice(1));
      for (const id of Object.values(ids)) {
        const { status } = await shop.host.request('GET', `/api/transaction_record/${id}`, { token: who.token });
        expect(status).to.equal(records.includes(id) ? 200 : 404);
      }
    }
  });

  it('and what is owed to their payers cannot be emptied', async () => {
    const dba = await shop.host.account('dba');
    for (const name of ['transaction_refund', 'transaction_record']) {
      const path = `/api/admin/collection/${name}?confirm=${name}`;
      const { status, text } = await shop.host.request('DELETE', path, { token: dba.token });
      expect(status, text).to.be.oneOf([404, 409]);
    }
  });

  it('can be looked for only among those', async () => {
    const payer = (account: Account) => ({ payer: { equals: String(account.id) } });
    expect(await query(anna, payer(ben))).to.deep.equal([]);
    expect(await query(anna, { _id: { equals: ids.ben } })).to.deep.equal([]);
    expect(await query(anna, { merchandiseName: { contains: 'yoga' } })).to.deep.equal([ids.anna]);
    expect(await query(shop.owner, payer(ben))).to.deep.equal([ids.ben]);
    expect(await query(shop.owner, { recipient: { equals: rivalGym } })).to.deep.equal([ids.rivals]);
    expect(await query(rival, { recipient: { equals: shop.gymId } })).to.deep.equal([]);
    expect(await query(admin, { transactionState: { equals: 'success' } })).to.deep.equal([ids.ben]);
    expect(await query(admin, { merchandiseName: { contains: 'FÜR ÄLT' } })).to.deep.equal([ids.anna, ids.ben]);
    expect(await query(anna, { find: 1, after: ids.anna })).to.deep.equal([]);
  });

  it('show what was bought, for how much, and what is left of it', async () => {
    const { body } = await shop.host.request('GET', `/api/transaction_record/${ids.ben}`, { token: shop.owner.token });
    const price = { amount: 4900, currency: 'EUR' };
    expect(body.data).to.deep.include({
      recipient: shop.gymId,
      paymentMethod: 'sandbox',
      price,
      count: 10,
      visitRecords: [],
    });
    expect(body.data.merchandise).to.deep.include({ name: 'Yoga für Ältere', price });
    expect(Number(body.data.payer)).to.equal(ben.id);
  });

  it('are read only', async () => {
    for (const operation of ['create', 'update', 'delete', '__proto__']) {
      const answer = await shop.host.operate('/api/transaction_record', admin.token, operation, {
        _id: ids.ben,
        count: 99,
      });
      expect(answer.status, answer.text).to.equal(400);
      expect(answer.body.exceptionType).to.equal('InvalidOperationError');
    }
    const { status } = await shop.host.request('DELETE', `/api/transaction_record/${ids.ben}`, { token: admin.token });
    expect(status).to.equal(405);
  });

  it('are not for guests, and take the qualifiers that there are', async () => {
    expect((await shop.host.request('GET', '/api/transaction_record')).status).to.equal(401);
    for (const data of [{ secret: { equals: 1 } }, { payer: { above: 1 } }, { out_trade_no: { contains: '' } }]) {
      expect((await shop.host.operate('/api/transaction_record', anna.token, 'query', data)).status).to.equal(400);
    }
  });

  it('are many, and come whole all the same', async function () {
    this.timeout(60_000);
    const merchandiseId = Number(await shop.sell());
    const { knex } = shop.host.palestra.database();
    const [model] = await knex('transaction_record').where('id', Number(ids.ben));
    const rows = Array.from({ length: 1_300 }, (_, at) => ({
      ...model,
      id: undefined,
      merchandise_id: merchandiseId,
      payer_id: at % 2 === 0 ? shop.owner.id : ben.id,
      out_trade_no: `many-${at}`,
      transaction_id: `many-${at}`,
    })).map(({ id, ...row }) => row);
    for (let from = 0; from < rows.length; from += 50)
      await knex('transaction_record').insert(rows.slice(from, from + 50));
    const found = await query(shop.owner, { merchandise: { equals: String(merchandiseId) } });
    expect(found).to.have.length(1_300);
    expect(found).to.deep.equal([...new Set(found)].sort());
    expect(await query(ben, { merchandise: { equals: String(merchandiseId) } })).to.have.length(650);
    expect(await query(shop.owner, { merchandise: { equals: String(merchandiseId) }, find: 777 })).to.have.length(777);
    await knex('transaction_record').where('merchandise_id', merchandiseId).delete();
  });

  describe('visited very often', () => {
    let id: string;
    let merchandiseId: string;
    const made = 1_250;
    before(async () => {
      merchandiseId = await shop.sell({ count: -1 });
      id = await shop.buy(ben, merchandiseId);
      const { knex } = shop.host.palestra.database();
      const rows = Array.from({ length: made }, (_, at) => ({
        record_id: Number(id),
        number: at + 1,
        visit_key: `often-${at + 1}`,
        gate_id: shop.owner.id,
        visited_at: Date.now() - (made - at) * 60_000,
      }));
      for (let from = 0; from < made; from += 50) await knex('transaction_visit').insert(rows.slice(from, from + 50));
      await knex('transaction_record').where('id', Number(id)).update({ visits: made });
    });

    const visitsOf = async (who: Account, parameters = '') =>
      shop.host.request('GET', `/api/transaction_record/${id}/visit${parameters}`, { token: who.token });
    const ids = (visits: { _id: string }[]) => visits.map(({ _id }) => _id);

    it('show the latest 100 visits and how many there are, in lists, alone and at the gate', async () => {
      const all = ids((await visitsOf(ben)).body.data);
      expect(all).to.have.length(made);
      expect(all).to.deep.equal([...new Set(all)].sort());
      const { body } = await shop.host.request('GET', '/api/transaction_record', { token: ben.token });
      const listed = body.data.find(({ _id }: { _id: string }) => _id === id);
      expect([listed.visitCount, ids(listed.visitRecords)]).to.deep.equal([made, all.slice(-100)]);
      const others = body.data.filter(({ _id }: { _id: string }) => _id !== id);
      for (const other of others) expect(other.visitRecords).to.have.length(other.visitCount);
      const admitted = await shop.visit({ transactionRecordId: id, merchandiseId });
      expect(admitted.body.data.visitCount).to.equal(made + 1);
      expect(ids(admitted.body.data.visitRecords).slice(0, -1)).to.deep.equal(all.slice(-99));
    });

    it('have all their visits listed in parts, for whom they may be read', async () => {
      const all = ids((await visitsOf(shop.owner)).body.data);
      expect(ids((await visitsOf(ben, '?find=3')).body.data)).to.deep.equal(all.slice(0, 3));
      expect(ids((await visitsOf(admin, `?find=700&after=${all[99]}`)).body.data)).to.deep.equal(all.slice(100, 800));
      expect((await visitsOf(anna)).status).to.equal(404);
      expect((await visitsOf(await shop.host.account('operator'))).status).to.equal(404);
    });
  });

  it('are no longer read by an owner whose role was taken away', async () => {
    expect(await query(rival)).to.deep.equal([ids.rivals]);
    const { token } = await shop.host.account('system_admin');
    const { username, password } = rival;
    const revoked = await shop.host.request('POST', '/api/admin/revoke_privilege', { token, json: { username } });
    expect(revoked.status, revoked.text).to.equal(200);
    const authorization = formatAuthorization(schemes.user, await shop.host.seal({ username, password }));
    const signedIn = await shop.host.request('GET', '/api/auth', { headers: { authorization } });
    const former = { ...rival, token: signedIn.body.data.access_token };
    expect(await query(former)).to.deep.equal([]);
    expect(await list(former)).to.deep.equal([]);
    const one = await shop.host.request('GET', `/api/transaction_record/${ids.rivals}`, { token: former.token });
    expect(one.status).to.equal(404);
  });
});
