/** The environment of payments becomes the configuration of the transaction plugin, or says what is missing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readPayments } from '../../src/cli/payments.js';

describe('payments of the environment', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-payments-'));
    writeFileSync(join(folder, 'merchant'), 'the merchant key');
    writeFileSync(join(folder, 'platform'), 'the platform key');
  });
  after(() => rmSync(folder, { recursive: true }));

  const wechat = () => ({
    PALESTRA_WECHAT_APP_ID: 'wx1',
    PALESTRA_WECHAT_MERCHANT_ID: '1900000001',
    PALESTRA_WECHAT_MERCHANT_SERIAL: 'M1',
    PALESTRA_WECHAT_MERCHANT_KEY_FILE: join(folder, 'merchant'),
    PALESTRA_WECHAT_API_KEY: 'k'.repeat(32),
    PALESTRA_WECHAT_PLATFORM_SERIAL: 'P1',
    PALESTRA_WECHAT_PLATFORM_KEY_FILE: join(folder, 'platform'),
    PALESTRA_PUBLIC_URL: 'https://club.example/',
  });

  it('say nothing unless told', () => {
    expect(readPayments({})).to.deep.equal({});
    expect(readPayments({ PALESTRA_SANDBOX_PAYMENTS: '' })).to.deep.equal({});
    // WeChat's sign-in has an app, too, and needs no merchant.
    expect(readPayments({ PALESTRA_WECHAT_APP_ID: 'wx1' })).to.deep.equal({});
  });

  it('switch the sandbox', () => {
    expect(readPayments({ PALESTRA_SANDBOX_PAYMENTS: 'on' })).to.deep.equal({ sandbox: true });
    expect(readPayments({ PALESTRA_SANDBOX_PAYMENTS: 'off' })).to.deep.equal({ sandbox: false });
    expect(() => readPayments({ PALESTRA_SANDBOX_PAYMENTS: 'yes' })).to.throw('PALESTRA_SANDBOX_PAYMENTS');
  });

  it('describe the merchant at WeChat Pay', () => {
    expect(readPayments(wechat())).to.deep.equal({
      wechat: {
        appId: 'wx1',
        merchantId: '1900000001',
        merchantSerial: 'M1',
        merchantKey: 'the merchant key',
        apiKey: 'k'.repeat(32),
        platformKeys: { P1: 'the platform key' },
        notifyUrl: 'https://club.example/api/payment/wechat/notify',
      },
    });
  });

  for (const name of ['APP_ID', 'MERCHANT_SERIAL', 'MERCHANT_KEY_FILE', 'API_KEY', 'PLATFORM_SERIAL']) {
    it(`name PALESTRA_WECHAT_${name} where it is missing`, () => {
      expect(() => readPayments({ ...wechat(), [`PALESTRA_WECHAT_${name}`]: '' })).to.throw(`PALESTRA_WECHAT_${name}`);
    });
  }

  it('want to know where WeChat Pay reaches us', () => {
    expect(() => readPayments({ ...wechat(), PALESTRA_PUBLIC_URL: '' })).to.throw('PALESTRA_PUBLIC_URL');
  });
});
