/** The vectors of sealed credentials: what opens with a key, what must be refused, and how a client seals. */
import {
  constants,
  createCipheriv,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { CompactEncrypt, calculateJwkThumbprint } from 'jose';
import { reheaded } from './tokens.js';

interface TestKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly shown: object;
}

async function makeKey(name: string, modulusLength: number): Promise<TestKey> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  const jwk = privateKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' });
  const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { kid, publicKey, shown: { name, bits: modulusLength, kid, spki, jwk: { ...jwk, kid } } };
}

function block({ publicKey }: TestKey, plaintext: string, change: object = {}): Buffer {
  const options = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', ...change };
  return publicEncrypt(options, Buffer.from(plaintext));
}

const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };

function jwe({ kid, publicKey }: TestKey, plaintext: string, change: object = {}): Promise<string> {
  const protectedHeader = { ...header, kid, ...change };
  return new CompactEncrypt(Buffer.from(plaintext)).setProtectedHeader(protectedHeader).encrypt(publicKey);
}

const plain = { username: 'jon.dorian', password: 'correct horse' };
/** As long as one block of 2048 bits takes: 190 bytes. */
const longest = JSON.stringify({
  ...plain,
  password: 'x'.repeat(190 - JSON.stringify({ ...plain, password: '' }).length),
});
const plaintexts: readonly (readonly [name: string, text: string])[] = [
  ['ASCII', JSON.stringify(plain)],
  ['members in another order, and spaces', '{ "password": "correct horse",\n  "username": "jon.dorian" }'],
  ['a password with a colon, an umlaut, Cyrillic and an emoji', JSON.stringify({ ...plain, password: 'ä:ключ🐎' })],
  ['escapes', '{"username":"jon\\u002edorian","password":"\\"\\\\\\u00e4\\ud83d\\udc0e"}'],
  ['190 bytes, the most that a block of 2048 bits holds', longest],
];

export async function sealedVectors(): Promise<object> {
  const [small, large] = [await makeKey('small', 2048), await makeKey('large', 3072)];
  const keys = [small, large];
  const long = JSON.stringify({ ...plain, password: '密'.repeat(64) });
  const open: object[] = [];
  for (const key of keys) {
    for (const [name, plaintext] of plaintexts) {
      const bytes = block(key, plaintext);
      open.push({ name: `block: ${name}`, kid: key.kid, form: 'block', value: bytes.toString('base64'), plaintext });
      open.push({ name: `JWE: ${name}`, kid: key.kid, form: 'jwe', value: await jwe(key, plaintext), plaintext });
    }
  }
  const text = JSON.stringify(plain);
  const url = block(small, text).toString('base64url');
  open.push({ name: 'block: url alphabet, no padding', kid: small.kid, form: 'block', value: url, plaintext: text });
  const value = await jwe(large, long);
  open.push({ name: 'JWE: longer than any block', kid: large.kid, form: 'jwe', value, plaintext: long });
  return { keys: keys.map(({ shown }) => shown), open, refuse: await refused(small), seal: seals(small) };
}

async function refused(key: TestKey): Promise<object[]> {
  const text = JSON.stringify(plain);
  const good = await jwe(key, text);
  const [head = '', wrapped = '', iv = '', ciphertext = '', tag = ''] = good.split('.');
  const whole = block(key, text);
  const stranger = await makeKey('stranger', 2048);
  const flipped = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
  const cases: readonly (readonly [name: string, value: string])[] = [
    ['nothing', ''],
    ['no base64', 'not*base64'],
    ['a block one byte short', whole.subarray(1).toString('base64')],
    ['a block one byte long', Buffer.concat([whole, Buffer.of(0)]).toString('base64')],
    ['a block not below the modulus', Buffer.alloc(256, 0xff).toString('base64')],
    ['a block of zeros', Buffer.alloc(256).toString('base64')],
    ['a block for another key', block(stranger, text).toString('base64')],
    ['a block by PKCS#1 v1.5', block(key, text, { padding: constants.RSA_PKCS1_PADDING }).toString('base64')],
    ['a block by OAEP with SHA-1', block(key, text, { oaepHash: 'sha1' }).toString('base64')],
    ['a block with a label', block(key, text, { oaepLabel: Buffer.from('palestra') }).toString('base64')],
    ['a JWE for another key', await jwe(stranger, text)],
    ['a JWE for another key that says ours', await jwe(stranger, text, { kid: key.kid })],
    ['a JWE with another tag', [head, wrapped, iv, ciphertext, flipped(tag)].join('.')],
    ['a JWE with another ciphertext', [head, wrapped, iv, flipped(ciphertext), tag].join('.')],
    ['a JWE with another wrapped key', [head, flipped(wrapped), iv, ciphertext, tag].join('.')],
    ['a JWE of four parts', [head, wrapped, iv, ciphertext].join('.')],
    ['a JWE without kid', reheaded(good, header)],
    ['a JWE with an unknown kid', reheaded(good, { ...header, kid: 'unknown' })],
    ['a JWE by RSA1_5', reheaded(good, { ...header, alg: 'RSA1_5', kid: key.kid })],
    ['a JWE by RSA-OAEP (SHA-1)', reheaded(good, { ...header, alg: 'RSA-OAEP', kid: key.kid })],
    ['a JWE by dir', reheaded(good, { ...header, alg: 'dir', kid: key.kid })],
    ['a JWE with A128GCM', await jwe(key, text, { enc: 'A128GCM' })],
    ['a JWE with zip', reheaded(good, { ...header, kid: key.kid, zip: 'DEF' })],
    ['a JWE with crit', reheaded(good, { ...header, kid: key.kid, crit: ['exp'], exp: 1 })],
    ['a JWE with a key in its header', reheaded(good, { ...header, kid: key.kid, jwk: { kty: 'RSA' } })],
  ];
  return cases.map(([name, value]) => ({ name, kid: key.kid, value }));
}

/** What is random is given, so that all but the wrapped key has one right answer. */
function seals({ kid }: TestKey): object[] {
  const now = Date.UTC(2026, 10, 20, 8, 30);
  return [plain, { ...plain, password: 'ä:ключ🐎' }].map((credentials) => {
    const jti = randomBytes(16).toString('base64url');
    const aud = '/api/register';
    const plaintext = JSON.stringify({ ...credentials, aud, iat: now / 1000, jti });
    const protectedHeader = Buffer.from(JSON.stringify({ ...header, kid })).toString('base64url');
    const contentKey = randomBytes(32);
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', contentKey, iv).setAAD(Buffer.from(protectedHeader));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]).toString('base64url');
    return {
      kid,
      credentials,
      aud,
      now,
      jti,
      plaintext,
      contentKey: contentKey.toString('base64url'),
      iv: iv.toString('base64url'),
      header: protectedHeader,
      ciphertext,
      tag: cipher.getAuthTag().toString('base64url'),
    };
  });
}
