/** The client buys through a proxy that loses every third reply: each purchase is made once all the same. */
import { createClient, isClientError, memoryTokens } from '@palestra/client';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { violations } from './support/invariants.js';
import { LedgerProvider } from './support/ledger-provider.js';
import { type LossyProxy, startLossyProxy } from './support/lossy-proxy.js';
import { inParallel, randomFrom, range, scaled, seed } from './support/scale.js';
import { openShop, type Shop } from './support/shop.js';

const purchases = scaled(60, 1_000);

describeOnEachDatabase(`${purchases} purchases of which 30 % of the replies are lost (seed ${seed})`, (fresh) => {
  const provider = new LedgerProvider();
  let shop: Shop;
  let buyer: Account;
  let proxy: LossyProxy;
  before(async function () {
    this.timeout(60_000);
    shop = await openShop({ database: await fresh(), providers: [provider] });
    buyer = await shop.host.account();
    proxy = await startLossyProxy(shop.host.url, 30, randomFrom(seed));
  });
  after(async () => {
    await proxy.close();
    await shop.host.stop();
  });

  it('are as many records, and as many orders and payments at the provider', async function () {
    this.timeout(300_000);
    const client = createClient({
      baseUrl: proxy.url,
      tokens: memoryTokens({ accessToken: buyer.token }),
      retry: { attempts: 50, baseMs: 5, capMs: 50 },
    });
    const merchandiseId = await shop.sell({ stock: purchases });
    const acked: number[] = [];
    await inParallel(range(purchases), 8, async () => {
      const begun = await client.transaction.perform({ merchandiseId, paymentMethod: 'ledger' });
      provider.pay(begun.prepayId);
      const { transactionRecordId } = begun;
      const proof = { transactionRecordId, transactionId: 'whatever it says' };
      const paid = await untilAnswered(() => client.transaction.verify(proof));
      expect(paid.transactionState).to.equal('success');
      acked.push(Number(transactionRecordId));
    });
    const database = shop.host.palestra.database();
    expect(proxy.lost, 'replies lost').to.be.above(purchases / 5);
    expect(new Set(acked)).to.have.property('size', purchases);
    expect(provider.orders).to.have.property('size', purchases);
    expect(provider.calls.prepay, 'orders sent to the provider').to.equal(purchases);
    expect(await shop.stock(merchandiseId)).to.equal(0);
    const expected = {
      performed: { acked, unknown: 0 },
      captured: provider.captured(),
      stock: new Map([[Number(merchandiseId), purchases]]),
    };
    expect(await violations(database, expected)).to.deep.equal([]);
  });
});

/** As an app repeats what the client does not: verifying again gives the same answer. */
async function untilAnswered<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!isClientError(error) || !error.retryable) throw error;
    return untilAnswered(call);
  }
}
