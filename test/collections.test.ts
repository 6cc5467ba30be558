/** Collections on a host with every plugin: each is listed with its size, and emptied with what belongs to it. */
import { setTimeout } from 'node:timers/promises';
import { formatId } from '@palestra/core';
import { type Account, type Answer, describeOnEachDatabase, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createWorld, type World } from './authorization/world.js';

describeOnEachDatabase('the collections of every plugin', (fresh) => {
  let world: World;
  let host: TestHost;
  let admin: Account;
  before(async function () {
    this.timeout(60_000);
    world = await createWorld({ database: await fresh() });
    ({ host } = world);
    admin = await host.account('system_admin');
  });
  after(() => host.stop());

  const empty = (name: string, headers = {}): Promise<Answer> =>
    host.request('DELETE', `/api/admin/collection/${name}?confirm=${name}`, { token: admin.token, headers });
  const list = async () => {
    const { body } = await host.request('GET', '/api/admin/collection', { token: admin.token });
    const rows: { name: string; count: number; dependants: string[] }[] = body.data;
    return new Map(rows.map((row) => [row.name, row]));
  };

  it('are listed with counts and what goes with them', async () => {
    const all = await list();
    expect([...all.keys()]).to.include.members([
      ...['account', 'gym', 'merchandise', 'transaction_record', 'transaction_refund'],
      ...['country', 'city', 'league', 'operator', 'coach', 'team', 'game', 'stams'],
    ]);
    const { knex } = host.palestra.database();
    for (const { name, count } of all.values()) {
      const [row] = await knex(name).count({ rows: '*' });
      expect(count, name).to.equal(Number(row?.rows));
    }
    expect(all.get('transaction_record')?.dependants).to.deep.equal([
      'transaction_history',
      'transaction_refund',
      'transaction_visit',
    ]);
    expect(all.get('team')?.dependants).to.deep.equal(['team_player']);
    expect(all.get('stams')?.dependants).to.include.members(['stams_result', 'stams_status']);
  });

  it('of purchases keep a pending payment, go with all that belongs to them, and let the others go', async () => {
    const { maker, stranger } = world;
    const payer = await host.account();
    const gym = await maker.gym(stranger);
    await maker.paid(payer, gym);
    const { record } = await maker.purchase(payer, gym);
    const sold = await empty('merchandise');
    expect([sold.status, sold.body.exceptionMessage]).to.deep.equal([
      409,
      '2 of transaction_record refer to merchandise. Empty transaction_record first.',
    ]);
    const pending = await empty('transaction_record');
    expect([pending.status, pending.body.exceptionMessage]).to.deep.equal([
      409,
      '1 of transaction_record is pending. Cancel them, or wait until they expire.',
    ]);
    expect((await list()).get('transaction_record')?.count).to.equal(2);
    const json = { transactionRecordId: record };
    await host.request('POST', '/api/cancel_transaction', { token: payer.token, json });
    expect((await empty('transaction_record')).body.data).to.deep.equal({ name: 'transaction_record', deleted: 2 });
    const { knex } = host.palestra.database();
    for (const table of ['transaction_history', 'transaction_visit', 'transaction_refund']) {
      expect(await knex(table), table).to.have.length(0);
    }
    expect((await empty('merchandise')).status).to.equal(200);
    expect((await empty('gym')).status).to.equal(200);
  });

  it('keep a purchase that begins while they are emptied (needs a database that several write at once)', async function () {
    const { maker, stranger } = world;
    const payer = await host.account();
    const gym = await maker.gym(stranger);
    const { record } = await maker.purchase(payer, gym);
    const json = { transactionRecordId: record };
    expect((await host.request('POST', '/api/cancel_transaction', { token: payer.token, json })).status).to.equal(200);
    const database = host.palestra.database();
    const { knex } = database;
    if (database.dialect.name === 'sqlite') return this.skip();
    let emptying: Promise<Answer> | undefined;
    await knex.transaction(async (held) => {
      // Emptying waits for this row, and so the purchase comes in between.
      await held('transaction_record').where('id', Number(record)).forUpdate();
      emptying = empty('transaction_record');
      await setTimeout(200);
      await maker.purchase(payer, gym);
    });
    expect((await emptying)?.body.data).to.deep.equal({ name: 'transaction_record', deleted: 1 });
    const [pending, ...others] = await knex('transaction_record').select('id', 'state');
    expect([pending.state, others]).to.deep.equal(['pending', []]);
    const cancel = { transactionRecordId: formatId(pending.id) };
    await host.request('POST', '/api/cancel_transaction', { token: payer.token, json: cancel });
    expect((await empty('transaction_record')).status).to.equal(200);
    await empty('merchandise');
    await empty('gym');
  });

  it('of refunds keep what is still to be given back', async () => {
    const { maker, stranger } = world;
    const payer = await host.account();
    const { record } = await maker.paid(payer, await maker.gym(stranger));
    const token = stranger.token;
    const json = { transactionRecordId: record };
    expect((await host.request('POST', '/api/refund_transaction', { token, json })).status).to.equal(200);
    const { knex } = host.palestra.database();
    for (const state of ['due', 'pending']) {
      await knex('transaction_refund').update({ state });
      const answers = [
        ['transaction_refund', 'transaction_refund is not emptied by itself: its rows go with what they belong to.'],
        [
          'transaction_record',
          '1 of transaction_refund is due or pending. Wait until the provider has paid them back, or settle them by /api/admin/refund.',
        ],
      ] as const;
      for (const [name, message] of answers) {
        const { status, body } = await empty(name);
        expect([status, body.exceptionMessage]).to.deep.equal([409, message]);
      }
      expect(await knex('transaction_refund')).to.have.length(1);
    }
    await knex('transaction_refund').update({ state: 'refunded' });
    const { dialect } = host.palestra.database();
    if (dialect.name !== 'sqlite') {
      let emptying: Promise<Answer> | undefined;
      await knex.transaction(async (held) => {
        // Nothing was due when the emptying began.
        await held('transaction_record').where('id', Number(record)).forUpdate();
        emptying = empty('transaction_record');
        await setTimeout(200);
        await held('transaction_refund').update({ state: 'due' });
      });
      expect((await emptying)?.status).to.equal(409);
      expect(await knex('transaction_refund')).to.have.length(1);
      await knex('transaction_refund').update({ state: 'refunded' });
    }
    for (const name of ['transaction_record', 'merchandise', 'gym']) {
      expect((await empty(name)).status, name).to.equal(200);
    }
    expect(await knex('transaction_refund')).to.have.length(0);
  });

  it('of clubs are emptied by their rules: who ran a club is a player again', async () => {
    const { maker } = world;
    const anna = await host.account('player');
    const club = await maker.club(anna);
    const coach = await host.account('player');
    await maker.team(club, await maker.coach(club, coach));
    const roleOf = async ({ id }: Account) => {
      const { body } = await host.request('GET', `/api/admin/user/${formatId(id)}`, { token: admin.token });
      return body.data.role;
    };
    expect([await roleOf(anna), await roleOf(coach)]).to.deep.equal(['operator', 'coach']);
    expect((await empty('operator')).status).to.equal(409);
    const key = { 'idempotency-key': 'empty-all-teams' };
    const first = await empty('team', key);
    expect([first.status, (await empty('team', key)).text]).to.deep.equal([200, first.text]);
    expect((await empty('coach')).status).to.equal(200);
    expect((await empty('stams')).status).to.equal(200);
    const done = await empty('operator');
    expect(done.status, done.text).to.equal(200);
    expect([await roleOf(anna), await roleOf(coach)]).to.deep.equal(['player', 'player']);
    for (const name of ['league', 'city', 'country', 'game']) expect((await empty(name)).status, name).to.equal(200);
    const counts = [...(await list()).values()].filter(({ name }) => name !== 'account').map(({ count }) => count);
    expect(new Set(counts)).to.deep.equal(new Set([0]));
  });
});
