/** What the reconciler brings together: orders that were not verified, orders that ran out, payments that came too late. */

import { createLease, leaseMs } from '@palestra/server/plugin';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { LedgerProvider, refused, transactionIdOf, unreachable } from './support/ledger-provider.js';
import { openShop, type Shop } from './support/shop.js';

const minute = 60_000;

describeOnEachDatabase('reconciliation', (fresh) => {
  let provider: LedgerProvider;
  let shop: Shop;
  let buyer: Account;
  beforeEach(async () => {
    provider = new LedgerProvider();
    shop = await openShop({ database: await fresh(), providers: [provider] });
    buyer = await shop.host.account();
  });
  afterEach(() => shop.host.stop());

  const perform = (merchandiseId: string, headers: Record<string, string> = {}) =>
    shop.host.request('POST', '/api/perform_transaction', {
      token: buyer.token,
      json: { merchandiseId, paymentMethod: 'ledger' },
      headers,
    });

  async function begin(fields: object = {}) {
    const merchandiseId = await shop.sell({ stock: 5, ...fields });
    const { body, text } = await perform(merchandiseId);
    if (!body.success) throw new Error(text);
    return { merchandiseId, ...(body.data as { transactionRecordId: string; prepayId: string }) };
  }

  async function stateOf(id: string): Promise<string> {
    const { body } = await shop.host.request('GET', `/api/transaction_record/${id}`, { token: buyer.token });
    return body.data.transactionState;
  }

  const refunds = () => shop.host.palestra.database().knex('transaction_refund').select('transaction_id', 'state');

  async function soundly(merchandiseId: string): Promise<void> {
    const expected = { captured: provider.captured(), stock: new Map([[Number(merchandiseId), 5]]) };
    expect(await violations(shop.host.palestra.database(), expected)).to.deep.equal([]);
  }

  it('finds a payment that was not verified, half a minute later and not before', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    provider.pay(prepayId);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('pending');
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('success');
    await soundly(merchandiseId);
  });

  it('ends what is declined', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    provider.decline(prepayId);
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('failed');
    expect(await shop.stock(merchandiseId)).to.equal(5);
    await soundly(merchandiseId);
  });

  it('asks about a pending one though a clock that was ahead put that off', async () => {
    const { transactionRecordId, prepayId } = await begin();
    provider.decline(prepayId);
    const database = shop.host.palestra.database();
    const inTwoHours = shop.clock.now() + 120 * minute;
    await database
      .knex('transaction_record')
      .where({ id: Number(transactionRecordId) })
      .update({ check_at: inTwoHours });
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('failed');
  });

  it('lets a pending one run out: closed at the provider first, stock given back once', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    shop.clock.advance(29 * minute);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('pending');
    shop.clock.advance(2 * minute);
    await Promise.all([shop.reconcile(), shop.reconcile()]);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('expired');
    expect(provider.pay(prepayId), 'can be paid').to.equal(false);
    expect(await shop.stock(merchandiseId)).to.equal(5);
    expect((await shop.verify(buyer, transactionRecordId, prepayId)).status).to.equal(409);
    await soundly(merchandiseId);
  });

  it('does not let one run out while the provider cannot be asked', async () => {
    const { merchandiseId, transactionRecordId } = await begin();
    provider.trouble = unreachable;
    shop.clock.advance(31 * minute);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('pending');
    provider.trouble = undefined;
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('expired');
    await soundly(merchandiseId);
  });

  it('takes a payment made at the last moment, though its time is over', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    provider.pay(prepayId);
    shop.clock.advance(31 * minute);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('success');
    await soundly(merchandiseId);
  });

  it('finds a payment after the cancel, and puts it down to be given back, once', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    provider.trouble = unreachable;
    expect((await shop.cancel(buyer, transactionRecordId)).status).to.equal(200);
    provider.trouble = undefined;
    expect(provider.pay(prepayId), 'the provider was not reached').to.equal(true);
    for (let cycle = 0; cycle < 3; cycle++) {
      shop.clock.advance(31_000);
      await shop.reconcile();
    }
    expect(await stateOf(transactionRecordId)).to.equal('canceled');
    expect(await refunds()).to.deep.equal([{ transaction_id: transactionIdOf(prepayId.slice(4)), state: 'due' }]);
    await soundly(merchandiseId);
  });

  it('closes what was canceled while the provider could not be reached', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    provider.trouble = unreachable;
    await shop.cancel(buyer, transactionRecordId);
    provider.trouble = undefined;
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect(provider.pay(prepayId)).to.equal(false);
    const queries = provider.calls.query;
    shop.clock.advance(10 * minute);
    await shop.reconcile();
    expect(provider.calls.query, 'asked no more').to.equal(queries);
    await soundly(merchandiseId);
  });

  it('answers a cancel of what is paid already with the payment', async () => {
    const { merchandiseId, transactionRecordId, prepayId } = await begin();
    provider.pay(prepayId);
    expect((await shop.cancel(buyer, transactionRecordId)).status).to.equal(409);
    expect(await stateOf(transactionRecordId)).to.equal('success');
    await soundly(merchandiseId);
  });

  it('leaves no orphan where the provider opened the order and its answer was lost', async () => {
    const merchandiseId = await shop.sell({ stock: 5 });
    const headers = { 'idempotency-key': 'lost-answer' };
    const prepay = provider.prepay.bind(provider);
    provider.prepay = async (order) => {
      await prepay(order);
      return unreachable() as Promise<never>;
    };
    const lost = await perform(merchandiseId, headers);
    expect(lost.status, lost.text).to.equal(502);
    expect(provider.orders).to.have.property('size', 1);
    provider.prepay = prepay;
    const again = await perform(merchandiseId, headers);
    expect(again.status, 'the same call goes on with the same order').to.equal(201);
    expect(provider.orders).to.have.property('size', 1);
    provider.pay(again.body.data.prepayId);
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect(await stateOf(again.body.data.transactionRecordId)).to.equal('success');
    await soundly(merchandiseId);
  });

  it('fails at once what the provider refuses, and gives the stock back', async () => {
    const merchandiseId = await shop.sell({ stock: 5 });
    provider.trouble = refused;
    expect((await perform(merchandiseId)).status).to.equal(409);
    expect(await shop.stock(merchandiseId)).to.equal(5);
    provider.trouble = undefined;
    await soundly(merchandiseId);
  });

  const price = { amount: 4900, currency: 'EUR' };
  const unfit: readonly (readonly [
    string,
    (other: string) => { transactionId: string; amount: number; currency: string },
  ])[] = [
    ['over another amount', () => ({ ...price, transactionId: 'cheap', amount: 1 })],
    ['over nothing', () => ({ ...price, transactionId: 'free', amount: 0 })],
    ['in another currency', () => ({ ...price, transactionId: 'dollars', currency: 'USD' })],
    ['with the transaction id of another record', (other) => ({ ...price, transactionId: other })],
  ];
  const ways: Readonly<Record<string, (id: string, prepayId: string) => Promise<unknown>>> = {
    verify: async (id, prepayId) => {
      const answers = [await shop.verify(buyer, id, prepayId), await shop.verify(buyer, id, prepayId)];
      for (const { status, body } of answers) {
        expect(status).to.equal(409);
        expect(body.exceptionMessage).to.equal('The payment does not fit the purchase, and is given back');
      }
    },
    cancel: async (id) => {
      provider.close = async () => 'paid';
      for (let call = 0; call < 2; call++) {
        const { status, body } = await shop.cancel(buyer, id);
        expect([status, body.exceptionMessage]).to.deep.equal([409, 'The transaction is failed already']);
      }
    },
    reconciler: async () => {
      shop.clock.advance(31_000);
      await shop.reconcile();
    },
  };
  for (const [what, payment] of unfit) {
    for (const [way, find] of Object.entries(ways)) {
      it(`ends a record by a payment ${what}, found by ${way}, and notes what was paid as due`, async () => {
        const known = await begin();
        provider.pay(known.prepayId);
        await shop.verify(buyer, known.transactionRecordId, known.prepayId);
        const other = transactionIdOf(known.prepayId.slice('pre-'.length));
        const { merchandiseId, transactionRecordId, prepayId } = await begin();
        const paid = payment(other);
        provider.told = { status: 'paid', ...paid };
        await find(transactionRecordId, prepayId);
        expect(await stateOf(transactionRecordId)).to.equal('failed');
        expect(await stateOf(known.transactionRecordId)).to.equal('success');
        expect(await shop.stock(merchandiseId)).to.equal(5);
        const { knex } = shop.host.palestra.database();
        const due = await knex('transaction_refund').select();
        expect(
          due.map(({ record_id, transaction_id, price_amount, price_currency, state }) => ({
            record_id,
            transaction_id,
            price_amount,
            price_currency,
            state,
          })),
        ).to.deep.equal([
          {
            record_id: Number(transactionRecordId),
            transaction_id: paid.transactionId,
            price_amount: paid.amount,
            price_currency: paid.currency,
            state: 'due',
          },
        ]);
        const entries = await knex('audit_entry')
          .where('object', `transaction_record/${Number(transactionRecordId)}`)
          .pluck('action');
        expect(entries.sort()).to.deep.equal(['transaction.decline', 'transaction.perform', 'transaction.refund_due']);
        const asked = provider.calls.query;
        for (let cycle = 0; cycle < 3; cycle++) {
          shop.clock.advance(31 * minute);
          await shop.reconcile();
        }
        expect(provider.calls.query, 'not asked about again').to.equal(asked);
        expect(await violations(shop.host.palestra.database())).to.deep.equal([]);
      });
    }
  }

  it('notes a second, different payment of a paid record as due', async () => {
    const { transactionRecordId, prepayId } = await begin();
    provider.pay(prepayId);
    const settle = shop.host.palestra.database();
    await shop.verify(buyer, transactionRecordId, prepayId);
    await settle.knex('transaction_record').where('id', Number(transactionRecordId)).update({ check_at: 0 });
    provider.told = { status: 'paid', transactionId: 'twice', ...price };
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('success');
    expect(await refunds()).to.deep.equal([{ transaction_id: 'twice', state: 'due' }]);
  });

  it('ends a success whose time is over', async () => {
    const { transactionRecordId, prepayId } = await begin({ expiryInfo: { duration: 600 } });
    provider.pay(prepayId);
    await shop.verify(buyer, transactionRecordId, prepayId);
    shop.clock.advance(9 * minute);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('success');
    shop.clock.advance(2 * minute);
    await shop.reconcile();
    expect(await stateOf(transactionRecordId)).to.equal('expired');
  });

  it('takes more than a batch in one cycle', async function () {
    this.timeout(60_000);
    const merchandiseId = await shop.sell({ stock: 120 });
    await Promise.all(Array.from({ length: 120 }, () => perform(merchandiseId)));
    for (const [outTradeNo] of provider.orders) provider.pay(`pre-${outTradeNo}`);
    shop.clock.advance(31_000);
    await shop.reconcile();
    const [row] = await shop.host.palestra
      .database()
      .knex('transaction_record')
      .where('state', 'success')
      .count({ records: '*' });
    expect(Number(row?.records)).to.equal(120);
  });

  it('is done by one of several instances, and by another when that one is gone', async () => {
    const database = shop.host.palestra.database();
    const first = createLease({ database, clock: shop.clock, table: 'transaction_lease', name: 'test' });
    const second = createLease({ database, clock: shop.clock, table: 'transaction_lease', name: 'test' });
    const held = await Promise.all([first.hold(), second.hold()]);
    expect(held.sort()).to.deep.equal([false, true]);
    const [holder, waiter] = (await first.hold()) ? [first, second] : [second, first];
    shop.clock.advance(leaseMs - 1_000);
    expect(await waiter.hold()).to.equal(false);
    expect(await holder.hold(), 'renewed').to.equal(true);
    shop.clock.advance(leaseMs + 1);
    expect(await waiter.hold(), 'taken over').to.equal(true);
    expect(await holder.hold()).to.equal(false);
    await waiter.release();
    expect(await holder.hold()).to.equal(true);
  });

  it('goes on after the holder crashed with a clock that was hours ahead', async () => {
    const database = shop.host.palestra.database();
    let ahead = 2 * 60 * minute;
    const crashed = createLease({
      database,
      clock: { now: () => Date.now() + ahead },
      table: 'transaction_lease',
      name: 'ahead',
    });
    expect(await crashed.hold()).to.equal(true);
    ahead = 0;
    const next = createLease({ database, clock: { now: () => Date.now() }, table: 'transaction_lease', name: 'ahead' });
    expect(await next.hold()).to.equal(true);
    const other = createLease({
      database,
      clock: { now: () => Date.now() - leaseMs / 2 },
      table: 'transaction_lease',
      name: 'ahead',
    });
    expect(await other.hold(), 'a clock that is half a lease behind').to.equal(false);
  });

  it('does not keep the host from stopping while a provider is silent', async () => {
    const { transactionRecordId, prepayId } = await begin();
    const merchandiseId = await shop.sell();
    shop.clock.advance(31_000);
    provider.trouble = () => new Promise(() => {});
    const reconciling = shop.reconcile();
    const calls = Promise.all([perform(merchandiseId), shop.verify(buyer, transactionRecordId, prepayId)]);
    await pollUntil(() => provider.calls.query >= 2 && provider.calls.prepay >= 2);
    const began = performance.now();
    await shop.host.stop();
    expect(performance.now() - began).to.be.below(5_000);
    expect((await calls).map(({ status, text }) => (status === 503 ? 503 : text))).to.deep.equal([503, 503]);
    expect(await reconciling).to.equal(true);
    shop = await openShop();
  });
});

async function pollUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
