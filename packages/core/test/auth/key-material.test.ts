/** New keys: of the documented kind, and made beside other work. */
import { createPrivateKey } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { generateRsaKey, generateTokenKey, tokenAlgorithms, tokenKeyOf } from '@palestra/core/auth';
import { expect } from 'chai';

describe('a new key', () => {
  it('of RSA has 3072 bits, as PKCS#8 PEM, and is made while this thread goes on', async () => {
    let turns = 0;
    let made: string | undefined;
    const making = generateRsaKey().then((pem) => {
      made = pem;
    });
    while (made === undefined) {
      await setImmediate();
      turns += 1;
    }
    await making;
    expect(made).to.match(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(made).asymmetricKeyDetails).to.include({ modulusLength: 3072, publicExponent: 65537n });
    expect(turns).to.be.above(5);
  });

  for (const algorithm of tokenAlgorithms) {
    it(`of ${algorithm} is another one each time, and can be read`, async () => {
      const keys = await Promise.all([generateTokenKey(algorithm), generateTokenKey(algorithm)]);
      const [first, second] = keys.map((text) => tokenKeyOf(algorithm, text).kid);
      expect(first).to.be.a('string').and.not.to.equal(second);
    });
  }
});
