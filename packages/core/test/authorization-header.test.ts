import {
  formatAuthorization,
  formatChallenge,
  formatUserPass,
  parseAuthorization,
  parseUserPass,
} from '@palestra/core';
import { expect } from 'chai';
import fc from 'fast-check';

describe('Authorization', () => {
  it('reads a scheme in any case, and its value untouched', () => {
    expect(parseAuthorization('TNT-Admin-Auth-Scheme  YWI6Y2Q=')).to.deep.equal({
      scheme: 'tnt-admin-auth-scheme',
      value: 'YWI6Y2Q=',
    });
    expect(parseAuthorization(formatAuthorization('Bearer', 'a.b-c_~d'))).to.deep.equal({
      scheme: 'bearer',
      value: 'a.b-c_~d',
    });
  });

  for (const header of [
    '',
    'Bearer',
    'Bearer ',
    ' Bearer x',
    'Bearer x y',
    'Bearer a, Basic b',
    'Bearer x\u0000',
    '=x y',
  ]) {
    it(`refuses ${JSON.stringify(header)}`, () => {
      expect(parseAuthorization(header)).to.equal(undefined);
    });
  }

  it('carries any user name without a colon and any password (RFC 7617, UTF-8)', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, (name, password) => {
        const username = name.replaceAll(':', ';');
        expect(parseUserPass(formatUserPass(username, password))).to.deep.equal({ username, password });
      }),
    );
  });

  it('refuses a user name with a colon', () => {
    expect(() => formatUserPass('a:b', 'c')).to.throw(TypeError);
  });

  for (const [what, value] of Object.entries({
    'bad base64': '!!!!',
    base64url: btoa('a:\u00ff\u00fe').replaceAll('+', '-').replaceAll('/', '_'),
    'no colon': btoa('ab'),
    'an empty user name': btoa(':b'),
    'an empty password': btoa('a:'),
    'bad UTF-8': btoa('a:\xff'),
  })) {
    it(`refuses ${what}`, () => {
      expect(parseUserPass(value)).to.equal(undefined);
    });
  }

  it('writes a challenge with quoted parameters', () => {
    expect(formatChallenge('Bearer', { realm: 'a "b"', error: 'invalid_token' })).to.equal(
      'Bearer realm="a \\"b\\"", error="invalid_token"',
    );
  });
});
