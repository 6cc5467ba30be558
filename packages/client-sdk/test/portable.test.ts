/** The primitives in plain JavaScript, compared with Node's own. */
import {
  constants,
  createCipheriv,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import { createClient } from '@palestra/client';
import { portableCrypto } from '@palestra/client/portable';
import { expect } from 'chai';
import fc from 'fast-check';
import { failureOf, Opener, ok, tokenPair, Wire } from './wire.js';

const bytes = (constraints: fc.IntArrayConstraints = { maxLength: 300 }) => fc.uint8Array(constraints);
const exactly = (length: number) => bytes({ minLength: length, maxLength: length });
const plain = (data: Uint8Array) => [...data];

describe('portable crypto', () => {
  const crypto = portableCrypto();

  it('hashes as node:crypto does', async () => {
    const hashed = async (data: Uint8Array) => {
      const digest = (await crypto.sha256?.(data)) ?? new Uint8Array();
      expect(plain(digest)).to.deep.equal(plain(createHash('sha256').update(data).digest()));
    };
    // Each length around a block, then any.
    for (let length = 0; length < 200; length++) await hashed(randomBytes(length));
    await fc.assert(fc.asyncProperty(bytes({ maxLength: 2_000 }), hashed));
  });

  it('encrypts with AES-256-GCM as node:crypto does, and leaves its input alone', async () => {
    const encrypted = async (key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array) => {
      const before = plain(plaintext);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(additionalData);
      const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      expect(plain(await crypto.aes256Gcm({ key, iv, plaintext, additionalData }))).to.deep.equal(plain(expected));
      expect(plain(plaintext)).to.deep.equal(before);
    };
    await fc.assert(fc.asyncProperty(exactly(32), exactly(12), bytes(), bytes(), encrypted));
    const buffers = [32, 12, 8_192, 120].map((length) => randomBytes(length)) as [Buffer, Buffer, Buffer, Buffer];
    await encrypted(...buffers);
  });

  describe('RSA-OAEP', () => {
    const decrypt = (key: KeyObject, value: Uint8Array) =>
      privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, value);

    for (const [bits, publicExponent] of [
      [2048, 65_537],
      [2048, 3],
      [3072, 65_537],
      [4096, 65_537],
    ] as const) {
      it(`of ${bits} bits and the exponent ${publicExponent} is opened by node:crypto`, async () => {
        const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent });
        const spki = publicKey.export({ type: 'spki', format: 'der' });
        for (const length of [0, 1, 32, bits / 8 - 66]) {
          const plaintext = randomBytes(length);
          const value = await crypto.rsaOaepSha256(spki, plaintext);
          expect(value).to.have.length(bits / 8);
          expect(plain(decrypt(privateKey, value))).to.deep.equal(plain(plaintext));
        }
        expect(plain(await crypto.rsaOaepSha256(spki, spki.subarray(0, 32)))).to.not.deep.equal(
          plain(await crypto.rsaOaepSha256(spki, spki.subarray(0, 32))),
        );
        const tooLong = crypto.rsaOaepSha256(spki, randomBytes(bits / 8 - 65));
        expect(await tooLong.catch((error: Error) => error.message)).to.include('too long');
      });
    }

    it('refuses what is not an RSA key of 2048 bits', async () => {
      for (const key of [generateKeyPairSync('rsa', { modulusLength: 1024 }), generateKeyPairSync('ed25519')]) {
        const spki = key.publicKey.export({ type: 'spki', format: 'der' });
        expect(await crypto.rsaOaepSha256(spki, randomBytes(32)).catch(String)).to.match(/not an RSA key|2048 bits/);
      }
      await fc.assert(
        fc.asyncProperty(bytes(), async (spki) => {
          expect(await crypto.rsaOaepSha256(spki, randomBytes(32)).catch(String)).to.match(/not an RSA key|2048 bits/);
        }),
      );
    });
  });

  describe('of the client', () => {
    const jon = { username: 'jon', password: 'correct horse: ключ 🐎' };
    const { crypto: webCrypto } = globalThis;
    const withGlobal = (value: unknown) => Object.defineProperty(globalThis, 'crypto', { value, configurable: true });
    afterEach(() => withGlobal(webCrypto));

    const wireOf = (opener: Opener) =>
      new Wire().on('GET /api/gpk', { body: opener.key }).on('GET /api/auth', () => ok(tokenPair()));

    it('is taken where there is getRandomValues and no subtle, as on an insecure origin', async () => {
      const opener = await Opener.make();
      const wire = wireOf(opener);
      withGlobal({ getRandomValues: webCrypto.getRandomValues.bind(webCrypto) });
      await createClient(wire.options({ pinnedKids: [opener.key.kid] })).auth.signIn(jon);
      withGlobal(webCrypto);
      const value = wire.to('GET /api/auth')[0]?.headers.authorization?.split(' ')[1] ?? '';
      expect((await opener.open(value)).plaintext).to.include(jon);
    });

    it('takes random bytes that the app brings, late or at once', async () => {
      const opener = await Opener.make();
      withGlobal(undefined);
      for (const source of [randomBytes, async (length: number) => new Uint8Array(randomBytes(length))]) {
        const wire = wireOf(opener);
        await createClient(wire.options({ crypto: portableCrypto(source) })).auth.signIn(jon);
        expect(wire.to('GET /api/auth')).to.have.length(1);
      }
    });

    it('says that it has no random bytes', async () => {
      const wire = wireOf(await Opener.make());
      withGlobal({});
      const error = await failureOf(createClient(wire.options()).auth.signIn(jon));
      expect(error).to.include({ kind: 'unsupported', code: 'crypto_missing' });
      expect(() => portableCrypto().randomBytes(1)).to.throw('pass one to portableCrypto');
    });
  });
});
