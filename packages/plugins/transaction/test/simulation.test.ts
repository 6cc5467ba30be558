/**
 * Seeded schedules in one process (promise G2): payer, gates, reconciler and provider work on one record at once, and
 * before each SQL statement the seed says who goes next. A failure is repeated by its seed.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountPrincipal, Call } from '@palestra/core';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { LedgerProvider } from './support/ledger-provider.js';
import { randomFrom, scaled, seed } from './support/scale.js';
import { Scheduler } from './support/scheduler.js';
import { openShop, type Shop, type TransactionHandlers } from './support/shop.js';

const schedules = scaled(300, 10_000);

/** A schedule says nothing of the disk: with a folder in memory there is no fsync to wait for. */
function inMemory(): string {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'palestra-simulation-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${folder}/simulation.sqlite`;
}

describeOnEachDatabase(`schedules from seed ${seed}`, (fresh, name) => {
  const scheduler = new Scheduler();
  const provider = new LedgerProvider();
  let shop: Shop;
  let handlers: TransactionHandlers;
  before(async function () {
    this.timeout(60_000);
    shop = await openShop({
      // Time decides nothing: how busy the machine is would show.
      database: {
        url: name === 'SQLite' ? inMemory() : await fresh(),
        commitTimes: { gather: Number.POSITIVE_INFINITY, setAside: undefined },
      },
      providers: [provider],
      intercept: scheduler.intercept,
      onHandlers: (given) => {
        handlers = given;
      },
    });
  });
  after(() => shop.host.stop());

  const callBy = ({ id, username }: Account, privilege: AccountPrincipal['privilege']): Call => ({
    operationId: 'simulated',
    requestId: 'simulated',
    principal: { kind: 'account', accountId: id, username, privilege },
    ip: '127.0.0.1',
    receivedAt: shop.clock.now(),
    header: () => undefined,
  });

  /** One record, everybody at it; the state and count it ends with. */
  async function simulate(random: () => number, merchandiseId: string, payer: Call, gate: Call): Promise<string> {
    const { knex } = shop.host.palestra.database();
    const order = { merchandiseId, paymentMethod: 'ledger' };
    const { body } = (await handlers.performTransaction({ params: {}, query: {}, body: order }, payer)) as {
      body: { transactionRecordId: string; prepayId: string };
    };
    const { transactionRecordId, prepayId } = body;
    if (random() < 0.8) provider.pay(prepayId);
    else if (random() < 0.5) provider.decline(prepayId);
    // The reconciler is to look at it at once.
    await knex('transaction_record').where('id', Number(transactionRecordId)).update({ check_at: 0 });
    const refusable = async (action: () => unknown): Promise<void> => {
      await Promise.resolve(action()).catch((error: Error) => {
        if (error.name !== 'ConflictError' && error.name !== 'PaymentDeclinedError') throw error;
      });
    };
    const request = <Body>(sent: Body) => ({ params: {}, query: {}, body: sent });
    const verify = () =>
      refusable(() => handlers.verifyTransaction(request({ transactionRecordId, transactionId: prepayId }), payer));
    const cancel = () => refusable(() => handlers.cancelTransaction(request({ transactionRecordId }), payer));
    const enter = async () => {
      for (let tries = 0; tries < 2; tries++) {
        await refusable(() => handlers.verifyTransactionRecord(request({ transactionRecordId, merchandiseId }), gate));
      }
    };
    const refund = (amount?: number) =>
      refusable(() => handlers.refundTransaction(request({ transactionRecordId, ...(amount && { amount }) }), gate));
    const giveBack = async () => {
      if (random() < 0.5) await refund(2_000);
      if (random() < 0.5) await refund();
    };
    provider.refundStatus = random() < 0.5 ? 'refunded' : 'processing';
    await scheduler.run(random, [verify, verify, cancel, () => shop.reconcile(), enter, enter, giveBack, giveBack]);
    provider.refundStatus = 'refunded';
    await knex('transaction_refund').where('state', 'pending').update({ check_at: 0 });
    await shop.reconcile();
    const [row] = await knex('transaction_record').where('id', Number(transactionRecordId)).select('state', 'count');
    return `${row?.state} ${row?.count}`;
  }

  it(`${schedules} of them violate no invariant`, async function () {
    this.timeout(900_000);
    // MariaDB answers when it likes: there the seed decides less, and each takes longer.
    const count = name === 'SQLite' ? schedules : Math.ceil(schedules / 10);
    const payer = callBy(await shop.host.account(), 'player');
    const gate = callBy(shop.owner, 'operator');
    const merchandiseId = await shop.sell({ stock: count, count: 2 });
    const ends = new Map<string, number>();
    const began = performance.now();
    for (let at = 0; at < count; at++) {
      const end = await simulate(randomFrom(seed * 100_000 + at), merchandiseId, payer, gate);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    const seconds = (performance.now() - began) / 1_000;
    if (count === 10_000)
      console.log(`      ${count} schedules in ${seconds.toFixed(1)} s: ${JSON.stringify([...ends])}`);
    // A simulation that ends one way alone shows nothing; on MariaDB few schedules reach a visit.
    expect(ends.size, `different ends: ${[...ends.keys()]}`).to.be.at.least(name === 'SQLite' ? 4 : 3);
    const stock = new Map([[Number(merchandiseId), count]]);
    const givenBack = new Map([...provider.refunds].map(([refundNo, { amount }]) => [refundNo, amount]));
    const expected = { captured: provider.captured(), givenBack, stock };
    expect(await violations(shop.host.palestra.database(), expected)).to.deep.equal([]);
  });

  if (name !== 'SQLite') return;
  it('go the same way from the same seed', async () => {
    const payer = callBy(await shop.host.account(), 'player');
    const gate = callBy(shop.owner, 'operator');
    const merchandiseId = await shop.sell({ stock: 60, count: 2 });
    const runs: string[][] = [[], []];
    for (const run of runs) {
      for (let at = 0; at < 30; at++) run.push(await simulate(randomFrom(seed + at), merchandiseId, payer, gate));
    }
    expect(runs[1]).to.deep.equal(runs[0]);
    expect(new Set(runs[0]).size).to.be.above(2);
  });
});
