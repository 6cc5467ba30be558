/** Rotation: what the old key made is good as long as it should be, and no instance meets a key it does not know. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { expect } from 'chai';
import { createKeyStore, type KeyPurpose, type KeyStore, purposesIn, rotate } from '../../src/keys/index.js';

const day = 24 * 60 * 60 * 1000;

describe('a rotation of keys', () => {
  let directory: string;
  let now: number;
  const clock = { now: () => now };
  const stores: KeyStore[] = [];
  const open = () => {
    const store = createKeyStore({ directory, clock });
    stores.push(store);
    return store;
  };
  /** The key that a rotation has published, once it has. */
  async function publishedIn(store: KeyStore, ring: KeyRing<SecretKey>): Promise<SecretKey> {
    for (;;) {
      await store.refresh();
      const [, published] = ring.usable;
      if (published) return published;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const turn = (purpose: KeyPurpose, settleMs = 0) => rotate({ directory, purpose, clock, settleMs });

  beforeEach(async () => {
    now = Date.UTC(2026, 10, 20);
    directory = await mkdtemp(join(tmpdir(), 'palestra-rotation-'));
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) store.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('publishes the next key before it is used, and says what it did', async () => {
    const store = open();
    const ring = await store.secrets('refresh');
    const from = ring.active.kid;
    const turning = turn('refresh', 1_500);
    const published = await publishedIn(store, ring);
    expect(ring.active.kid).to.equal(from);
    const done = await turning;
    await store.refresh();
    expect(done).to.deep.equal({ purpose: 'refresh', from, to: published.kid, retiredUntil: new Date(now + day) });
    expect(ring.usable.map(({ kid }) => kid)).to.deep.equal([done.to, from]);
  });

  it('goes on with the key that an interrupted one had published', async () => {
    const store = open();
    const ring = await store.secrets('qr');
    const abandoned = turn('qr', 1_500).catch((error: Error) => error);
    const published = await publishedIn(store, ring);
    expect((await turn('qr')).to).to.equal(published.kid);
    expect(await abandoned).to.be.instanceOf(Error);
  });

  it('is won by one of two at once, and the other says so', async () => {
    const ring = await open().secrets('qr');
    const [first, second] = await Promise.allSettled([turn('qr', 600), turn('qr', 500)]);
    const done = [first, second].flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    expect(done).to.have.length(1);
    const later = await turn('qr');
    expect([later.from, done[0]?.from]).to.deep.equal([done[0]?.to, ring.active.kid]);
  });

  const retired: [KeyPurpose, number | undefined][] = [
    ['seal', day],
    ['token-hs256', 2_628_000_000],
    ['machine-hs256', undefined],
    ['pepper', undefined],
  ];
  for (const [purpose, lifetime] of retired) {
    it(`keeps the old one of ${purpose} ${lifetime ? `for ${lifetime / day} days` : 'indefinitely'}`, async function () {
      this.timeout(20_000);
      const store = open();
      const rings = {
        seal: () => store.sealing(),
        'token-hs256': () => store.tokens('HS256'),
        'machine-hs256': () => store.machineTokens('HS256'),
        pepper: () => store.secrets('pepper'),
      };
      const ring = await rings[purpose as keyof typeof rings]();
      const { from, retiredUntil } = await turn(purpose);
      await store.refresh();
      expect(retiredUntil?.getTime()).to.equal(lifetime && now + lifetime);
      now += (lifetime ?? 100 * 365 * day) - 1;
      expect(ring.find(from)?.kid).to.equal(from);
      now += 1;
      expect(ring.find(from)?.kid).to.equal(lifetime ? undefined : from);
    });
  }

  it('drops those whose time is over, and keeps the others', async () => {
    await open().secrets('refresh');
    const one = await turn('refresh');
    const two = await turn('refresh');
    now += day;
    const three = await turn('refresh');
    const [opened] = await Promise.all(
      [open()].map(async (store) => (await store.secrets('refresh')) && store.opened()),
    );
    expect(opened?.[0]?.kids).to.deep.equal([three.to, two.to]);
    expect(one.to).to.equal(two.from);
  });

  it('is of the purposes that have keys', async () => {
    const store = open();
    await Promise.all([store.secrets('refresh'), store.tokens('ES256'), store.machineTokens('ES256')]);
    expect(await purposesIn(directory)).to.deep.equal(['machine-es256', 'refresh', 'token-es256']);
    const error = await turn('seal').catch((thrown: Error) => thrown);
    expect(error)
      .to.have.property('message')
      .that.matches(/no key file/);
  });

  it('is no renewal: that leaves nothing of the old one', async () => {
    const store = open();
    const ring = await store.secrets('qr');
    const old = ring.active.kid;
    await store.renew('qr');
    expect(ring.active.kid).not.to.equal(old);
    expect(ring.find(old)).to.equal(undefined);
  });
});
