/** Sealed values: both forms open, no forgery does, and every refusal looks the same. */
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { createSealing, type SealingKey, type SealingOptions } from '@palestra/core/auth';
import { expect } from 'chai';
import { CompactEncrypt } from 'jose';
import { itTimed, ratioOf } from '../../../../test/setup/timed.js';
import { codeOf, createClock, createReplay, ringOf, sealingKeys, secretKey, type TestClock } from './fixtures.js';

const credentials = { username: 'jon', password: 'correct horse' };
const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };

function block(key: SealingKey, plaintext: string | Uint8Array, hash = 'sha256', label?: Uint8Array): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const options = { key: key.publicKey, oaepHash: hash, padding, ...(label && { oaepLabel: label }) };
  return publicEncrypt(options, Buffer.from(plaintext));
}

async function jwe(key: SealingKey, plaintext: string | Uint8Array, change: object = {}): Promise<string> {
  const bytes = typeof plaintext === 'string' ? new TextEncoder().encode(plaintext) : plaintext;
  const protectedHeader = { ...header, kid: key.kid, ...change };
  return new CompactEncrypt(bytes).setProtectedHeader(protectedHeader).encrypt(createPublicKey(key.publicKey));
}

/** The same JWE under another header: its tag no longer fits, but the header alone must decide already. */
function reheaded(value: string, changed: object): string {
  const [, ...rest] = value.split('.');
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
}

const path = '/api/auth';

interface Opening {
  open(value: string, at?: string): Promise<Record<string, unknown>>;
}

function opening(options: SealingOptions): Opening {
  const sealing = createSealing(options);
  return { open: (value, at = path) => sealing.open(value, at) };
}

