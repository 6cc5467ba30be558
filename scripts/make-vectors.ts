/**
 * Writes `packages/core/vectors/*.json`: sealed values for new keys, headers, envelopes, errors. Run by hand when
 * the wire gains a case; what it makes is committed, since sealing is random. Its private keys protect nothing: they
 * are published so that anybody can open what was sealed.
 */
import {
  constants,
  createCipheriv,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemTypePrefix } from '@palestra/core';
import { CompactEncrypt, calculateJwkThumbprint } from 'jose';
import { reheaded, tokenVectors } from './token-vectors.js';
import { repository } from './workspace.js';

const folder = join(repository, 'packages/core/vectors');
const warning = 'PUBLIC TEST MATERIAL: these private keys are published. Never use them for anything else.';

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

async function sealed(keys: readonly TestKey[]): Promise<object> {
  const [small, large] = keys as [TestKey, TestKey];
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
  return { warning, keys: keys.map(({ shown }) => shown), open, refuse: await refused(small), seal: seals(small) };
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

const base64 = (text: string) => Buffer.from(text).toString('base64');

function headers(): object {
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln';
  const userPasses: readonly (readonly [username: string, password: string])[] = [
    ['Aladdin', 'open sesame'],
    ['test@domain.com', 'pass:with:colons'],
    ['jörg', 'ключ🐎'],
    ['a', 'b'],
  ];
  return {
    authorization: [
      { scheme: 'Bearer', value: token, header: `Bearer ${token}` },
      { scheme: 'Basic', value: base64('a:b'), header: `Basic ${base64('a:b')}` },
      { scheme: 'tnt-admin-auth-scheme', value: 'YTpi', header: 'tnt-admin-auth-scheme YTpi' },
      { scheme: 'tnt-user-auth-scheme', value: 'QUJD-_', header: 'tnt-user-auth-scheme QUJD-_' },
    ],
    parse: [
      { header: `bearer ${token}`, scheme: 'bearer', value: token },
      { header: `BEARER   ${token}`, scheme: 'bearer', value: token },
      { header: 'Basic YTpi', scheme: 'basic', value: 'YTpi' },
      { header: 'TNT-Admin-Auth-Scheme YTpi==', scheme: 'tnt-admin-auth-scheme', value: 'YTpi==' },
    ],
    refuse: [
      '',
      'Bearer',
      'Bearer ',
      ` Bearer ${token}`,
      'Bearer a b',
      'Bearer a, Basic YTpi',
      'Bearer a,b',
      `Bearer\t${token}`,
      'Be@rer a',
      'Bearer =a',
      'Bearer é',
    ],
    userPass: userPasses.map(([username, password]) => ({
      username,
      password,
      value: base64(`${username}:${password}`),
    })),
    refuseUserPass: [
      '',
      '=',
      'YTpi=',
      'Y*pi',
      base64('no colon'),
      base64(':no name'),
      base64('no password:'),
      Buffer.from([0xff, 0x3a, 0x61]).toString('base64'),
      'YTo_Pz8=',
    ],
  };
}

function envelopes(): object {
  return {
    requests: [
      {
        operation: 'create',
        data: { name: 'Iron Temple' },
        text: '{"operation":"create","data":{"name":"Iron Temple"}}',
      },
      { operation: 'query', data: {}, text: '{"operation":"query","data":{}}' },
      {
        operation: 'update',
        data: { _id: '000000000017', name: 'Ä🐎' },
        text: '{"operation":"update","data":{"_id":"000000000017","name":"Ä🐎"}}',
      },
    ],
    successes: [
      { text: '{"success":true,"data":{"_id":"000000000001"},"exceptionMessage":""}', data: { _id: '000000000001' } },
      { text: '{"success":true,"data":[],"exceptionMessage":""}', data: [] },
      { text: '{"success":true,"data":{},"exceptionMessage":""}', data: {} },
    ],
    failures: [
      {
        text: '{"success":false,"data":{},"exceptionMessage":"name is required for creating Gym","exceptionType":"InvalidResourceCreationError"}',
        exceptionMessage: 'name is required for creating Gym',
        exceptionType: 'InvalidResourceCreationError',
      },
      {
        text: '{"success":false,"data":{},"exceptionMessage":"Gym 000000000009 does not exist","exceptionType":"ResourceNotFoundError"}',
        exceptionMessage: 'Gym 000000000009 does not exist',
        exceptionType: 'ResourceNotFoundError',
      },
    ],
    others: ['null', '[]', '"STAMS not found"', '{"stams_token":"a.b.c"}', '{"error":"email is registered already"}'],
  };
}

const problem = (code: string, title: string, status: number, detail: string, exceptionType: string) => ({
  type: `${problemTypePrefix}${code}`,
  title,
  status,
  detail,
  instance: 'urn:palestra:request:4f0c2b8e-1111-4222-8333-944445555666',
  exceptionType,
  requestId: '4f0c2b8e-1111-4222-8333-944445555666',
  errors: [],
});

/** `device`: what docs/firmware.md has a STAMS do. */
function errors(): object {
  const denied = "You don't have the permission for the request";
  const rows: readonly (readonly [
    status: number,
    body: unknown,
    message: string | null,
    device: string,
    code?: string,
  ])[] = [
    [200, { stored: 25, duplicates: 0 }, null, 'done'],
    [304, undefined, null, 'same'],
    [400, 'provisioning_uid is required for the request', 'provisioning_uid is required for the request', 'refused'],
    [
      400,
      'results[1].result_uid is required for the request',
      'results[1].result_uid is required for the request',
      'refused',
    ],
    [401, 'A token must be passed.', 'A token must be passed.', 'unauthorized'],
    [401, 'The token is not valid.', 'The token is not valid.', 'unauthorized'],
    [403, denied, denied, 'unauthorized'],
    [404, 'STAMS not found', 'STAMS not found', 'later'],
    [413, 'The body has more than 262144 bytes.', 'The body has more than 262144 bytes.', 'refused'],
    [429, 'Too many requests.', 'Too many requests.', 'later'],
    [
      500,
      'The server failed. Its log has the reason under this request id.',
      'The server failed. Its log has the reason under this request id.',
      'later',
    ],
    [502, '<html>Bad Gateway</html>', '<html>Bad Gateway</html>', 'later'],
    [
      503,
      'The server cannot answer now. Send the same request again.',
      'The server cannot answer now. Send the same request again.',
      'later',
    ],
    [
      401,
      problem('token_invalid', 'The token is not valid', 401, 'The token is not valid.', 'InvalidTokenError'),
      'The token is not valid.',
      'unauthorized',
      'token_invalid',
    ],
    [
      403,
      problem('permission_denied', 'The permission is missing', 403, denied, 'PermissionDeniedError'),
      denied,
      'unauthorized',
      'permission_denied',
    ],
    [
      503,
      problem('unavailable', 'The server cannot answer now', 503, 'Too many sign-ins at once.', 'UnavailableError'),
      'Too many sign-ins at once.',
      'later',
      'unavailable',
    ],
  ];
  return {
    answers: rows.map(([status, body, message, device, code]) => ({
      status,
      text: body === undefined ? '' : status === 502 ? body : JSON.stringify(body),
      message,
      device,
      ...(code !== undefined && { code }),
    })),
  };
}

mkdirSync(folder, { recursive: true });
const keys = [await makeKey('small', 2048), await makeKey('large', 3072)];
const files = {
  sealed: await sealed(keys),
  tokens: { warning, ...(await tokenVectors()) },
  headers: headers(),
  envelopes: envelopes(),
  errors: errors(),
};
for (const [name, content] of Object.entries(files)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
