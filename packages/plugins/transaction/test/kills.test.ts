/**
 * The last fault of the table: the server process is killed (SIGKILL) at a statement of a flow. Another instance
 * takes over; the caller sends the same call there. What was acknowledged is there, and nothing happened twice.
 */
import { randomUUID } from 'node:crypto';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { post, type Reply } from './support/history.js';
import { violations } from './support/invariants.js';
import { long, range } from './support/scale.js';
import { startServer } from './support/server-process.js';
import { openShop, type Shop } from './support/shop.js';

interface Kill {
  readonly flow: 'perform' | 'verify' | 'cancel' | 'use' | 'refund';
  /** As `startServer` takes it. */
  readonly at: string;
}

const telling: readonly Kill[] = [
  { flow: 'perform', at: 'after COMMIT 1' },
  { flow: 'use', at: 'after COMMIT 1' },
  { flow: 'refund', at: 'after COMMIT 1' },
];

/** More statements than any flow has; a kill that never comes is a call that just succeeds. */
const everyStatement: readonly Kill[] = (['perform', 'verify', 'cancel', 'use', 'refund'] as const).flatMap((flow) =>
  range(60).map((at) => ({ flow, at: `after any ${at + 1}` })),
);

describeOnEachDatabase('a server killed at a statement', (fresh) => {
  let shop: Shop;
  let buyer: Account;
  let database: string;
  before(async function () {
    this.timeout(60_000);
    database = await fresh();
    shop = await openShop({ database, config: { identity: { userTokenSeconds: 86_400 } } });
    buyer = await shop.host.account();
  });
  after(() => shop.host.stop());

  async function prepare(flow: Kill['flow']): Promise<{ send: (url: string) => Promise<Reply>; state: string }> {
    const merchandiseId = await shop.sell({ stock: 5, count: 1 });
    const headers = { 'idempotency-key': randomUUID() };
    const sending = (path: string, token: string, json: object) => (url: string) =>
      post(url, path, { token, json, headers });
    if (flow === 'perform') {
      const json = { merchandiseId, paymentMethod: 'sandbox' };
      return { send: sending('/api/perform_transaction', buyer.token, json), state: 'pending' };
    }
    if (flow === 'use') {
      const json = { transactionRecordId: await shop.buy(buyer, merchandiseId), merchandiseId };
      return { send: sending('/api/verify_transaction_record', shop.owner.token, json), state: 'expired' };
    }
    if (flow === 'refund') {
      const json = { transactionRecordId: await shop.buy(buyer, merchandiseId) };
      return { send: sending('/api/refund_transaction', shop.owner.token, json), state: 'refunded' };
    }
    const { body } = await shop.perform(buyer, merchandiseId);
    const { transactionRecordId, prepayId: transactionId } = body.data;
    return flow === 'verify'
      ? {
          send: sending('/api/verify_transaction', buyer.token, { transactionRecordId, transactionId }),
          state: 'success',
        }
      : { send: sending('/api/cancel_transaction', buyer.token, { transactionRecordId }), state: 'canceled' };
  }

  async function sendToSurvivor(send: (url: string) => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const reply = await send(shop.host.url);
      if (reply.status !== 409 || reply.headers['retry-after'] === undefined) return reply;
      // Its holder is dead; another minute, and its lease would have ended by itself.
      await shop.host.palestra.database().knex('idempotency_key').update({ leased_until: 0 });
    }
  }

  async function survive({ flow, at }: Kill): Promise<'killed' | 'done'> {
    const { send, state } = await prepare(flow);
    const before = await recordCount();
    const server = await startServer(database, shop.host.dataDir, { kill: at });
    try {
      await server.arm();
      const lost = await send(server.url);
      const reply = await sendToSurvivor(send);
      expect(reply.status, `${flow} ${at}: ${reply.text}`).to.be.within(200, 201);
      expect(reply.body.data.transactionState, `${flow} ${at}`).to.equal(state);
      expect((await recordCount()) - before, 'records made').to.equal(flow === 'perform' ? 1 : 0);
      return lost.status === 0 ? 'killed' : 'done';
    } finally {
      await server.stop();
    }
  }

  async function recordCount(): Promise<number> {
    const [row] = await shop.host.palestra.database().knex('transaction_record').count({ records: '*' });
    return Number(row?.records);
  }

  for (const kill of long ? [] : telling) {
    it(`${kill.flow}, ${kill.at}`, async function () {
      this.timeout(60_000);
      expect(await survive(kill)).to.equal('killed');
      expect(await violations(shop.host.palestra.database())).to.deep.equal([]);
    });
  }

  (long ? it : it.skip)('all flows, after each statement (npm run test:races)', async function () {
    this.timeout(1_200_000);
    const outcomes = new Map<string, number>();
    const over = new Set<string>();
    for (const kill of everyStatement) {
      if (over.has(kill.flow)) continue;
      const outcome = await survive(kill);
      if (outcome === 'done') over.add(kill.flow);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(await violations(shop.host.palestra.database()), `${kill.flow} ${kill.at}`).to.deep.equal([]);
    }
    console.log(`      ${outcomes.get('killed')} kills`);
    expect(over.size, 'flows that came to their end').to.equal(5);
    expect(outcomes.get('killed')).to.be.above(30);
  });
});
