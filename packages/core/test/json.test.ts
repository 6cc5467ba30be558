import { JsonError, jsonLimitsOf, parseJson } from '@palestra/core';
import { expect } from 'chai';
import fc from 'fast-check';

/** Without integers that a double rounds, which are refused below. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}

describe('parseJson', () => {
  it('reads what JSON.parse reads, within the limits', () => {
    const safe = fc.jsonValue({ maxDepth: 8 }).filter((value) => {
      const text = JSON.stringify(value);
      return (
        isExact(value) && !/"(__proto__|constructor|prototype|toString|valueOf)":|e\+/.test(text) && text.length < 5_000
      );
    });
    fc.assert(
      fc.property(safe, (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('takes every integer up to 2^53-1, and every fraction', () => {
    for (const text of [
      '[9007199254740991]',
      '[-9007199254740991]',
      '[0.1234567890123456789]',
      '[1e5]',
      '[1.5e-300]',
    ]) {
      expect(parseJson(text)).to.deep.equal(JSON.parse(text));
    }
  });

  it('takes a pair by its two escapes, and what only looks like half of one', () => {
    expect(parseJson('["\\ud83d\\ude00","\\\\ud800"]')).to.deep.equal(['\u{1f600}', '\\ud800']);
  });

  const refused: Record<string, string> = {
    'a key twice in one object': '{"a":1,"a":2}',
    'a key twice, once escaped': '{"a":1,"\\u0061":2}',
    'a key twice in an inner object': '[{"b":{"a":1,"a":2}}]',
    'the key __proto__': '{"__proto__":{}}',
    'an escaped __proto__': '{"\\u005f_proto__":{}}',
    'a deep __proto__': '{"a":[{"b":{"__proto__":1}}]}',
    constructor: '{"constructor":{"prototype":{}}}',
    toString: '{"toString":1}',
    'half of a pair': '{"a":"x\\ud800"}',
    'the other half, in a key': '{"\\uDFFF":1}',
    'a number beyond all': '{"a":1e999}',
    'a negative one': '[-1e400]',
    'an integer beyond 2^53-1': '[9007199254740993]',
    'one by its exponent': '[1e20]',
    'two halves in the wrong order': '["\\udc00\\ud800"]',
    '17 levels': '['.repeat(17) + ']'.repeat(17),
    '30,000 levels': '['.repeat(30_000) + ']'.repeat(30_000),
    '1,001 keys': `{${Array.from({ length: 1001 }, (_, index) => `"k${index}":0`).join()}}`,
    'an empty text': '',
    'two documents': '{} {}',
    'trailing garbage': '{}x',
    'a byte order mark': '\ufeff{}',
    'an open string': '{"a',
    'a lone escape': '{"a\\',
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      expect(() => parseJson(text)).to.throw(JsonError);
    });
  }

  it('accepts the same key in sibling objects, 16 levels and 1,000 keys', () => {
    expect(parseJson('[{"a":1},{"a":2}]')).to.deep.equal([{ a: 1 }, { a: 2 }]);
    expect(parseJson('['.repeat(16) + ']'.repeat(16))).to.be.an('array');
    expect(parseJson(`{${Array.from({ length: 1000 }, (_, index) => `"k${index}":0`).join()}}`)).to.be.an('object');
  });

  it('takes one key per 64 bytes that an operation may be sent, and 1,000 at least', () => {
    expect(jsonLimitsOf(1024).keys).to.equal(1000);
    expect(jsonLimitsOf(256 * 1024)).to.deep.equal({ depth: 16, keys: 4096 });
  });

  it('names the place of a value that it refuses', () => {
    expect(() => parseJson('{"a":[{"b":0},{"b":1e20}]}')).to.throw(/^a\[1\]\.b is an integer beyond/);
    expect(() => parseJson('[0,1e999]')).to.throw(/^\[1\] is a number too large/);
    expect(() => parseJson('1e20')).to.throw(/^The body is an integer/);
    for (const [text, told] of [
      ['[{"b":1e20}]', /^config\[0\]\.b is an integer beyond/],
      ['['.repeat(17), /^config is nested deeper/],
      [`{${'"a":'.repeat(2)}}`, /^The key "a" occurs twice/],
      ['{"\\x":1}', /^config is not JSON\.$/],
      ['{', /^config is not JSON\.$/],
      [`{${Array.from({ length: 1001 }, (_, index) => `"k${index}":0`).join()}}`, /^config has more than 1000 keys/],
    ] as const) {
      expect(() => parseJson(text, undefined, 'config'), text).to.throw(JsonError, told);
    }
  });

  it('is not misled by quotes, colons and braces inside strings', () => {
    expect(parseJson('{"a":"\\"a\\":{[","b":"\\\\"}')).to.deep.equal({ a: '"a":{[', b: '\\' });
  });
});
