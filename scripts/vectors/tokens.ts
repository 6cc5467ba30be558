/** The vectors of tokens: what is sealed for a P-256 key, and what must not open with it. */
import { generateKeyPairSync } from 'node:crypto';
import { CompactEncrypt, calculateJwkThumbprint } from 'jose';

/** Under another header: the tag does not fit either, and the header alone must decide. */
export function reheaded(value: string, changed: object): string {
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...value.split('.').slice(1)].join('.');
}

/** Tokens as `register_stams` seals them for a STAMS with a P-256 key. */
export async function tokenVectors(): Promise<object> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', ...rest } = privateKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x, y });
  const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const texts = ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'a', 'x'.repeat(1000)];
  const open = texts.map(async (plaintext) => {
    const protectedHeader = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid };
    const value = await new CompactEncrypt(Buffer.from(plaintext))
      .setProtectedHeader(protectedHeader)
      .encrypt(publicKey);
    return { name: `${plaintext.length} bytes`, kid, value, plaintext };
  });
  const opened = await Promise.all(open);
  const refuse = refusedTokens(kid, opened[0]?.value ?? '');
  return { keys: [{ name: 'P-256', kid, spki, jwk: { ...rest, x, y, kid } }], open: opened, refuse };
}

/** Made from one that opens. */
function refusedTokens(kid: string, good: string): object[] {
  const [head = '', wrapped = '', iv = '', ciphertext = '', tag = ''] = good.split('.');
  const fields = JSON.parse(Buffer.from(head, 'base64url').toString());
  const { epk } = fields;
  const flipped = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
  const withEpk = (change: object) => reheaded(good, { ...fields, epk: { ...epk, ...change } });
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const cases: readonly (readonly [name: string, value: string])[] = [
    ['nothing', ''],
    ['no JWE', Buffer.alloc(256).toString('base64')],
    ['another wrapped key', [head, flipped(wrapped), iv, ciphertext, tag].join('.')],
    ['a wrapped key one byte short', [head, wrapped.slice(0, -2), iv, ciphertext, tag].join('.')],
    ['another initialization vector', [head, wrapped, flipped(iv), ciphertext, tag].join('.')],
    ['another ciphertext', [head, wrapped, iv, flipped(ciphertext), tag].join('.')],
    ['another tag', [head, wrapped, iv, ciphertext, flipped(tag)].join('.')],
    ['four parts', [head, wrapped, iv, ciphertext].join('.')],
    ['another ephemeral key', withEpk({ x: stranger.x, y: stranger.y })],
    ['an ephemeral key that is not on the curve', withEpk({ y: flipped(epk.y) })],
    ['an ephemeral key of zeros', withEpk({ x: 'A'.repeat(43), y: 'A'.repeat(43) })],
    ['a coordinate one byte short', withEpk({ x: epk.x.slice(0, -2) })],
    ['another curve', withEpk({ crv: 'P-384' })],
    ['another key type', withEpk({ kty: 'OKP' })],
    ['no ephemeral key', reheaded(good, { ...fields, epk: undefined })],
    ['the same header in another order', reheaded(good, { epk, ...fields })],
    ['another kid', reheaded(good, { ...fields, kid: 'unknown' })],
    ['ECDH-ES without a wrapped key', reheaded(good, { ...fields, alg: 'ECDH-ES' })],
    ['A128KW', reheaded(good, { ...fields, alg: 'ECDH-ES+A128KW' })],
    ['A128GCM', reheaded(good, { ...fields, enc: 'A128GCM' })],
    ['a name of a party', reheaded(good, { ...fields, apu: 'QQ' })],
    ['crit', reheaded(good, { ...fields, crit: ['exp'], exp: 1 })],
  ];
  return cases.map(([name, value]) => ({ name, kid, value }));
}
