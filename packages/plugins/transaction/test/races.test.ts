/** Many callers at once, over two server processes on one database: nothing is sold, used or ended twice. */
import { randomUUID } from 'node:crypto';
import type { Row } from '@palestra/server';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { History, post } from './support/history.js';
import { violations } from './support/invariants.js';
import { inParallel, long, randomFrom, range, scaled, seed, shuffled } from './support/scale.js';
import { type ServerProcess, startServer } from './support/server-process.js';
import { openShop, type Shop } from './support/shop.js';

const width = 48;
const visits = scaled(1_000, 10_000);
const buys = 500;
const ended = scaled(100, 1_000);

describeOnEachDatabase(`races (seed ${seed})`, (fresh) => {
  let shop: Shop;
  let servers: ServerProcess[];
  let buyers: Account[];
  const random = randomFrom(seed);
  before(async function () {
    this.timeout(120_000);
    const database = await fresh();
    // Its host sets the stage and reads the rows; the racing calls go to the two processes.
    shop = await openShop({ database });
    servers = await Promise.all([1, 2].map(() => startServer(database, shop.host.dataDir)));
    buyers = [];
    for (const _ of range(8)) buyers.push(await shop.host.account());
  });
  after(async () => {
    await Promise.all((servers ?? []).map((server) => server.stop()));
    await shop?.host.stop();
  });

  const urlOf = (at: number) => servers[at % servers.length]?.url ?? '';
  const buyerOf = (at: number) => buyers[at % buyers.length] as Account;
  const database = () => shop.host.palestra.database();

  it(`admits 100 of ${visits} to 100 visits`, async function () {
    this.timeout(120_000);
    const merchandiseId = await shop.sell({ count: 100 });
    const transactionRecordId = await shop.buy(buyerOf(0), merchandiseId);
    const history = new History();
    const began = performance.now();
    await inParallel(range(visits), width, async (at) => {
      const json = { transactionRecordId, merchandiseId };
      history.add('visit', await post(urlOf(at), '/api/verify_transaction_record', { token: shop.owner.token, json }));
    });
    const seconds = (performance.now() - began) / 1000;
    if (long) console.log(`      ${history.calls.length} uses in ${seconds.toFixed(1)} s`);
    expect(history.statuses()).to.deep.equal({ 200: 100, 409: visits - 100 });
    // The promise is for a machine that does nothing else.
    expect(seconds).to.be.below(long ? 30 : 100);
    const record = Number(transactionRecordId);
    const [row] = await database().knex('transaction_record').where('id', record).select('count', 'state');
    expect(row).to.deep.equal({ count: 0, state: 'expired' });
    const visited = { record, acked: history.count('ok'), unknown: 0 };
    expect(await violations(database(), { visited })).to.deep.equal([]);
  });

  it(`sells 50 items to 50 of ${buys} buyers`, async function () {
    this.timeout(120_000);
    const merchandiseId = await shop.sell({ stock: 50 });
    const history = new History();
    await inParallel(range(buys), width, async (at) => {
      const json = { merchandiseId, paymentMethod: 'sandbox' };
      history.add('perform', await post(urlOf(at), '/api/perform_transaction', { token: buyerOf(at).token, json }));
    });
    expect(history.statuses()).to.deep.equal({ 201: 50, 409: buys - 50 });
    expect(await shop.stock(merchandiseId)).to.equal(0);
    expect(await violations(database(), { stock: new Map([[Number(merchandiseId), 50]]) })).to.deep.equal([]);
  });

  it(`ends ${ended} records once under ${10 * ended} racing verify/cancel pairs`, async function () {
    this.timeout(600_000);
    const merchandiseId = await shop.sell({ stock: ended });
    const begun: { at: number; transactionRecordId: string; transactionId: string }[] = [];
    await inParallel(range(ended), width, async (at) => {
      const json = { merchandiseId, paymentMethod: 'sandbox' };
      const { body } = await post(urlOf(at), '/api/perform_transaction', { token: buyerOf(at).token, json });
      begun.push({ at, transactionRecordId: body.data.transactionRecordId, transactionId: body.data.prepayId });
    });
    const pairs = begun.flatMap((record) => range(10).map(() => record));
    const calls = shuffled(
      pairs.flatMap((record) => (['verify', 'cancel'] as const).map((name) => ({ name, record }))),
      random,
    );
    const history = new History();
    await inParallel(calls, width, async ({ name, record: { at, transactionRecordId, transactionId } }, turn) => {
      const json = name === 'verify' ? { transactionRecordId, transactionId } : { transactionRecordId };
      history.add(name, await post(urlOf(turn), `/api/${name}_transaction`, { token: buyerOf(at).token, json }));
    });
    const { 200: ok = 0, 409: refused = 0, ...others } = history.statuses();
    expect(others, 'neither done nor refused').to.deep.equal({});
    expect(refused, 'calls refused').to.be.above(0);
    expect(ok).to.be.above(0);
    const rows: Row[] = await database()
      .knex('transaction_record')
      .where('merchandise_id', Number(merchandiseId))
      .groupBy('state')
      .select('state')
      .count({ records: '*' });
    const states = new Map(rows.map(({ state, records }) => [state, Number(records)]));
    expect([...states.keys()].sort()).to.deep.equal(['canceled', 'success']);
    expect((states.get('canceled') ?? 0) + (states.get('success') ?? 0)).to.equal(ended);
    expect(await shop.stock(merchandiseId)).to.equal(states.get('canceled'));
    expect(await violations(database(), { stock: new Map([[Number(merchandiseId), ended]]) })).to.deep.equal([]);
  });

  it('executes one of 200 calls with one key', async () => {
    const merchandiseId = await shop.sell();
    const key = randomUUID();
    const token = buyerOf(0).token;
    const headers = { 'idempotency-key': key };
    const texts = new Set<string>();
    let replayed = 0;
    const history = new History();
    await inParallel(range(200), width, async (at) => {
      const json = { merchandiseId, paymentMethod: 'sandbox' };
      const reply = await post(urlOf(at), '/api/perform_transaction', { token, json, headers });
      history.add('perform', reply);
      if (reply.headers['idempotency-replayed'] === 'true') replayed += 1;
      if (reply.status === 201) texts.add(reply.text);
      else expect(reply.headers['retry-after'], reply.text).to.equal('1');
    });
    const { 201: ok = 0, 409: running = 0, ...others } = history.statuses();
    expect(others).to.deep.equal({});
    expect(ok).to.be.above(0);
    expect(replayed + running, 'calls that did not execute').to.equal(199);
    expect(texts.size, 'different answers').to.equal(1);
    const made = await database().knex('transaction_record').where('merchandise_id', Number(merchandiseId));
    expect(made).to.have.length(1);
    const other = { merchandiseId: await shop.sell(), paymentMethod: 'sandbox' };
    const reused = await post(urlOf(0), '/api/perform_transaction', { token, json: other, headers });
    expect(reused.status).to.equal(422);
  });

  it('admits one of two gates that scan one QR code at once', async () => {
    const merchandiseId = await shop.sell({ count: -1 });
    const transactionRecordId = await shop.buy(buyerOf(0), merchandiseId);
    const history = new History();
    for (const _ of range(scaled(5, 50))) {
      const { body } = await shop.host.request('GET', `/api/transaction_record/${transactionRecordId}`, {
        token: buyerOf(0).token,
      });
      const json = { qr: body.data.qr, merchandiseId };
      const scans = range(2).map((at) =>
        post(urlOf(at), '/api/verify_transaction_record', { token: shop.owner.token, json }),
      );
      for (const reply of await Promise.all(scans)) history.add('visit', reply);
    }
    expect(history.statuses()).to.deep.equal({ 200: scaled(5, 50), 409: scaled(5, 50) });
    expect(await violations(database())).to.deep.equal([]);
  });
});