describe('sealed values', () => {
  let key: SealingKey;
  let old: SealingKey;
  let sealing: Opening;
  let clock: TestClock;

  before(async function () {
    this.timeout(20_000);
    [key, old] = await sealingKeys();
  });

  beforeEach(() => {
    clock = createClock();
    sealing = opening({ keys: ringOf(key, old), replay: createReplay(), clock });
  });

  const seconds = () => Math.floor(clock.now() / 1000);
  const text = (value: unknown) => JSON.stringify(value);

  it('open in both forms, blocks in both alphabets', async () => {
    const sealedBlock = block(key, text(credentials));
    for (const value of [
      sealedBlock.toString('base64'),
      sealedBlock.toString('base64url'),
      sealedBlock.toString('base64').replace(/=+$/, ''),
      sealedBlock.toString('base64').replace(/.{64}/g, '$&\n'),
      `${sealedBlock.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`,
      await jwe(key, text(credentials)),
      await jwe(key, text(credentials), { typ: 'JOSE', cty: 'json' }),
    ]) {
      expect(await sealing.open(value)).to.deep.equal(credentials);
    }
  });

  it('open for the key before the active one, until it is gone', async () => {
    const values = [block(old, text(credentials)).toString('base64'), await jwe(old, text(credentials))];
    for (const value of values) expect(await sealing.open(value)).to.deep.equal(credentials);
    const later = opening({ keys: ringOf(key), replay: createReplay(), clock });
    for (const value of values) expect(await codeOf(() => later.open(value))).to.equal('seal_invalid');
  });

  it('hold the longest password as a JWE', async () => {
    const long = { username: '体'.repeat(254), password: '体'.repeat(128) };
    expect(await sealing.open(await jwe(key, text(long)))).to.deep.equal(long);
  });

  const forgeries: Record<string, (good: { block: Buffer; jwe: string }) => string | Promise<string>> = {
    empty: () => '',
    'not base64': () => '%%%%',
    'a block with spaces': ({ block }) => block.toString('base64').replace(/.{64}/g, '$& '),
    'a JWE with line breaks': ({ jwe }) => jwe.replace(/.{64}/g, '$&\n'),
    'random bytes of the length of a block': () => randomBytes(384).toString('base64'),
    'one byte short': ({ block }) => block.subarray(1).toString('base64'),
    'one byte long': ({ block }) => Buffer.concat([block, Buffer.of(0)]).toString('base64'),
    'all ones, above the modulus': () => Buffer.alloc(384, 0xff).toString('base64'),
    zero: () => Buffer.alloc(384).toString('base64'),
    'one bit flipped': ({ block }) => {
      const flipped = Buffer.from(block);
      flipped[200] = (flipped[200] ?? 0) ^ 1;
      return flipped.toString('base64');
    },
    '10 KB': () => 'A'.repeat(10_240),
    'OAEP with SHA-1': () => block(key, text(credentials), 'sha1').toString('base64'),
    'OAEP with a label': () => block(key, text(credentials), 'sha256', Buffer.from('x')).toString('base64'),
    'PKCS#1 v1.5': () =>
      publicEncrypt(
        { key: key.publicKey, padding: constants.RSA_PKCS1_PADDING },
        Buffer.from(text(credentials)),
      ).toString('base64'),
    'no padding': () => {
      const raw = Buffer.concat([Buffer.alloc(384 - text(credentials).length), Buffer.from(text(credentials))]);
      return publicEncrypt({ key: key.publicKey, padding: constants.RSA_NO_PADDING }, raw).toString('base64');
    },
    plaintext: () => text(credentials),
    'plaintext in base64': () => Buffer.from(text(credentials)).toString('base64'),
    'JWE without kid': ({ jwe }) => reheaded(jwe, header),
    'JWE of an unknown kid': ({ jwe }) => reheaded(jwe, { ...header, kid: 'unknown' }),
    'JWE with kid __proto__': ({ jwe }) => reheaded(jwe, { ...header, kid: '__proto__' }),
    'JWE under the kid of the other key': ({ jwe }) => reheaded(jwe, { ...header, kid: old.kid }),
    'JWE alg dir': ({ jwe }) => reheaded(jwe, { alg: 'dir', enc: 'A256GCM', kid: key.kid }),
    'JWE alg RSA1_5': ({ jwe }) => reheaded(jwe, { alg: 'RSA1_5', enc: 'A256GCM', kid: key.kid }),
    'JWE alg RSA-OAEP': ({ jwe }) => reheaded(jwe, { alg: 'RSA-OAEP', enc: 'A256GCM', kid: key.kid }),
    'JWE alg PBES2 of a billion rounds': ({ jwe }) =>
      reheaded(jwe, { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 1e9, p2s: 'AAAAAAAAAAA', kid: key.kid }),
    'JWE enc A128CBC-HS256': ({ jwe }) => reheaded(jwe, { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', kid: key.kid }),
    'JWE alg as a list': ({ jwe }) => reheaded(jwe, { ...header, alg: ['RSA-OAEP-256'], kid: key.kid }),
    'JWE with zip': ({ jwe }) => reheaded(jwe, { ...header, zip: 'DEF', kid: key.kid }),
    'JWE with crit': ({ jwe }) => reheaded(jwe, { ...header, crit: ['exp'], exp: 1, kid: key.kid }),
    'JWE with a key in its header': ({ jwe }) => reheaded(jwe, { ...header, jwk: {}, kid: key.kid }),
    'JWE with jku': ({ jwe }) => reheaded(jwe, { ...header, jku: 'https://evil.example', kid: key.kid }),
    'JWE with x5u': ({ jwe }) => reheaded(jwe, { ...header, x5u: 'https://evil.example', kid: key.kid }),
    'JWE with a header that is no JSON': ({ jwe }) => ['e30x', ...jwe.split('.').slice(1)].join('.'),
    'JWE with a null header': ({ jwe }) => ['bnVsbA', ...jwe.split('.').slice(1)].join('.'),
    'JWE with its tag cut': ({ jwe }) => jwe.slice(0, -4),
    'JWE with its tag changed': ({ jwe }) => `${jwe.slice(0, -6)}AAAAAA`,
    'JWE with a short IV': ({ jwe }) => jwe.split('.').with(2, 'AAAA').join('.'),
    'JWE with another ciphertext': ({ jwe }) => jwe.split('.').with(3, 'AAAAAAAA').join('.'),
    'JWE with an encrypted key of random bytes': ({ jwe }) =>
      jwe
        .split('.')
        .with(1, Buffer.concat([Buffer.of(0), randomBytes(383)]).toString('base64url'))
        .join('.'),
    'JWE of six parts': ({ jwe }) => `${jwe}.AAAA`,
    'JWE encrypted by a shared secret': async () => {
      const encrypt = new CompactEncrypt(Buffer.from(text(credentials)));
      return encrypt.setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: key.kid }).encrypt(secretKey().secret);
    },
    'JSON serialisation with two recipients': ({ jwe }) => {
      const [protectedHeader, encrypted_key, iv, ciphertext, tag] = jwe.split('.');
      return text({ protected: protectedHeader, recipients: [{ encrypted_key }, {}], iv, ciphertext, tag });
    },
  };

  for (const [name, forge] of Object.entries(forgeries)) {
    it(`do not open: ${name}`, async () => {
      const good = { block: block(key, text(credentials)), jwe: await jwe(key, text(credentials)) };
      const value = await forge(good);
      const error = await sealing.open(value).catch((thrown: unknown) => thrown);
      expect(error).to.include({
        message:
          'The sealed value cannot be opened. Fetch the key from /api/gpk and encrypt with RSA-OAEP, SHA-256 for both hashes.',
        cause: undefined,
      });
      expect(await codeOf(() => sealing.open(value))).to.equal('seal_invalid');
    });
  }

  itTimed('take the same time to be refused, whatever is wrong', async function () {
    this.timeout(60_000);
    const bad = randomBytes(384).toString('base64').replace(/^./, 'A');
    const kinds = { bad, short: 'AAAA', unknownKid: await jwe(key, text(credentials), { kid: 'unknown' }) };
    const refusals = Object.entries(kinds).map(
      ([kind, value]) => [kind, () => sealing.open(value).catch(() => undefined)] as const,
    );
    expect(await ratioOf(Object.fromEntries(refusals), { rounds: 60, limit: 1.5 })).to.be.below(1.5);
  });

  it('are refused as malformed, not as forged, if they open to anything but a plain object', async () => {
    const contents = [
      'null',
      '[]',
      '"x"',
      '1',
      '',
      '{',
      '{"a":1}{"b":2}',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '{"a":{"constructor":{}}}',
      `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
      '\ufeff{}',
    ];
    for (const content of contents) {
      expect(await codeOf(async () => sealing.open(await jwe(key, content))), content).to.equal('invalid_request');
    }
    const notUtf8 = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await codeOf(async () => sealing.open(await jwe(key, notUtf8)))).to.equal('invalid_request');
    expect(({} as { x?: number }).x).to.equal(undefined);
  });

  it('with iat and jti open once, within five minutes', async () => {
    const fresh = { ...credentials, iat: seconds(), jti: randomBytes(16).toString('base64url') };
    const value = await jwe(key, text(fresh));
    expect(await sealing.open(value)).to.deep.equal(credentials);
    expect(await codeOf(() => sealing.open(value))).to.equal('seal_invalid');
    const again = await jwe(key, text({ ...fresh, password: 'another' }));
    expect(await codeOf(() => sealing.open(again))).to.equal('seal_invalid');
  });

  it('open at the path they name, and nowhere else; refused there, they are still good here', async () => {
    const fresh = { iat: seconds(), jti: randomBytes(16).toString('base64url') };
    const value = await jwe(key, text({ ...credentials, ...fresh, aud: path }));
    for (const other of ['/api/register', '/api/auth/', '/API/AUTH', '']) {
      expect(await codeOf(() => sealing.open(value, other)), other).to.equal('seal_invalid');
    }
    expect(await sealing.open(value)).to.deep.equal(credentials);
    for (const aud of [null, 1, [path], '', 'https://other.example/api/auth']) {
      const odd = await jwe(key, text({ ...credentials, aud }));
      expect(await codeOf(() => sealing.open(odd)), String(aud)).to.equal('seal_invalid');
    }
  });

  it('with jti alone are remembered for 30 days: nothing tells how old they are', async () => {
    const replay = createReplay();
    const used = opening({ keys: ringOf(key), replay, clock });
    await used.open(await jwe(key, text({ ...credentials, jti: 'x'.repeat(22) })));
    expect([...replay.used.values()]).to.deep.equal([clock.now() + 30 * 24 * 60 * 60_000]);
    await used.open(await jwe(key, text({ ...credentials, iat: seconds(), jti: 'y'.repeat(22) })));
    expect([...replay.used.values()].at(-1)).to.equal((seconds() + 300) * 1000);
  });

  const bounds: readonly (readonly [what: string, part: (now: number) => object, code: string | undefined])[] = [
    ['iat 299 s ago', (now) => ({ iat: now - 299 }), undefined],
    ['iat 300 s ago', (now) => ({ iat: now - 300 }), undefined],
    ['iat 301 s ago', (now) => ({ iat: now - 301 }), 'seal_invalid'],
    ['iat 119 s ahead', (now) => ({ iat: now + 119 }), undefined],
    ['iat 120 s ahead', (now) => ({ iat: now + 120 }), undefined],
    ['iat 121 s ahead', (now) => ({ iat: now + 121 }), 'seal_invalid'],
    ['a jti of 15 characters', () => ({ jti: 'x'.repeat(15) }), 'seal_invalid'],
    ['a jti of 16 characters', () => ({ jti: 'x'.repeat(16) }), undefined],
    ['a jti of 256 characters', () => ({ jti: 'x'.repeat(256) }), undefined],
    ['a jti of 257 characters', () => ({ jti: 'x'.repeat(257) }), 'seal_invalid'],
  ];
  for (const [what, part, code] of bounds) {
    it(`with ${what} are ${code === undefined ? 'opened' : 'refused'}`, async () => {
      const value = await jwe(key, text({ ...credentials, ...part(seconds()) }));
      expect(await codeOf(() => sealing.open(value))).to.equal(code);
    });
  }

  it('open once even if they come at once', async () => {
    const value = await jwe(key, text({ ...credentials, iat: seconds(), jti: 'x'.repeat(22) }));
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => codeOf(() => sealing.open(value))));
    expect(outcomes.filter((code) => code === undefined)).to.have.length(1);
  });

  const stale: Record<string, () => object> = {
    'older than five minutes': () => ({ iat: seconds() - 301 }),
    'from the future': () => ({ iat: seconds() + 600 }),
    'iat a text': () => ({ iat: String(seconds()) }),
    'iat null': () => ({ iat: null }),
    'jti too short': () => ({ iat: seconds(), jti: 'short' }),
    'jti of 1 KB': () => ({ iat: seconds(), jti: 'x'.repeat(1024) }),
    'jti a number': () => ({ iat: seconds(), jti: 1234567890123456 }),
  };
  for (const [name, freshness] of Object.entries(stale)) {
    it(`do not open: ${name}`, async () => {
      const value = await jwe(key, text({ ...credentials, ...freshness() }));
      expect(await codeOf(() => sealing.open(value))).to.equal('seal_invalid');
    });
  }

  it('without iat or jti open only where replay protection is optional', async () => {
    const strict = opening({ keys: ringOf(key), replay: createReplay(), clock, replayProtection: 'required' });
    for (const part of [{}, { iat: seconds() }, { jti: 'x'.repeat(22) }]) {
      const value = await jwe(key, text({ ...credentials, ...part }));
      expect(await codeOf(() => strict.open(value))).to.equal('seal_invalid');
    }
    const value = await jwe(key, text({ ...credentials, iat: seconds(), jti: 'x'.repeat(22) }));
    expect(await strict.open(value)).to.deep.equal(credentials);
  });

  it('are opened within bounds: a flood is told to come back, and the event loop goes on', async () => {
    const narrow = opening({
      keys: ringOf(key),
      replay: createReplay(),
      clock,
      gate: { concurrency: 2, queue: 8 },
    });
    const garbage = randomBytes(384).toString('base64').replace(/^./, 'A');
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const outcomes = await Promise.all(Array.from({ length: 500 }, () => codeOf(() => narrow.open(garbage))));
    clearInterval(timer);
    expect(outcomes.filter((code) => code === 'seal_invalid')).to.have.length(10);
    expect(outcomes.filter((code) => code === 'unavailable')).to.have.length(490);
    expect(ticks).to.be.above(2);
  });
});
