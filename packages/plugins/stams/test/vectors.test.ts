/** The published tokens that were sealed for a P-256 key: what a secure element of a STAMS has to open. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { calculateJwkThumbprint, compactDecrypt, decodeProtectedHeader } from 'jose';
import { readPublicKey, sealFor } from '../src/devices/public-key.js';

const file = new URL('../../../core/vectors/tokens.json', import.meta.url);
const { keys, open } = JSON.parse(readFileSync(file, 'utf8'));

describe('vectors of sealed tokens', () => {
  const [key] = keys;
  const privateKey = createPrivateKey({ key: key.jwk, format: 'jwk' });

  for (const { name, value, plaintext } of open) {
    it(`open: ${name}`, async () => {
      const { epk, ...header } = decodeProtectedHeader(value);
      expect(header).to.deep.equal({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: key.kid });
      expect(epk).to.include({ kty: 'EC', crv: 'P-256' });
      expect(new TextDecoder().decode((await compactDecrypt(value, privateKey)).plaintext)).to.equal(plaintext);
    });
  }

  it('have the form that the server seals in', async () => {
    expect(await calculateJwkThumbprint(createPublicKey(key.spki).export({ format: 'jwk' }) as never)).to.equal(
      key.kid,
    );
    const sealed = await sealFor(readPublicKey(key.spki), 'a token');
    expect(Object.keys(decodeProtectedHeader(sealed)).sort()).to.deep.equal(
      Object.keys(decodeProtectedHeader(open[0].value)).sort(),
    );
    expect(new TextDecoder().decode((await compactDecrypt(sealed, privateKey)).plaintext)).to.equal('a token');
  });
});
