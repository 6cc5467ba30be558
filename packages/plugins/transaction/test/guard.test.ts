/** Calls to a provider in trouble: few, short, and soon none; everybody else is served meanwhile. */
import { isPalestraError } from '@palestra/core';
import { expect } from 'chai';
import { guarded } from '../src/providers/guard.js';
import { LedgerProvider, refused, unreachable } from './support/ledger-provider.js';
import { long, range } from './support/scale.js';
import { openShop, TestClock } from './support/shop.js';

const order = { outTradeNo: 'a', amount: 1, currency: 'EUR', prepayId: 'pre-a', description: 'x', expiresAt: 0 };

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return 'none';
  } catch (error) {
    return isPalestraError(error) ? error.fact.code : (error as Error).name;
  }
}

describe('a guarded provider', () => {
  let provider: LedgerProvider;
  let clock: TestClock;
  let guard: ReturnType<typeof guarded>;
  beforeEach(() => {
    provider = new LedgerProvider();
    clock = new TestClock();
    guard = guarded(provider, { clock, stopping: new AbortController().signal, pauseMs: 1 });
  });

  it('is asked three times at most, for the same order', async () => {
    provider.trouble = unreachable;
    expect(await codeOf(guard.prepay(order))).to.equal('bad_gateway');
    expect(provider.calls.prepay).to.equal(3);
    let left = 2;
    provider.trouble = () => (left-- > 0 ? unreachable() : Promise.resolve());
    expect(await guard.prepay(order)).to.equal('pre-a');
    expect(provider.orders).to.have.property('size', 1);
  });

  it('is asked again after a pause, and after a longer one', async () => {
    const patient = guarded(provider, { clock, stopping: new AbortController().signal, pauseMs: 40 });
    const asked: number[] = [];
    provider.trouble = () => {
      asked.push(performance.now());
      return unreachable();
    };
    await codeOf(patient.prepay(order));
    const [first = 0, second = 0, third = 0] = asked;
    expect(second - first).to.be.at.least(19);
    expect(third - second).to.be.at.least(39);
  });

  it('is not asked again for what it refuses', async () => {
    provider.trouble = refused;
    expect(await codeOf(guard.prepay(order))).to.equal('ProviderError');
    expect(provider.calls.prepay).to.equal(1);
  });

  it('is left alone after ten failures for half a minute; then one call finds out', async () => {
    provider.trouble = unreachable;
    while (provider.calls.query < 10) await codeOf(guard.query(order));
    const asked = provider.calls.query;
    expect(asked).to.be.within(10, 12);
    for (const _ of range(20)) expect(await codeOf(guard.query(order))).to.equal('unavailable');
    expect(provider.calls.query).to.equal(asked);
    clock.advance(30_001);
    await Promise.all(range(3).map(() => codeOf(guard.query(order))));
    expect(provider.calls.query, 'one of three at once').to.equal(asked + 1);
    provider.trouble = undefined;
    clock.advance(30_001);
    expect(await codeOf(guard.query(order))).to.equal('none');
    expect(await codeOf(guard.query(order)), 'closed again').to.equal('none');
  });

  it('costs a tenth more calls by further tries, not three times as many', async function () {
    this.timeout(60_000);
    let calls = 0;
    // Every other call fails, so that the breaker stays closed.
    provider.trouble = () => (calls++ % 2 === 0 ? unreachable() : Promise.resolve());
    const made = 200;
    for (let at = 0; at < made; at += 50) await Promise.all(range(50).map(() => codeOf(guard.query(order))));
    expect(provider.calls.query - made).to.be.within(1, 10 + made / 10);
  });

  it('that stalls is given up in time, three times', async () => {
    const impatient = guarded(provider, { clock, stopping: new AbortController().signal, timeoutMs: 50, pauseMs: 1 });
    const signals: boolean[] = [];
    provider.query = (_order, _claim, signal) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(new Error(String(signals.push(true))))),
      );
    const began = performance.now();
    expect(await codeOf(impatient.query(order))).to.equal('bad_gateway');
    expect(performance.now() - began).to.be.within(150, 5_000);
    expect(signals, 'calls told to end').to.have.length(3);
  });

  it('is given up at once when the host stops, and not called any more', async () => {
    const stopping = new AbortController();
    const silent = guarded(provider, { clock, stopping: stopping.signal });
    provider.trouble = () => new Promise(() => {});
    const began = performance.now();
    const waiting = [silent.query(order), silent.prepay(order), silent.close(order)].map(codeOf);
    while (provider.calls.close === 0) await new Promise(setImmediate);
    stopping.abort();
    expect(await Promise.all(waiting)).to.deep.equal(Array(3).fill('unavailable'));
    // A call that is not given up takes 5 s.
    expect(performance.now() - began).to.be.below(4_500);
    expect(await codeOf(silent.query(order))).to.equal('unavailable');
    expect(provider.calls.query).to.equal(1);
  });

  const nonsense: readonly (readonly [string, unknown])[] = [
    ['no transaction id', { status: 'paid', amount: 1, currency: 'EUR' }],
    [
      'a transaction id that is too long',
      { status: 'paid', transactionId: 'x'.repeat(129), amount: 1, currency: 'EUR' },
    ],
    ['a transaction id of other characters', { status: 'paid', transactionId: '支付', amount: 1, currency: 'EUR' }],
    ['a negative amount', { status: 'paid', transactionId: 'x', amount: -1, currency: 'EUR' }],
    ['half a cent', { status: 'paid', transactionId: 'x', amount: 0.5, currency: 'EUR' }],
    ['no currency', { status: 'paid', transactionId: 'x', amount: 1 }],
  ];
  for (const [what, told] of nonsense) {
    it(`is not believed when it answers ${what}`, async () => {
      provider.told = told as LedgerProvider['told'];
      expect(await codeOf(guard.query(order))).to.equal('bad_gateway');
    });
  }

  // 8 s.
  (long ? it : it.skip)(
    'that stalls holds up no other route, and its own callers for 8 s at most (npm run test:races)',
    async function (this: Mocha.Context) {
      this.timeout(30_000);
      const shop = await openShop({ providers: [provider] });
      try {
        const buyer = await shop.host.account();
        const merchandiseId = await shop.sell();
        provider.trouble = () => new Promise(() => {});
        const began = performance.now();
        const stalled = shop.host
          .request('POST', '/api/perform_transaction', {
            token: buyer.token,
            json: { merchandiseId, paymentMethod: 'ledger' },
          })
          .then(({ status }) => [status, performance.now() - began] as const);
        const times: number[] = [];
        for (const _ of range(100)) {
          const start = performance.now();
          const { status } = await shop.host.request('GET', '/api/merchandise', { token: buyer.token });
          expect(status).to.equal(200);
          times.push(performance.now() - start);
        }
        expect(times.sort((a, b) => a - b)[98]).to.be.below(500);
        const [status, waited] = await stalled;
        expect(status).to.equal(502);
        expect(waited).to.be.within(7_000, 9_500);
        expect(provider.calls.prepay).to.equal(2);
      } finally {
        await shop.host.stop();
      }
    },
  );
});
