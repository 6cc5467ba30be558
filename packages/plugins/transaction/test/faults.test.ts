/**
 * The fault table: every SQL statement of each flow meets every fault, a third of them in the short form; the caller
 * sends the same call again until it knows. Whatever happened in between, it happened once, and no invariant is violated.
 */
import { randomUUID } from 'node:crypto';
import type { Intercept } from '@palestra/server';
import { type Account, type Answer, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { long, scaled, seed } from './support/scale.js';
import { openShop, type Shop } from './support/shop.js';

interface Fault {
  readonly name: string;
  readonly phase: 'before' | 'after';
  readonly error: () => Error;
}

const driverError = (facts: object) => () => Object.assign(new Error('injected'), facts);
const lostConnection = driverError({ code: 'PROTOCOL_CONNECTION_LOST', errno: 2013, fatal: true });

const faults: readonly Fault[] = [
  { name: '1213', phase: 'before', error: driverError({ errno: 1213 }) },
  { name: '1205', phase: 'before', error: driverError({ errno: 1205 }) },
  { name: '1020', phase: 'before', error: driverError({ errno: 1020 }) },
  { name: 'SQLITE_BUSY', phase: 'before', error: driverError({ code: 'SQLITE_BUSY' }) },
  { name: 'cut before', phase: 'before', error: lostConnection },
  { name: 'done, then cut', phase: 'after', error: lostConnection },
];

/** Throws once, at the n-th statement since it was armed. */
class Saboteur {
  #left = 0;
  #fault: Fault | undefined;
  fired = false;

  readonly intercept: Intercept = (_sql, phase) => {
    if (!this.#fault || phase !== this.#fault.phase) return;
    this.#left -= 1;
    if (this.#left > 0) return;
    const { error } = this.#fault;
    this.#fault = undefined;
    this.fired = true;
    throw error();
  };

  arm(fault: Fault, statement: number): void {
    this.#fault = fault;
    this.#left = statement;
    this.fired = false;
  }

  disarm(): void {
    this.#fault = undefined;
  }
}

/** Of three faults one in the short form: another one at the next statement, in the next flow and on the other database. */
function faultsAt(statement: number, flow: number, database: string): readonly Fault[] {
  if (long) return faults;
  const turn = statement + flow + seed + (database === 'SQLite' ? 0 : 1);
  return faults.filter((_, at) => (at + turn) % 3 === 0);
}

describeOnEachDatabase(`the fault table (seed ${seed})`, (fresh, database) => {
  const saboteur = new Saboteur();
  let shop: Shop;
  let buyer: Account;
  before(async function () {
    this.timeout(60_000);
    shop = await openShop({
      database: await fresh(),
      intercept: saboteur.intercept,
      config: { identity: { userTokenSeconds: 86_400 } },
    });
    buyer = await shop.host.account();
  });
  after(() => shop.host.stop());
  afterEach(() => saboteur.disarm());

  /** Each gives the call under test, which may be sent again, and how to tell that it happened once. */
  const flows: Readonly<Record<string, () => Promise<{ call: () => Promise<Answer>; once: () => Promise<void> }>>> = {
    async perform() {
      const merchandiseId = await shop.sell({ stock: 5 });
      const headers = { 'idempotency-key': randomUUID() };
      return {
        call: () => shop.perform(buyer, merchandiseId, headers),
        async once() {
          const records = await recordsOf(merchandiseId);
          expect(records.map(({ state }) => state)).to.deep.equal(['pending']);
          expect(await shop.stock(merchandiseId)).to.equal(4);
        },
      };
    },
    async verify() {
      const { merchandiseId, transactionRecordId, prepayId } = await begun();
      return {
        call: () => shop.verify(buyer, transactionRecordId, prepayId),
        async once() {
          const records = await recordsOf(merchandiseId);
          expect(records.map(({ state }) => state)).to.deep.equal(['success']);
          expect(await shop.stock(merchandiseId)).to.equal(4);
        },
      };
    },
    async cancel() {
      const { merchandiseId, transactionRecordId } = await begun();
      return {
        call: () => shop.cancel(buyer, transactionRecordId),
        async once() {
          const records = await recordsOf(merchandiseId);
          expect(records.map(({ state }) => state)).to.deep.equal(['canceled']);
          expect(await shop.stock(merchandiseId)).to.equal(5);
        },
      };
    },
    async use() {
      const merchandiseId = await shop.sell({ stock: 5, count: 1 });
      const transactionRecordId = await shop.buy(buyer, merchandiseId);
      const headers = { 'idempotency-key': randomUUID() };
      return {
        call: () => shop.visit({ transactionRecordId, merchandiseId }, headers),
        async once() {
          const records = await recordsOf(merchandiseId);
          expect(records).to.have.length(1);
          expect(records[0]).to.include({ state: 'expired', count: 0 });
        },
      };
    },
    async free() {
      const merchandiseId = await shop.sell({ stock: 5, price: { amount: 0, currency: 'EUR' } });
      const headers = { 'idempotency-key': randomUUID() };
      return {
        call: () => shop.perform(buyer, merchandiseId, headers),
        async once() {
          const records = await recordsOf(merchandiseId);
          expect(records.map(({ state }) => state)).to.deep.equal(['success']);
          expect(await shop.stock(merchandiseId)).to.equal(4);
        },
      };
    },
    refund: () => refunding(undefined, { state: 'refunded', refunded_amount: 4900 }, 5),
    ...(long && { 'refund in part': () => refunding(900, { state: 'success', refunded_amount: 900 }, 4) }),
  };

  async function refunding(amount: number | undefined, record: object, stock: number) {
    const merchandiseId = await shop.sell({ stock: 5 });
    const transactionRecordId = await shop.buy(buyer, merchandiseId);
    const headers = { 'idempotency-key': randomUUID() };
    const json = { transactionRecordId, ...(amount && { amount }) };
    return {
      call: () => shop.host.request('POST', '/api/refund_transaction', { token: shop.owner.token, json, headers }),
      async once() {
        const { knex } = shop.host.palestra.database();
        // A refund that is on its way is finished by the reconciler.
        await knex('transaction_refund').where('state', 'pending').update({ check_at: 0 });
        await shop.reconcile();
        expect((await recordsOf(merchandiseId))[0]).to.include(record);
        expect(await shop.stock(merchandiseId)).to.equal(stock);
        expect(await knex('transaction_refund').where('record_id', Number(transactionRecordId))).to.have.length(1);
      },
    };
  }

  async function begun() {
    const merchandiseId = await shop.sell({ stock: 5 });
    const { body } = await shop.perform(buyer, merchandiseId);
    return { merchandiseId, ...(body.data as { transactionRecordId: string; prepayId: string }) };
  }

  const recordsOf = (merchandiseId: string): Promise<{ state: string; count: number }[]> =>
    shop.host.palestra.database().knex('transaction_record').where('merchandise_id', Number(merchandiseId));

  /** As a client does: until the answer is neither "later" nor "outcome unknown". */
  async function untilKnown(call: () => Promise<Answer>): Promise<Answer> {
    for (let sent = 0; sent < 10; sent++) {
      const answer = await call();
      if (answer.status < 400) return answer;
      expect([409, 503], answer.text).to.include(answer.status);
      expect(answer.headers.get('retry-after') ?? answer.body.exceptionType, answer.text).to.match(
        /^\d+$|^OutcomeUnknownError$/,
      );
      // A claim whose holder could not give it back is taken over when its lease has ended.
      if (answer.status === 409) shop.clock.advance(61_000);
    }
    throw new Error('Ten calls, and the outcome is still unknown.');
  }

  for (const [flow, [name, prepare]] of Object.entries(flows).entries()) {
    it(`${name}: once, whatever befalls any of its statements`, async function () {
      this.timeout(scaled(60_000, 600_000));
      const met = new Map<string, number>();
      for (let statement = 1, firing = true; firing; statement++) {
        for (const fault of faultsAt(statement, flow, database)) {
          const { call, once } = await prepare();
          saboteur.arm(fault, statement);
          const answer = await untilKnown(call);
          saboteur.disarm();
          const where = `${fault.name} at statement ${statement}: ${answer.text}`;
          expect(answer.status, where).to.be.below(300);
          await once();
          firing = saboteur.fired;
          if (!firing) break;
          met.set(fault.name, (met.get(fault.name) ?? 0) + 1);
          if (long) expect(await violations(shop.host.palestra.database()), where).to.deep.equal([]);
        }
      }
      for (const fault of faults)
        expect(met.get(fault.name), `statements that met ${fault.name}`).to.be.at.least(scaled(1, 5));
      expect(await violations(shop.host.palestra.database())).to.deep.equal([]);
    });
  }
});
