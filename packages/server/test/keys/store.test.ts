/** Keys in files: private, made once, the same for every instance, and followed when they are rotated. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSecret, secretKeyOf } from '@palestra/core/auth';
import { expect } from 'chai';
import { programOf } from '../../../../scripts/testing/program.js';
import { createKeyStore, type KeySet, type KeyStore } from '../../src/keys/index.js';
import { replace } from '../../src/keys/key-file.js';

describe('the key store', () => {
  let directory: string;
  let now = Date.UTC(2026, 10, 20);
  const clock = { now: () => now };
  const stores: KeyStore[] = [];

  const open = (onError?: (error: unknown) => void): KeyStore => {
    const store = createKeyStore({ directory, clock, ...(onError && { onError }) });
    stores.push(store);
    return store;
  };
  const readSet = async (purpose: string): Promise<KeySet> =>
    JSON.parse(await readFile(join(directory, `${purpose}.json`), 'utf8'));
  const newKey = () => {
    const key = generateSecret();
    return { kid: secretKeyOf(key).kid, key, createdAt: new Date(now).toISOString() };
  };

  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'palestra-keys-')), 'keys');
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) store.close();
    await rm(join(directory, '..'), { recursive: true, force: true });
  });

  it('makes one private file a purpose, at the first use', async () => {
    const store = open();
    await Promise.all([store.sealing(), store.tokens('ES256'), store.secrets('refresh'), store.secrets('pepper')]);
    expect((await readdir(directory)).sort()).to.deep.equal([
      'pepper.json',
      'refresh.json',
      'seal.json',
      'token-es256.json',
    ]);
    expect((await stat(directory)).mode & 0o777).to.equal(0o700);
    for (const file of await readdir(directory))
      expect((await stat(join(directory, file))).mode & 0o777).to.equal(0o600);
  });

  it('gives the same keys again after a restart, and another one to each purpose', async () => {
    const before = await Promise.all([open().secrets('refresh'), open().secrets('pepper'), open().tokens('HS256')]);
    const after = await Promise.all([open().secrets('refresh'), open().secrets('pepper'), open().tokens('HS256')]);
    const kids = before.map((ring) => ring.active.kid);
    expect(after.map((ring) => ring.active.kid)).to.deep.equal(kids);
    expect(new Set(kids).size).to.equal(3);
  });

  it('seals for RSA of 3072 bits, known by its thumbprint', async () => {
    const { active } = await open().sealing();
    expect(active.modulus.length * 8).to.equal(3072);
    expect(active.publicKey).to.match(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(active.kid)
      .to.match(/^[A-Za-z0-9_-]{43}$/)
      .and.to.equal(active.publicJwk.kid);
  });

  it('makes one key where several processes start at once', async function () {
    this.timeout(20_000);
    const program = await programOf(new URL('open-refresh-key.ts', import.meta.url));
    const children = Array.from({ length: 4 }, () => fork(program, [directory]));
    const kids = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0] as string));
    expect(new Set(kids).size).to.equal(1);
    expect(await readdir(directory)).to.deep.equal(['refresh.json']);
  });

  it('follows a rotation: the next key is known before it is active, the retired one until its grace ends', async () => {
    const store = open();
    const ring = await store.secrets('refresh');
    const set = await readSet('refresh');
    const old = set.active;
    const next = newKey();
    const file = join(directory, 'refresh.json');

    await replace(file, { ...set, next });
    await store.refresh();
    expect(ring.active.kid).to.equal(old.kid);
    expect(ring.find(next.kid)?.kid).to.equal(next.kid);

    const until = new Date(now + 60_000).toISOString();
    await replace(file, { ...set, active: next, next: null, retired: [{ ...old, until }] });
    await store.refresh();
    expect(ring.active.kid).to.equal(next.kid);
    expect(ring.usable.map(({ kid }) => kid)).to.deep.equal([next.kid, old.kid]);
    now += 60_000;
    expect(ring.find(old.kid)).to.equal(undefined);
    expect(ring.usable).to.have.length(1);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it('keeps what it has when a file is damaged or removed while it runs, and says so', async () => {
    const errors: unknown[] = [];
    const store = open((error) => errors.push(error));
    const ring = await store.secrets('refresh');
    const { kid } = ring.active;
    const file = join(directory, 'refresh.json');
    const text = await readFile(file, 'utf8');
    for (const damage of ['', '{', '{"version":2}', text.replace(/"kid": "./, '"kid": "x')]) {
      await writeFile(file, damage);
      await store.refresh();
    }
    await rm(file);
    await store.refresh();
    expect(errors).to.have.length(5);
    expect(ring.active.kid).to.equal(kid);
  });

  it('refuses to start on a damaged file instead of making another key', async () => {
    await open().secrets('refresh');
    const file = join(directory, 'refresh.json');
    await writeFile(file, 'x');
    const error = await open()
      .secrets('refresh')
      .catch((thrown: Error) => thrown);
    expect(error)
      .to.have.property('message')
      .that.matches(/damaged/);
    expect(await readFile(file, 'utf8')).to.equal('x');
  });
});
