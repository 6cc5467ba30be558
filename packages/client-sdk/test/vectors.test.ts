/** The language-neutral vectors, held by the client: what it seals and sends, and what it makes of answers. */
import { constants, createPrivateKey, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type CryptoProvider, createClient, memoryTokens } from '@palestra/client';
import { expect } from 'chai';
import { webCrypto } from '../src/crypto/web-crypto.js';
import { runtime } from '../src/runtime/runtime.js';
import { failureOf, ok, tokenPair, Wire } from './wire.js';

function vectors(name: string) {
  return JSON.parse(readFileSync(new URL(`../../core/vectors/${name}.json`, import.meta.url), 'utf8'));
}

describe('vectors, by the client', () => {
  let wire: Wire;
  beforeEach(() => {
    wire = new Wire();
  });

  describe('seal', () => {
    const { keys, seal } = vectors('sealed');

    for (const vector of seal) {
      it(`the password ${vector.credentials.password}`, async () => {
        const key = keys.find((each: { kid: string }) => each.kid === vector.kid);
        const date = new Date(vector.now).toUTCString();
        wire.clock.time = vector.now;
        const publicKey = { publicKey: key.spki, kid: key.kid, algorithm: 'RSA-OAEP-256' };
        wire.on('GET /api/gpk', () => ({ body: publicKey, headers: { date } }));
        wire.on('POST /api/register', () => ok(tokenPair()));
        const crypto = withRandom([vector.jti, vector.contentKey, vector.iv]);
        await createClient(wire.options({ crypto })).auth.register(vector.credentials);

        const sent = wire.to('POST /api/register')[0]?.body as { sealed: string } | undefined;
        const [header, wrapped = '', ...rest] = sent?.sealed.split('.') ?? [];
        expect([header, ...rest]).to.deep.equal([vector.header, vector.iv, vector.ciphertext, vector.tag]);
        const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
        const privateKey = createPrivateKey({ key: key.jwk, format: 'jwk' });
        const contentKey = privateDecrypt({ key: privateKey, ...oaep }, Buffer.from(wrapped, 'base64url'));
        expect(contentKey.toString('base64url')).to.equal(vector.contentKey);
      });
    }
  });

  it('requests of the resource API are the text they say', async () => {
    wire.on('POST /api/gym', ({ body }) => ok((body as { operation: string }).operation === 'query' ? [] : {}));
    const client = createClient(wire.options({ tokens: signedIn() }));
    for (const { operation, data, text } of vectors('envelopes').requests) {
      if (operation === 'create') await client.gym.create(data);
      if (operation === 'update') await client.gym.update(data);
      if (operation === 'query') await client.gym.query({});
      expect(wire.sent.at(-1)?.text).to.equal(text);
    }
  });

  it('answers of the resource API are read to their data', async () => {
    const client = createClient(wire.options({ tokens: signedIn() }));
    for (const { text, data } of vectors('envelopes').successes) {
      wire.on('GET /api/gym/1', () => ({ text }));
      expect(await client.gym.get('1')).to.deep.equal(data);
    }
  });

  for (const { status, text, message, code } of vectors('errors').answers) {
    if (message === null) continue;
    it(`${status} ${text.slice(0, 50)}`, async () => {
      wire.on('GET /api/v1/stams/self', () => ({ status, text }));
      const client = createClient(wire.options({ tokens: signedIn(), retry: false }));
      const failure = await failureOf(wire.clock.run(client.stams.self.get()));
      expect(failure).to.include({ status, message, code: code ?? `http_${status}` });
    });
  }
});

const signedIn = () => memoryTokens({ accessToken: 'a.b.c' });

/** WebCrypto whose randomness is given. */
function withRandom(given: readonly string[]): CryptoProvider {
  const crypto = webCrypto(runtime);
  if (!crypto) throw new Error('Node has WebCrypto.');
  const left = given.map((each) => Buffer.from(each, 'base64url'));
  return {
    ...crypto,
    randomBytes: (length) => {
      const next = left.shift();
      if (next?.length !== length) throw new Error(`${length} random bytes were not due.`);
      return new Uint8Array(next);
    },
  };
}
