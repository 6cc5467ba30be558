/**
 * A server that is killed while it empties a collection of many rows: every row is there whole or gone whole, the audit
 * knows how many went, and the same request again deletes the others. The long form (`npm run test:faults -- --seed 7
 * test/collections-killed.test.ts`) has 100,000 purchases.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { long, range, scaled, seed } from '../packages/plugins/transaction/test/support/scale.js';
import { createWorld, type World } from './authorization/world.js';
import { type KillPhase, startVictim } from './idempotent-writes/victim.js';

const records = scaled(1_000, 100_000);
const visitsEach = 2;

describeOnEachDatabase('a server killed while it empties a collection', (fresh) => {
  let world: World;
  let database: string;
  let dataDir: string;
  before(async function () {
    this.timeout(60_000);
    database = await fresh();
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-emptying-'));
    world = await createWorld({ database, dataDir, background: false });
  });
  after(async () => {
    await world.host.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const knex = () => world.host.palestra.database().knex;

  async function countOf(table: string): Promise<number> {
    const [row] = await knex()(table).count({ rows: '*' });
    return Number(row?.rows);
  }

  /** Copies of one that was paid, with its history and a few visits. */
  async function buyMany(): Promise<void> {
    const { maker, stranger, host } = world;
    const { record } = await maker.paid(await host.account(), await maker.gym(stranger));
    const paid = await knex()('transaction_record').where('id', Number(record)).first();
    const steps = await knex()('transaction_history').where('record_id', Number(record)).orderBy('id');
    const chunk = 200;
    for (let first = paid.id + 1; first < paid.id + records; first += chunk) {
      const ids = range(Math.min(chunk, paid.id + records - first)).map((at) => first + at);
      await knex()('transaction_record').insert(
        ids.map((id) => ({ ...paid, id, out_trade_no: `copy${id}`, transaction_id: `copy${id}`, request_id: null })),
      );
      const history = steps.map(({ id: _, ...step }) => step);
      await knex()('transaction_history').insert(
        ids.flatMap((id) => history.map((step) => ({ ...step, record_id: id }))),
      );
      await knex()('transaction_visit').insert(
        ids.flatMap((id) =>
          range(visitsEach).map((at) => ({
            record_id: id,
            number: at + 1,
            visit_key: `copy${id}:${at}`,
            gate_id: stranger.id,
            visited_at: paid.created_at,
          })),
        ),
      );
    }
  }

  async function deletedByTheAudit(): Promise<number> {
    const { token } = world.accounts.dba;
    const entries: { action: string; detail: { deleted: number } }[] = (
      await world.host.request('GET', '/api/admin/audit', { token })
    ).body.data;
    const emptied = entries.filter(({ action }) => action === 'collection.empty');
    return emptied.reduce((sum, { detail }) => sum + detail.deleted, 0);
  }

  const phases: readonly KillPhase[] = long ? ['before', 'after'] : ['after'];
  for (const phase of phases) {
    it(`${phase} it deletes some of the rows leaves whole ones, and the rest to the same request`, async function () {
      this.timeout(scaled(60_000, 600_000));
      await buyMany();
      const audited = await deletedByTheAudit();
      const token = world.accounts.dba.token;
      const name = 'transaction_record';
      const path = `/api/admin/collection/${name}?confirm=${name}`;
      const headers = { 'idempotency-key': `empty-${phase}` };
      const victim = await startVictim(database, dataDir, phase);
      try {
        // With the rows that belong to them already deleted in the same transaction.
        await victim.arm({ statement: `delete from \`${name}\``, nth: scaled(2, 2 + (seed % 20)) });
        await victim.request('DELETE', path, { token, headers }).then(
          () => expect.fail('It was answered, so its server was not killed.'),
          (error) => expect(error.code, String(error)).to.be.oneOf(['ECONNRESET', 'EPIPE']),
        );
      } finally {
        await victim.stop();
      }
      const left = await countOf(name);
      expect(left).to.be.within(1, records - 1);
      expect(await countOf('transaction_visit')).to.be.within((left - 1) * visitsEach, left * visitsEach);
      expect(await countOf('transaction_history')).to.equal(left * 2);
      expect((await deletedByTheAudit()) - audited).to.equal(records - left);

      await knex()('idempotency_key').update({ leased_until: 0 });
      const again = (): Promise<Answer> => world.host.request('DELETE', path, { token, headers });
      const answer = await again();
      expect(answer.body.data).to.deep.equal({ name, deleted: left });
      const replayed = await again();
      expect([replayed.text, replayed.headers.get('idempotency-replayed')]).to.deep.equal([answer.text, 'true']);
      for (const table of [name, 'transaction_visit', 'transaction_history']) expect(await countOf(table)).to.equal(0);
      expect((await deletedByTheAudit()) - audited).to.equal(records);
    });
  }

  it('shows how many are left, and ends with the server (needs a database that several write at once)', async function () {
    if (world.host.palestra.database().dialect.name === 'sqlite') return this.skip();
    await buyMany();
    const { token } = world.accounts.dba;
    const left = async (): Promise<number> => {
      const { body } = await world.host.request('GET', '/api/admin/collection', { token });
      return body.data.find(({ name }: { name: string }) => name === 'transaction_record').count;
    };
    const before = await left();
    const [second] = await knex()('transaction_record').orderBy('id').offset(300).limit(1).pluck('id');
    let emptying: Promise<Answer> | undefined;
    await knex().transaction(async (held) => {
      // In the second batch, which waits for it.
      await held('transaction_record').where('id', second).forUpdate();
      const path = '/api/admin/collection/transaction_record?confirm=transaction_record';
      emptying = world.host.request('DELETE', path, { token });
      while ((await left()) === before) await sleep(10);
      world.host.palestra.retire();
    });
    const answer = await emptying;
    const gone = before - (await left());
    expect(gone).to.be.within(251, before - 1);
    expect(answer?.status, answer?.text).to.equal(503);
    expect(answer?.headers.get('retry-after')).to.equal('5');
    expect(answer?.body.exceptionMessage).to.equal(
      `The server stops, and transaction_record is not empty yet. ${gone} rows were deleted before. Send the request again.`,
    );
  });
});
