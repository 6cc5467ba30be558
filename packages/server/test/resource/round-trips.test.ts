/** How often a request waits for MariaDB: each round trip is a tenth of a millisecond of CPU, and more over a network. */
import { expect } from 'chai';
import { describeOnDatabase } from '../../src/testing/databases.js';
import { startTestHost } from '../../src/testing/index.js';
import type { TestHost } from '../../src/testing/types.js';
import { startTcpProxy, type TcpProxy } from '../database/tcp-proxy.js';
import { locker, lockerPlugin } from './described-plugin.js';

describeOnDatabase('MariaDB', 'round trips', (fresh) => {
  let proxy: TcpProxy;
  let host: TestHost;
  let token: string;
  let id: string;
  before(async () => {
    proxy = await startTcpProxy(await fresh());
    host = await startTestHost({ plugins: [lockerPlugin(locker)], database: proxy.url });
    ({ token } = await host.account('player'));
    const { body } = await host.operate('/api/locker', token, 'create', { name: 'First', size: 3 });
    id = body.data._id;
  });
  after(async () => {
    await host.stop();
    await proxy.close();
  });

  let turn = 0;
  const search = (find: number) => host.operate('/api/locker', token, 'query', { name: { contains: 'irs' }, find });
  const createUnder = (key: string) =>
    host.request('POST', '/api/locker', {
      token,
      headers: { 'idempotency-key': key.replace(' ', '-') },
      json: { operation: 'create', data: { name: `Locker ${key}` } },
    });
  const requests: readonly (readonly [
    what: string,
    most: number,
    request: () => Promise<{ readonly status: number }>,
  ])[] = [
    ['one by key', 1, () => host.request('GET', `/api/locker/${id}`, { token })],
    ['one by key, in an envelope', 1, () => host.operate('/api/locker', token, 'query', { _id: { equals: id } })],
    ['a query', 1, () => host.operate('/api/locker', token, 'query', { size: { equals: 3 }, find: 20 })],
    ['a search that finds its limit', 1, () => search(1)],
    ['a search that finds less', 2, () => search(20)],
    ['a list', 1, () => host.request('GET', '/api/locker?find=20', { token })],
    ['a create', 2, () => host.operate('/api/locker', token, 'create', { name: `Locker ${++turn}` })],
    ['a create under a key', 2, () => createUnder(`key ${++turn}`)],
  ];
  for (const [what, most, request] of requests) {
    it(`are at most ${most} for ${what}`, async () => {
      const counts: number[] = [];
      // The first has to ask about the token and to prepare; a later one may fall together with a look at the token.
      for (let count = 0; count < 9; count++) {
        const before = proxy.roundTrips;
        expect((await request()).status).to.be.oneOf([200, 201]);
        counts.push(proxy.roundTrips - before);
      }
      // On a busy machine more of them fall together with what the server asks by itself.
      const usual = counts.toSorted((a, b) => a - b)[2] ?? 0;
      expect(usual, counts.join()).to.be.within(1, most);
    });
  }

  it('are one for 20,000 ids where a search has to look behind them', async () => {
    const { knex } = host.palestra.database();
    const { id: _, ...first } = await knex('locker').where('name', 'First').first();
    await knex('locker').insert({ ...first, id: 45_000, name: 'Far, not first', name_folded: 'far, not first' });
    await search(20);
    const counts: number[] = [];
    for (let count = 0; count < 9; count++) {
      const before = proxy.roundTrips;
      const { body } = await search(20);
      expect(body.data.map((found: { name: string }) => found.name)).to.deep.equal(['First', 'Far, not first']);
      counts.push(proxy.roundTrips - before);
    }
    // One more for the first ids, and one that asks for the index of texts, which is not there.
    expect(Math.min(...counts), counts.join()).to.be.within(4, 8);
  });
});
