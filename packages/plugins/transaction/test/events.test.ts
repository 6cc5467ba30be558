/** What other plugins hear of purchases: each step once, of those that committed. */
import { type DomainEvent, on, type TransactionEventData, transactionEvents } from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('events of purchases', (fresh) => {
  const heard: DomainEvent<TransactionEventData>[] = [];
  let shop: Shop;
  let buyer: Account;
  before(async function () {
    this.timeout(60_000);
    const hear = (event: DomainEvent<TransactionEventData>) => void heard.push(event);
    const listener: Plugin<{ operations: object }> = {
      name: 'listener',
      version: '0.1.0',
      host: '^1.0.0',
      contract: { paths: {} },
      setup: () => ({ handlers: {}, subscriptions: Object.values(transactionEvents).map((event) => on(event, hear)) }),
    };
    shop = await openShop({ database: await fresh(), plugins: [listener] });
    buyer = await shop.host.account();
  });
  after(() => shop.host.stop());

  async function heardOf(transactionRecordId: string, expected: readonly string[]): Promise<void> {
    const ofRecord = () => heard.filter(({ data }) => data.transactionRecordId === transactionRecordId);
    const deadline = Date.now() + 30_000;
    while (ofRecord().length < expected.length && Date.now() < deadline)
      await new Promise((next) => setTimeout(next, 10));
    const events = ofRecord().sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(events.map(({ name }) => name)).to.deep.equal(expected.map((step) => `transaction.${step}`));
    for (const { data } of events) expect(Number(data.payer)).to.equal(buyer.id);
  }

  async function begin() {
    const merchandiseId = await shop.sell({ count: 2 });
    const { body } = await shop.perform(buyer, merchandiseId);
    return { merchandiseId, ...(body.data as { transactionRecordId: string; prepayId: string }) };
  }

  it('tell of success, uses and the end', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    for (const _ of [1, 2]) await shop.verify(buyer, transactionRecordId, prepayId);
    for (const _ of [1, 2, 3]) await shop.visit({ transactionRecordId, merchandiseId });
    await heardOf(transactionRecordId, ['succeeded', 'used', 'used', 'expired']);
  });

  it('tell of refunds, in part and whole', async () => {
    const { transactionRecordId, prepayId } = await begin();
    await shop.verify(buyer, transactionRecordId, prepayId);
    const refund = (json: object) =>
      shop.host.request('POST', '/api/refund_transaction', { token: shop.owner.token, json });
    await refund({ transactionRecordId, amount: 100 });
    for (const _ of [1, 2]) await refund({ transactionRecordId });
    await heardOf(transactionRecordId, ['succeeded', 'partially_refunded', 'refunded']);
  });

  it('tell of a failure', async () => {
    const { transactionRecordId } = await begin();
    await shop.verify(buyer, transactionRecordId, 'not paid');
    await heardOf(transactionRecordId, ['failed']);
  });

  it('tell of a cancel once', async () => {
    const { transactionRecordId } = await begin();
    for (const _ of [1, 2]) await shop.cancel(buyer, transactionRecordId);
    await heardOf(transactionRecordId, ['canceled']);
  });

  it('tell of a purchase that ran out', async () => {
    const { transactionRecordId } = await begin();
    shop.clock.advance(31 * 60_000);
    await shop.reconcile();
    await heardOf(transactionRecordId, ['expired']);
  });
});
