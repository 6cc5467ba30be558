/** The language-neutral vectors, held by the server's own code; the client and the C device run the same files. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  classifySealed,
  formatAuthorization,
  formatUserPass,
  isEnvelope,
  isProblem,
  parseAuthorization,
  parseUserPass,
  problemTypePrefix,
} from '@palestra/core';
import { createSealing, type SealingKey, sealingKeyOf } from '@palestra/core/auth';
import { expect } from 'chai';
import { createClock, createReplay, ringOf } from './auth/fixtures.js';

function vectors(name: string) {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
}

describe('vectors of sealed values', () => {
  const { keys, open, refuse, seal } = vectors('sealed');
  const byKid = new Map<string, SealingKey>();

  before(async () => {
    for (const { kid, jwk } of keys) {
      const pem = createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' });
      byKid.set(kid, await sealingKeyOf(pem.toString()));
    }
  });

  function opening(kid: string) {
    const key = byKid.get(kid);
    if (!key) throw new Error(`There is no key ${kid}.`);
    return createSealing({ keys: ringOf(key), replay: createReplay(), clock: createClock() });
  }

  for (const { name, bits, kid, spki, jwk } of keys) {
    it(`the ${name} key is what it says`, () => {
      const key = byKid.get(kid);
      expect(key?.publicKey.trim()).to.equal(spki.trim());
      expect(createPublicKey(spki).asymmetricKeyDetails?.modulusLength).to.equal(bits);
      expect(jwk.kid).to.equal(kid);
    });
  }

  for (const { name, kid, form, value, plaintext } of open) {
    it(`open: ${name}`, async () => {
      expect(classifySealed(value)?.form).to.equal(form);
      expect(await opening(kid).open(value, '/api/auth')).to.deep.equal(JSON.parse(plaintext));
    });
  }

  for (const { name, kid, value } of refuse) {
    it(`refuse: ${name}`, async () => {
      const refusal = await opening(kid)
        .open(value, '/api/auth')
        .then(
          () => 'opened',
          (error) => error.fact?.code ?? error,
        );
      expect(refusal).to.equal('seal_invalid');
    });
  }

  it('sealing: the plaintext is the credentials with aud, iat and jti', () => {
    for (const { credentials, aud, now, jti, plaintext } of seal) {
      expect(JSON.parse(plaintext)).to.deep.equal({ ...credentials, aud, iat: now / 1000, jti });
    }
  });
});

describe('vectors of headers', () => {
  const { authorization, parse, refuse, userPass, refuseUserPass } = vectors('headers');

  it('format and parse', () => {
    for (const { scheme, value, header } of authorization) {
      expect(formatAuthorization(scheme, value)).to.equal(header);
      expect(parseAuthorization(header)).to.deep.equal({ scheme: scheme.toLowerCase(), value });
    }
    for (const { header, scheme, value } of parse) expect(parseAuthorization(header)).to.deep.equal({ scheme, value });
    for (const { username, password, value } of userPass) {
      expect(formatUserPass(username, password)).to.equal(value);
      expect(parseUserPass(value)).to.deep.equal({ username, password });
    }
  });

  for (const header of refuse) {
    it(`refuse ${JSON.stringify(header)}`, () => expect(parseAuthorization(header)).to.equal(undefined));
  }
  for (const value of refuseUserPass) {
    it(`refuse user and password ${JSON.stringify(value)}`, () => expect(parseUserPass(value)).to.equal(undefined));
  }
});

describe('vectors of envelopes and errors', () => {
  const { requests, successes, failures, others } = vectors('envelopes');

  it('requests are the text they say', () => {
    for (const { operation, data, text } of requests) expect(JSON.stringify({ operation, data })).to.equal(text);
  });

  it('answers are envelopes with what they say', () => {
    for (const { text, data } of successes) {
      expect(isEnvelope(JSON.parse(text))).to.equal(true);
      expect(JSON.parse(text)).to.deep.equal({ success: true, data, exceptionMessage: '' });
    }
    for (const { text, exceptionMessage, exceptionType } of failures) {
      expect(isEnvelope(JSON.parse(text))).to.equal(true);
      expect(JSON.parse(text)).to.deep.equal({ success: false, data: {}, exceptionMessage, exceptionType });
    }
    for (const text of others) expect(isEnvelope(JSON.parse(text)), text).to.equal(false);
  });

  it('errors with a code are problem documents, and no others', () => {
    for (const { text, code, message } of vectors('errors').answers) {
      if (!text || text.startsWith('<')) continue;
      const body = JSON.parse(text);
      expect(isProblem(body), text).to.equal(code !== undefined);
      if (code !== undefined) expect(body).to.include({ type: `${problemTypePrefix}${code}`, detail: message });
    }
  });
});
