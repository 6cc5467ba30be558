/** Sealing: what leaves is opened here by `jose`; no credential leaves in the clear. */
import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { type CryptoProvider, createClient } from '@palestra/client';
import { expect } from 'chai';
import { failureOf, Opener, ok, problem, type Sent, tokenPair, Wire } from './wire.js';

const gpk = 'GET /api/gpk';
const register = 'POST /api/register';
const auth = 'GET /api/auth';
const jon = { username: 'jon', password: 'correct horse: ключ 🐎' };

/** As an app without WebCrypto would bring it, here by Node's own. */
const nodeCrypto: CryptoProvider = {
  randomBytes: (length) => randomBytes(length),
  rsaOaepSha256: async (spki, plaintext) =>
    publicEncrypt({ key: keyOf(spki), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, plaintext),
  async aes256Gcm({ key, iv, plaintext, additionalData }) {
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(additionalData);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  },
  sha256: async (data) => createHash('sha256').update(data).digest(),
};

const keyOf = (spki: Uint8Array) => createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });

const sealedOf = (sent: Sent | undefined) => (sent?.body as { sealed?: string } | undefined)?.sealed ?? '';

describe('sealing', () => {
  let wire: Wire;
  let opener: Opener;

  before(async () => {
    opener = await Opener.make();
  });

  beforeEach(() => {
    wire = new Wire();
    wire.on(gpk, () => ({ body: opener.key, headers: { date: new Date(wire.clock.now()).toUTCString() } }));
    wire.on(register, () => ok(tokenPair())).on(auth, () => ok(tokenPair()));
  });

  it('seals a registration as a JWE that says its algorithms and its key', async () => {
    await createClient(wire.options()).auth.register({ ...jon, email: 'jon@example.org' });
    const sent = wire.to(register)[0];
    expect(Object.keys(sent?.body as object)).to.deep.equal(['sealed']);
    const { header, plaintext } = await opener.open(sealedOf(sent));
    expect(header).to.deep.equal({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: opener.key.kid });
    const { iat, jti, aud, ...rest } = plaintext;
    expect(aud).to.equal('/api/register');
    expect(rest).to.deep.equal({ ...jon, email: 'jon@example.org' });
    expect(iat).to.equal(wire.clock.now() / 1000);
    expect(Buffer.from(String(jti), 'base64url')).to.have.length(16);
  });

  it('seals a sign-in into Authorization, without a body', async () => {
    await createClient(wire.options()).auth.signIn(jon);
    const sent = wire.to(auth)[0];
    const [scheme, value] = sent?.headers.authorization?.split(' ') ?? [];
    expect(scheme).to.equal('tnt-user-auth-scheme');
    expect((await opener.open(value ?? '')).plaintext).to.include(jon);
    expect(sent?.text).to.equal(undefined);
  });

  it('sends no password in the clear, in no header and no body', async () => {
    const client = createClient(wire.options());
    await client.auth.register(jon);
    await client.auth.signIn(jon);
    await client.call('register', { body: jon });
    await client.call('authenticate', { body: jon });
    expect(JSON.stringify(wire.sent)).to.not.include('correct horse');
    expect(wire.sent).to.have.length(5);
  });

  it('seals with any provider of the primitives', async () => {
    const client = createClient(wire.options({ crypto: nodeCrypto, pinnedKids: [opener.key.kid] }));
    await client.auth.register(jon);
    expect((await opener.open(sealedOf(wire.to(register)[0]))).plaintext).to.include(jon);
  });

  it('fetches the key once, also for calls at the same time', async () => {
    const client = createClient(wire.options());
    await Promise.all([client.auth.signIn(jon), client.auth.signIn(jon), client.auth.register(jon)]);
    await client.auth.signIn(jon);
    expect(wire.to(gpk)).to.have.length(1);
  });

  it('does not keep a failure to fetch it', async () => {
    wire.on(gpk, 'lost', { body: opener.key });
    const client = createClient(wire.options({ retry: false }));
    expect(await failureOf(client.auth.signIn(jon))).to.include({ kind: 'network', operationId: 'getServerKey' });
    await client.auth.signIn(jon);
  });

  it('retries the key by its own policy, not once more for each attempt of the call', async () => {
    wire.on(gpk, 'lost');
    await wire.clock.run(failureOf(createClient(wire.options({ retry: { attempts: 3 } })).auth.signIn(jon)));
    expect(wire.to(gpk)).to.have.length(3);
    expect(wire.to(auth)).to.have.length(0);
  });

  it('fetches the key again, once, when the server cannot open the value: it may have rotated', async () => {
    const next = await Opener.make();
    wire.on(gpk, { body: opener.key }, { body: next.key });
    wire.on(register, problem('sealInvalid'), ok(tokenPair()));
    await createClient(wire.options()).auth.register(jon);
    const [first, second] = wire.to(register).map(sealedOf);
    const before = (await opener.open(first ?? '')).plaintext;
    const after = (await next.open(second ?? '')).plaintext;
    expect(after).to.include(jon);
    expect(after.jti).to.not.equal(before.jti);
  });

  it('does so once only', async () => {
    wire.on(register, problem('sealInvalid'));
    const error = await failureOf(createClient(wire.options()).auth.register(jon));
    expect(error).to.include({ kind: 'auth', code: 'seal_invalid', attempts: 2 });
    expect(wire.to(gpk)).to.have.length(2);
  });

  it('dates the value by the clock of the server', async () => {
    wire.on(gpk, { body: opener.key, headers: { date: new Date(wire.clock.now() + 7_200_000).toUTCString() } });
    await createClient(wire.options()).auth.register(jon);
    const { iat } = (await opener.open(sealedOf(wire.to(register)[0]))).plaintext;
    expect(iat).to.equal((wire.clock.now() + 7_200_000) / 1000);
  });

  it('seals again for each attempt of a sign-in, since a value opens once', async () => {
    wire.on(auth, 'lost', problem('unavailable'), ok(tokenPair()));
    await wire.clock.run(createClient(wire.options()).auth.signIn(jon));
    const values = wire.to(auth).map(({ headers }) => headers.authorization?.split(' ')[1] ?? '');
    const ids = await Promise.all(values.map(async (value) => (await opener.open(value)).plaintext.jti));
    expect(new Set(ids)).to.have.property('size', 3);
  });

  it('repeats a registration whose reply was lost, under its key, sealed again', async () => {
    wire.on(register, 'lost', () => ok(tokenPair()));
    await wire.clock.run(createClient(wire.options()).auth.register(jon));
    const sent = wire.to(register);
    expect(new Set(sent.map(({ headers }) => headers['idempotency-key']))).to.have.property('size', 1);
    expect(new Set(sent.map(sealedOf))).to.have.property('size', 2);
  });

  it('accepts a pinned key, and no other', async () => {
    const pinned = createClient(wire.options({ pinnedKids: ['old', opener.key.kid] }));
    await pinned.auth.signIn(jon);
    const stranger = createClient(wire.options({ pinnedKids: ['old'] }));
    expect(await failureOf(stranger.auth.signIn(jon))).to.include({ kind: 'untrusted', code: 'key_untrusted' });
    expect(wire.to(auth)).to.have.length(1);
  });

  it('does not believe a kid: a pin holds for the key itself', async () => {
    const attacker = await Opener.make();
    wire.on(gpk, { body: { ...attacker.key, kid: opener.key.kid } });
    const client = createClient(wire.options({ pinnedKids: [opener.key.kid] }));
    expect(await failureOf(client.auth.signIn(jon))).to.include({ kind: 'untrusted' });
    expect(wire.to(auth)).to.have.length(0);
  });

  it('says so when the key is none', async () => {
    wire.on(gpk, { body: { ...opener.key, publicKey: 'not a key' } });
    const error = await failureOf(createClient(wire.options()).auth.signIn(jon));
    expect(error).to.include({ kind: 'untrusted', code: 'key_unusable', operationId: 'authenticate' });
  });

  it('says so when there is no WebCrypto', async () => {
    const { crypto } = globalThis;
    Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
    try {
      const client = createClient(wire.options());
      expect(await failureOf(client.auth.signIn(jon))).to.include({ kind: 'unsupported', code: 'crypto_missing' });
      wire.on('GET /api/discovery/gym', ok([]));
      expect(await client.discovery.gyms()).to.deep.equal([]);
    } finally {
      Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
    }
  });

  it('seals both passwords of a change, and signs out', async () => {
    const client = createClient(wire.options());
    const claims = Buffer.from(JSON.stringify({ sub: '17' })).toString('base64url');
    wire.on(auth, ok({ ...tokenPair(), access_token: `h.${claims}.s` })).on('POST /api/profile', ok({}));
    await client.auth.signIn(jon);
    await client.profile.changePassword({ oldPassword: jon.password, newPassword: 'battery staple' });
    const [sent] = wire.to('POST /api/profile');
    const { data } = (sent as Sent).body as { data: { _id: string; password: string } };
    expect(data._id).to.equal('000000000017');
    const { plaintext } = await opener.open(data.password);
    expect(plaintext).to.include({ oldPassword: jon.password, newPassword: 'battery staple' });
    expect(await client.auth.tokens()).to.equal(undefined);
  });

  it('binds the header of the JWE to its content', async () => {
    await createClient(wire.options()).auth.register(jon);
    const [header = '', ...rest] = sealedOf(wire.to(register)[0]).split('.');
    const forged = Buffer.from(header, 'base64url').toString().replace('{', '{"typ":"x",');
    const value = [Buffer.from(forged).toString('base64url'), ...rest].join('.');
    const outcome = await opener.open(value).catch((error: Error) => error.name);
    expect(outcome).to.equal('JWEDecryptionFailed');
  });

  it('fetches a rotated key once, however many calls have used the old one', async () => {
    const next = await Opener.make();
    wire.on(gpk, { body: opener.key }, { body: next.key });
    let arrived = 0;
    let allArrived = () => {};
    const usedOld = new Promise<void>((resolve) => {
      allArrived = resolve;
    });
    wire.on(auth, async ({ headers }) => {
      arrived += 1;
      if (arrived === 20) allArrived();
      await usedOld;
      const value = headers.authorization?.split(' ')[1] ?? '';
      const isNew = await next.open(value).then(
        () => true,
        () => false,
      );
      return isNew ? ok(tokenPair()) : problem('sealInvalid');
    });
    const client = createClient(wire.options());
    await Promise.all(Array.from({ length: 20 }, () => client.auth.signIn(jon)));
    expect(wire.to(gpk)).to.have.length(2);
    expect(wire.to(auth)).to.have.length(40);
  });

  it('seals for one operation: its path is in the value', async () => {
    const client = createClient(wire.options());
    await client.auth.signIn(jon);
    const value = wire.to(auth)[0]?.headers.authorization?.split(' ')[1] ?? '';
    expect((await opener.open(value)).plaintext.aud).to.equal('/api/auth');
  });

  it('refuses a key of less than 2048 bits, and one of another kind or algorithm', async () => {
    const spkiOf = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }));
    const weak = spkiOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
    const curve = spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    const pss = spkiOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey);
    const keys = [
      { ...opener.key, publicKey: weak },
      { ...opener.key, publicKey: curve },
      { ...opener.key, publicKey: pss },
      { ...opener.key, publicKey: opener.key.publicKey.slice(0, 200) },
      { ...opener.key, algorithm: 'RSA-OAEP' },
      { ...opener.key, publicKey: 7 },
    ];
    for (const body of keys) {
      wire.on(gpk, { body });
      const error = await failureOf(createClient(wire.options()).auth.signIn(jon));
      expect(error, JSON.stringify(body)).to.include({ kind: 'untrusted', code: 'key_unusable' });
    }
    expect(wire.to(auth)).to.have.length(0);
  });

  it('takes random bytes that come later, as in a mini-program', async () => {
    const late = { ...nodeCrypto, randomBytes: async (length: number) => new Uint8Array(randomBytes(length)) };
    const client = createClient(wire.options({ crypto: late }));
    await client.auth.register(jon);
    expect((await opener.open(sealedOf(wire.to(register)[0]))).plaintext).to.include(jon);
  });
});
