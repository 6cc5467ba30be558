/** Payments from environment variables: what is missing or cannot be used is named before anything opens. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { transaction } from '@palestra/plugin-transaction';
import { createPalestra } from '@palestra/server';
import { expect } from 'chai';

const pem = { type: 'spki', format: 'pem' } as const;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('payments in the environment', () => {
  let folder: string;
  let complete: Record<string, string>;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-payments-'));
    const [merchant, platform] = [join(folder, 'merchant'), join(folder, 'platform')];
    writeFileSync(merchant, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(platform, publicKey.export(pem));
    complete = {
      PALESTRA_WECHAT_APP_ID: 'wx1',
      PALESTRA_WECHAT_MERCHANT_ID: '1900000001',
      PALESTRA_WECHAT_MERCHANT_SERIAL: 'M1',
      PALESTRA_WECHAT_MERCHANT_KEY_FILE: merchant,
      PALESTRA_WECHAT_API_KEY: 'k'.repeat(32),
      PALESTRA_WECHAT_PLATFORM_SERIAL: 'P1',
      PALESTRA_WECHAT_PLATFORM_KEY_FILE: platform,
    };
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The configuration that the plugin gets. */
  function configured(environment: Record<string, string>, publicUrl?: string): unknown {
    let given: unknown;
    const observed: typeof transaction = {
      ...transaction,
      configure: (config, host) => {
        given = transaction.configure?.(config, host);
        return config;
      },
    };
    const plugins = [gym, merchandise, observed];
    createPalestra({ plugins, environment, dataDir: 'never-opened', ...(publicUrl && { publicUrl }) });
    return given;
  }

  it('are those of the configuration where nothing is set', () => {
    expect(configured({})).not.to.have.any.keys('sandbox', 'wechat');
    expect(configured({ PALESTRA_SANDBOX_PAYMENTS: '' })).not.to.have.property('sandbox');
    // The app of sign-in by WeChat needs no merchant.
    expect(configured({ PALESTRA_WECHAT_APP_ID: 'wx1' })).not.to.have.property('wechat');
  });

  it('switch the sandbox', () => {
    expect(configured({ PALESTRA_SANDBOX_PAYMENTS: 'on' })).to.have.property('sandbox', true);
    expect(configured({ PALESTRA_SANDBOX_PAYMENTS: 'off' })).to.have.property('sandbox', false);
    expect(() => configured({ PALESTRA_SANDBOX_PAYMENTS: 'yes' })).to.throw(
      'PALESTRA_SANDBOX_PAYMENTS must be on or off, not "yes".',
    );
  });

  it('describe the merchant at WeChat Pay, which notifies the public URL', () => {
    expect(configured(complete, 'https://club.example/backend/')).to.have.deep.property('wechat', {
      appId: 'wx1',
      merchantId: '1900000001',
      merchantSerial: 'M1',
      merchantKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trimEnd(),
      apiKey: 'k'.repeat(32),
      platformKeys: [{ serial: 'P1', key: publicKey.export(pem).toString().trimEnd() }],
      notifyUrl: 'https://club.example/backend/api/payment/wechat/notify',
      trade: 'app',
      baseUrl: 'https://api.mch.weixin.qq.com',
    });
    const elsewhere = { ...complete, PALESTRA_WECHAT_NOTIFY_URL: 'https://pay.example/hook' };
    expect(configured(elsewhere)).to.have.nested.property('wechat.notifyUrl', 'https://pay.example/hook');
  });

  const missing = ['APP_ID', 'MERCHANT_ID', 'MERCHANT_SERIAL', 'MERCHANT_KEY', 'API_KEY', 'PLATFORM_SERIAL'];
  for (const name of missing) {
    it(`name PALESTRA_WECHAT_${name} where it is missing`, () => {
      const partial = Object.entries(complete).filter(
        ([each]) => each.replace(/_FILE$/, '') !== `PALESTRA_WECHAT_${name}`,
      );
      const refusal = () => configured(Object.fromEntries(partial), 'https://club.example');
      expect(refusal).to.throw(new RegExp(`is required\\. The variable PALESTRA_WECHAT_${name} sets it\\.$`));
    });
  }

  it('name the public URL where it is not configured how WeChat Pay reaches the server', () => {
    expect(() => configured(complete)).to.throw('PALESTRA_PUBLIC_URL');
  });

  it('name the key that cannot be read, and do not show it', () => {
    for (const name of ['MERCHANT_KEY', 'PLATFORM_KEY']) {
      const { [`PALESTRA_WECHAT_${name}_FILE`]: _, ...others } = complete;
      const refusal = () => configured({ ...others, [`PALESTRA_WECHAT_${name}`]: 'scribbles' }, 'https://club.example');
      expect(refusal).to.throw(new RegExp(`in PEM\\. The variable PALESTRA_WECHAT_${name} sets it\\.$`));
      expect(refusal).not.to.throw('scribbles');
    }
  });
});
