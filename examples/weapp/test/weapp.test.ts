/** The mini-program as WeChat runs it: found gyms, a sign-in by `wx.login`, a purchase, and a code that admits. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClient } from '@palestra/client';
import { type Wx, weapp, wxLogin } from '@palestra/client/weapp';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { transaction } from '@palestra/plugin-transaction';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { type FakeWechat, startFakeWechat } from './wechat.js';
import { startWorld } from './world.js';
import { fakeWx } from './wx.js';

const folder = fileURLToPath(new URL('..', import.meta.url));
const tap = (id: string) => ({ currentTarget: { dataset: { id } } });

describe('the mini-program', function () {
  this.timeout(60_000);
  let wechat: FakeWechat;
  let host: TestHost;
  const door = () => createClient({ baseUrl: host.url });
  const files = () => ({ 'config.js': `module.exports = { baseUrl: '${host.url}' };` });
  const member = () => fakeWx(() => wechat.issue('oMember'));

  before(async () => {
    execFileSync(process.execPath, [fileURLToPath(new URL('../../../scripts/build-client.mjs', import.meta.url))]);
    wechat = await startFakeWechat('wxDemo', 'secret');
    const identity = { wechat: { apps: [{ appId: 'wxDemo', appSecret: 'secret' }], baseUrl: wechat.url } };
    const config = { identity, transaction: { sandbox: true } };
    host = await startTestHost({ plugins: [gym, merchandise, transaction], config });
  });
  after(async () => {
    await host?.stop();
    await wechat?.stop();
  });

  it('sells a pass that admits its owner', async () => {
    const owner = door();
    const { username, password } = await host.account('operator');
    await owner.auth.signIn({ username, password });
    const iron = await owner.gym.create({ name: 'Iron Temple', address: 'Seestraße 12' });
    const price = { amount: 9_900, currency: 'EUR' };
    const pass = await owner.merchandise.create({
      name: 'Ten visits',
      type: 2,
      gym: iron._id,
      price,
      count: 10,
      stock: 5,
    });

    const fake = member();
    const world = startWorld(folder, fake.wx, files());
    const missing = ['fetch', 'crypto', 'TextEncoder', 'btoa', 'atob', 'URL', 'AbortController', 'process', 'Buffer'];
    expect(world.typesOf(missing)).to.deep.equal(missing.map(() => 'undefined'));

    const gyms = await world.open('/pages/gyms/gyms');
    expect(gyms.data.gyms).to.deep.equal([{ _id: iron._id, name: 'Iron Temple', address: 'Seestraße 12' }]);
    await gyms.call('onReachBottom');
    expect(gyms.data.gyms).to.have.length(1);
    await gyms.call('open', tap(iron._id));

    const shop = await world.open(fake.visited.pop() ?? '');
    expect(shop.data.offers).to.deep.equal([{ _id: pass._id, name: 'Ten visits', price: '99.00 EUR' }]);
    await shop.call('buy', tap(pass._id));
    expect(shop.data.failure).to.equal('');
    expect([...fake.storage.keys()]).to.deep.equal(['palestra.tokens']);

    const shown = await world.open(fake.visited.pop() ?? '');
    expect(shown.data).to.include({ name: 'Ten visits', count: 10 });
    const admitted = await owner.transaction.admit({ qr: String(shown.data.code), merchandiseId: pass._id });
    expect(admitted.count).to.equal(9);
    fake.offline = true;
    await shown.call('renew');
    expect(shown.data.count).to.equal(10);
    fake.offline = false;
    await shown.call('renew');
    expect(shown.data.count).to.equal(9);
    await shown.call('onUnload');

    // Started again, it is still signed in.
    const later = await startWorld(folder, fake.wx, files()).open(`/pages/gym/gym?id=${iron._id}`);
    await later.call('buy', tap(pass._id));
    expect(fake.sent.filter((each) => each === 'POST /api/wechat_auth')).to.have.length(1);
  });

  it('says what went wrong', async () => {
    const refused = fakeWx(() => 'forged');
    const shop = await startWorld(folder, refused.wx, files()).open('/pages/gym/gym?id=1');
    await shop.call('buy', tap('1'));
    expect(shop.data.failure).to.match(/WeChat|code/i);
    const fake = member();
    fake.offline = true;
    const client = createClient({ baseUrl: host.url, ...weapp(fake.wx), retry: false });
    const error = await client.gym.list().then(undefined, (reason) => reason);
    expect(error).to.include({ kind: 'network' });
    expect(error.message).to.include('ERR_INTERNET_DISCONNECTED');
  });

  describe('@palestra/client/weapp', () => {
    it('aborts a request, and follows no redirect', async () => {
      let stopped = false;
      const abort = () => {
        stopped = true;
      };
      const silent = { ...member().wx, request: () => ({ abort }) } satisfies Partial<Wx>;
      const controller = new AbortController();
      const options = { ...weapp({ ...member().wx, ...silent } as Wx), baseUrl: host.url };
      const pending = createClient(options)
        .discovery.gyms({}, { signal: controller.signal })
        .then(undefined, (e) => e);
      setTimeout(() => controller.abort());
      expect(await pending).to.include({ kind: 'aborted' });
      expect(stopped).to.equal(true);
    });

    it('says that a storage or a sign-in failed, and what is too old', async () => {
      const failing = { ...fakeWx(() => '').wx };
      const broken = (errMsg: string) => (options: { fail(reason: { errMsg: string }): void }) =>
        options.fail({ errMsg });
      const storageless = weapp({ ...failing, getStorage: broken('getStorage:fail exceed') } as Wx);
      const error = await createClient({ baseUrl: host.url, ...storageless })
        .gym.list()
        .then(undefined, (e) => e);
      expect(error).to.include({ kind: 'storage' });
      const failed = await wxLogin({ login: broken('login:fail') }).then(undefined, (reason: Error) => reason.message);
      expect(failed).to.equal('login:fail');
      const old = { ...failing, getRandomValues: undefined } as unknown as Wx;
      const client = createClient({ baseUrl: host.url, ...weapp(old) });
      const refusal = await client.auth.signInWechat({ code: 'x' }).then(undefined, (reason) => reason);
      expect(refusal).to.include({ kind: 'unsupported', code: 'crypto_failed' });
      expect(refusal.message).to.include('2.19.0');
    });
  });
});
