/** Refunds: wholly or in part, never more than was paid, once however often and by however many they are requested. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { LedgerProvider, refused, transactionIdOf, unreachable } from './support/ledger-provider.js';
import { openShop, type Shop } from './support/shop.js';

const price = 4900;

describeOnEachDatabase('a refund', (fresh) => {
  let provider: LedgerProvider;
  let shop: Shop;
  let buyer: Account;
  let admin: Account;
  before(async () => {
    provider = new LedgerProvider();
    shop = await openShop({ database: await fresh(), providers: [provider] });
    buyer = await shop.host.account();
    admin = await shop.host.account('admin');
  });
  beforeEach(() => {
    provider.trouble = undefined;
    provider.refundStatus = 'refunded';
    // A breaker that is still open from another case would answer for the provider.
    shop.clock.advance(31_000);
  });
  after(() => shop.host.stop());

  const refund = (json: object, headers: Record<string, string> = {}, { token } = shop.owner) =>
    shop.host.request('POST', '/api/refund_transaction', { token, json, headers });

  async function begin(fields: object = {}) {
    const merchandiseId = await shop.sell({ stock: 5, count: 3, ...fields });
    const json = { merchandiseId, paymentMethod: 'ledger' };
    const { body, text } = await shop.host.request('POST', '/api/perform_transaction', { token: buyer.token, json });
    if (!body.success) throw new Error(text);
    return { merchandiseId, ...(body.data as { transactionRecordId: string; prepayId: string }) };
  }

  async function buy(fields: object = {}) {
    const { merchandiseId, transactionRecordId, prepayId } = await begin(fields);
    provider.pay(prepayId);
    const paid = await shop.verify(buyer, transactionRecordId, 'x');
    if (paid.status !== 200) throw new Error(paid.text);
    const transactionId = transactionIdOf(prepayId.slice('pre-'.length));
    return { merchandiseId, transactionRecordId, transactionId };
  }

  async function recordOf(id: string) {
    return (await shop.host.request('GET', `/api/transaction_record/${id}`, { token: buyer.token })).body.data;
  }

  async function soundly(): Promise<void> {
    const givenBack = new Map([...provider.refunds].map(([refundNo, { amount }]) => [refundNo, amount]));
    const found = await violations(shop.host.palestra.database(), { captured: provider.captured(), givenBack });
    expect(found).to.deep.equal([]);
  }

  it('of all ends the record, gives its stock back and makes its visits void', async () => {
    const { merchandiseId, transactionRecordId, transactionId } = await buy();
    await shop.visit({ transactionRecordId, merchandiseId });
    const { qr } = await recordOf(transactionRecordId);
    expect(await shop.stock(merchandiseId)).to.equal(4);
    for (const _ of [1, 2]) {
      const answer = await refund({ transactionRecordId });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body.data).to.deep.include({ transactionState: 'refunded', refundedAmount: price, visitCount: 1 });
    }
    expect(provider.givenBack(transactionId)).to.equal(price);
    expect(await shop.stock(merchandiseId)).to.equal(5);
    for (const ticket of [{ transactionRecordId }, { qr }]) {
      const refusedVisit = await shop.visit({ ...ticket, merchandiseId });
      expect([refusedVisit.status, refusedVisit.body.exceptionMessage]).to.deep.equal([
        409,
        'The transaction is refunded',
      ]);
    }
    expect(await recordOf(transactionRecordId)).not.to.have.property('qr');
    const verified = await shop.verify(buyer, transactionRecordId, 'x');
    expect(verified.body.data, 'verified again').to.deep.include({ transactionState: 'refunded' });
    expect((await shop.cancel(buyer, transactionRecordId)).status).to.equal(409);
    await soundly();
  });

  it('of a part leaves the rest usable; parts never exceed what was paid', async () => {
    const { merchandiseId, transactionRecordId, transactionId } = await buy();
    const first = await refund({ transactionRecordId, amount: 900 });
    expect(first.body.data).to.deep.include({ transactionState: 'success', refundedAmount: 900 });
    expect((await shop.visit({ transactionRecordId, merchandiseId })).status).to.equal(200);
    const tooMuch = await refund({ transactionRecordId, amount: 4001 });
    expect([tooMuch.status, tooMuch.body.exceptionMessage]).to.deep.equal([409, 'At most 4000 is left to give back']);
    const last = await refund({ transactionRecordId, amount: 4000 });
    expect(last.body.data).to.deep.include({ transactionState: 'refunded', refundedAmount: price });
    expect((await refund({ transactionRecordId, amount: 1 })).status).to.equal(409);
    expect(provider.givenBack(transactionId)).to.equal(price);
    await soundly();
  });

  it('is for the gym that sold it, and for admins; for others the record does not exist', async () => {
    const { transactionRecordId } = await buy();
    const other = await shop.host.account('operator');
    await shop.host.operate('/api/gym', other.token, 'create', { name: `Gym ${other.username}` });
    expect((await refund({ transactionRecordId }, {}, other)).status).to.equal(404);
    expect((await refund({ transactionRecordId }, {}, await shop.host.account('coach'))).status).to.equal(404);
    expect((await refund({ transactionRecordId }, {}, buyer)).status).to.equal(403);
    expect((await recordOf(transactionRecordId)).refundedAmount).to.equal(0);
    expect((await refund({ transactionRecordId }, {}, admin)).status).to.equal(200);
  });

  it('is refused for what is not a success', async () => {
    const messages: string[] = [];
    const pending = await begin();
    messages.push((await refund(pending)).body.exceptionMessage);
    const { transactionRecordId } = pending;
    messages.push((await refund({ transactionRecordId })).body.exceptionMessage);
    await shop.cancel(buyer, transactionRecordId);
    messages.push((await refund({ transactionRecordId })).body.exceptionMessage);
    const used = await buy({ count: 1 });
    await shop.visit({ transactionRecordId: used.transactionRecordId, merchandiseId: used.merchandiseId });
    messages.push((await refund({ transactionRecordId: used.transactionRecordId })).body.exceptionMessage);
    expect(messages.slice(1)).to.deep.equal([
      'The transaction is pending',
      'The transaction is canceled',
      'The transaction is expired',
    ]);
    for (const amount of [0, -1, 0.5, '1']) {
      expect((await refund({ transactionRecordId, amount })).status).to.equal(400);
    }
    expect((await refund({ transactionRecordId: '999999999999' })).status).to.equal(404);
  });

  it('under one key is one refund, under another key another one', async () => {
    const { transactionRecordId, transactionId } = await buy();
    const headers = { 'idempotency-key': randomUUID() };
    const json = { transactionRecordId, amount: 1_000 };
    const answers = await Promise.all(Array.from({ length: 6 }, () => refund(json, headers)));
    expect(new Set(answers.map(({ status }) => status).filter((status) => status !== 409))).to.deep.equal(
      new Set([200]),
    );
    expect((await refund(json, headers)).status).to.equal(200);
    expect(provider.givenBack(transactionId)).to.equal(1_000);
    await refund(json, { 'idempotency-key': randomUUID() });
    expect(provider.givenBack(transactionId)).to.equal(2_000);
    await soundly();
  });

  it('under one key is one refund, though the server that began it died', async () => {
    const { transactionRecordId, transactionId } = await buy();
    const headers = { 'idempotency-key': randomUUID() };
    const json = { transactionRecordId, amount: 1_000 };
    // It is begun, and never answered: as good as dead.
    let asked = false;
    provider.trouble = () => {
      asked = true;
      return new Promise(() => {});
    };
    void refund(json, headers).catch(() => undefined);
    while (!asked) await sleep(5);
    provider.trouble = undefined;
    const { knex } = shop.host.palestra.database();
    await knex('idempotency_key').update({ leased_until: 0 });
    const again = await refund(json, headers);
    expect(again.status, again.text).to.equal(200);
    expect((await recordOf(transactionRecordId)).refundedAmount).to.equal(1_000);
    expect(provider.givenBack(transactionId)).to.equal(1_000);
    expect(await knex('transaction_refund').where('record_id', Number(transactionRecordId))).to.have.length(1);
    await soundly();
  });

  it('is on its way while the provider cannot be asked; the reconciler finishes it', async () => {
    const { merchandiseId, transactionRecordId, transactionId } = await buy();
    provider.trouble = unreachable;
    for (const _ of [1, 2]) {
      const answer = await refund({ transactionRecordId });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body.data).to.deep.include({ transactionState: 'success', refundedAmount: price });
    }
    expect(await recordOf(transactionRecordId)).not.to.have.property('qr');
    const visit = await shop.visit({ transactionRecordId, merchandiseId });
    expect([visit.status, visit.body.exceptionMessage]).to.deep.equal([409, 'The transaction is being refunded']);
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect((await recordOf(transactionRecordId)).transactionState).to.equal('success');
    provider.trouble = undefined;
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect((await recordOf(transactionRecordId)).transactionState).to.equal('refunded');
    expect(provider.givenBack(transactionId)).to.equal(price);
    await soundly();
  });

  it('that the provider only processes ends the record when it has given the money back', async () => {
    const { transactionRecordId } = await buy({ expiryInfo: { duration: 60 } });
    provider.refundStatus = 'processing';
    await refund({ transactionRecordId });
    shop.clock.advance(120_000);
    await shop.reconcile();
    expect((await recordOf(transactionRecordId)).transactionState, 'not expired meanwhile').to.equal('success');
    provider.refundStatus = 'refunded';
    shop.clock.advance(31_000);
    await shop.reconcile();
    expect((await recordOf(transactionRecordId)).transactionState).to.equal('refunded');
    await soundly();
  });

  it('that the provider refuses leaves the record as it was', async () => {
    const { merchandiseId, transactionRecordId } = await buy();
    provider.trouble = refused;
    const answer = await refund({ transactionRecordId });
    expect([answer.status, answer.body.exceptionMessage]).to.deep.equal([
      409,
      'The payment provider refuses the refund',
    ]);
    provider.trouble = undefined;
    expect(await recordOf(transactionRecordId)).to.deep.include({ transactionState: 'success', refundedAmount: 0 });
    expect((await shop.visit({ transactionRecordId, merchandiseId })).status).to.equal(200);
    expect((await refund({ transactionRecordId })).body.data.transactionState).to.equal('refunded');
    await soundly();
  });

  it('never exceeds what was paid, however many give back and admit at once', async () => {
    const { merchandiseId, transactionRecordId, transactionId } = await buy({ count: 100 });
    const calls = Array.from({ length: 30 }, (_, at) =>
      at % 3 === 0
        ? shop.visit({ transactionRecordId, merchandiseId })
        : refund({ transactionRecordId, amount: 500 }, {}, at % 2 ? shop.owner : admin),
    );
    const answers = await Promise.all(calls);
    expect(answers.filter(({ status }) => status !== 200 && status !== 409).map(({ text }) => text)).to.deep.equal([]);
    const refunds = answers.filter((_, at) => at % 3 !== 0);
    expect(refunds.filter(({ status }) => status === 200)).to.have.length(9);
    expect(provider.givenBack(transactionId)).to.equal(4_500);
    const whole = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        at % 2 ? refund({ transactionRecordId }) : shop.visit({ transactionRecordId, merchandiseId }),
      ),
    );
    for (const { status, text } of whole.filter((_, at) => at % 2)) expect(status, text).to.equal(200);
    expect(provider.givenBack(transactionId)).to.equal(price);
    expect((await recordOf(transactionRecordId)).transactionState).to.equal('refunded');
    await soundly();
  });

  it('of two last parts that end at once ends the record', async () => {
    const { transactionRecordId } = await buy();
    await Promise.all([2_400, 2_500].map((amount) => refund({ transactionRecordId, amount })));
    expect((await recordOf(transactionRecordId)).transactionState).to.equal('refunded');
    await soundly();
  });
});
