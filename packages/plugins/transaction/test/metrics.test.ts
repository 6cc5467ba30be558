/** What transactions show on `/metrics`. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { LedgerProvider } from './support/ledger-provider.js';
import { openShop, type Shop } from './support/shop.js';
import { FakeWechatPay } from './support/wechat-pay.js';

/** Without its private key, which was not kept. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBkTCCATegAwIBAgIUHLT9Kz4Sz+8XI6FJchhxjXQG8CowCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTV2VDaGF0IFBheSBwbGF0Zm9ybTAeFw0yNjExMjEyMTU0NTRa
Fw0zNTAyMDcyMTU0NTRaMB4xHDAaBgNVBAMME1dlQ2hhdCBQYXkgcGxhdGZvcm0w
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEpKJRAlxJN1fy738kh2RIrKKSfzjg
LVd0YGEBkrbpohnWHhXTYbuxJBJ2G9Sw8/FVcA4q6C+xEfUiYo/qRncmo1MwUTAd
BgNVHQ4EFgQU7YazMDnVgFIrRqze2IOpl8SEYxIwHwYDVR0jBBgwFoAU7YazMDnV
gFIrRqze2IOpl8SEYxIwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBF
AiACp5FE4/q4r+6s4x7pfTFsEAI8aH2cPdBz7m5XBQoxiwIhAP/u6AxF+k1Oj3sp
MZr65lVCE/8W5IqAeqStKYWNEfn8
-----END CERTIFICATE-----`;

describeOnEachDatabase('metrics of transactions', (fresh) => {
  let wechat: FakeWechatPay;
  let shop: Shop;
  let buyer: Account;
  before(async () => {
    wechat = new FakeWechatPay();
    await wechat.start();
    const platformKeys = [{ serial: 'CERT01', key: certificate }, ...wechat.config().platformKeys];
    shop = await openShop({
      database: await fresh(),
      background: false,
      providers: [new LedgerProvider()],
      config: { transaction: { wechat: wechat.config({ platformKeys }) } },
    });
    buyer = await shop.host.account();
  });
  after(async () => {
    await shop.host.stop();
    await wechat.stop();
  });

  const series = async (name: string) => {
    const { text } = await shop.host.request('GET', '/metrics');
    const found = text.split('\n').filter((line) => line.startsWith(`palestra_transaction_${name}{`));
    return new Map(found.map((line) => [/"(.*)"/.exec(line)?.[1], Number(line.split(' ')[1])]));
  };

  it('tell how long what is due has waited for the reconciler', async () => {
    const lags = () => series('reconciler_lag_seconds');
    expect(Object.fromEntries(await lags())).to.deep.equal({ payment: 0, refund: 0, expiry: 0 });
    const merchandiseId = await shop.sell({ stock: 5 });
    await shop.host.request('POST', '/api/perform_transaction', {
      token: buyer.token,
      json: { merchandiseId, paymentMethod: 'ledger' },
    });
    // It is due half a minute after it was begun.
    expect((await lags()).get('payment')).to.equal(0);
    shop.clock.advance(330_000);
    expect((await lags()).get('payment')).to.be.within(299, 330);
    await shop.reconcile();
    expect((await lags()).get('payment')).to.equal(0);
  });

  it('tell when a certificate of WeChat Pay expires, and nothing of a bare key', async () => {
    const expiry = await series('wechat_certificate_expiry_timestamp_seconds');
    expect([...expiry]).to.deep.equal([['CERT01', Date.UTC(2035, 1, 7, 21, 54, 54) / 1000]]);
  });
});
