import { fold, formatId, parseId } from '@palestra/core';
import { expect } from 'chai';
import fc from 'fast-check';

describe('identifiers', () => {
  it('order as text as they do as numbers', () => {
    const id = fc.integer({ min: 1, max: 999_999_999_999 });
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(formatId(a) < formatId(b)).to.equal(a < b);
        expect(parseId(formatId(a))).to.equal(a);
      }),
    );
  });

  it('are read as string or number, and nothing else', () => {
    expect(parseId('17')).to.equal(17);
    expect(parseId(17)).to.equal(17);
    for (const value of [
      '',
      '0',
      '-1',
      '1.5',
      '1e3',
      ' 1',
      '0x1',
      '٣',
      '9'.repeat(16),
      0,
      -1,
      1.5,
      2 ** 53,
      null,
      [1],
      {},
    ]) {
      expect(parseId(value), JSON.stringify(value)).to.equal(undefined);
    }
  });
});

describe('fold', () => {
  it('takes case, width and composition away', () => {
    for (const [a, b] of [
      ['Iron', 'iRON'],
      ['ÄRGER', 'a\u0308rger'],
      ['ＡＢＣ', 'abc'],
      ['Straße', 'STRASSE'],
      ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ] as const) {
      expect(fold(a), `${a} and ${b}`).to.equal(fold(b));
    }
  });

  it('finds a text inside another, wherever it ends', () => {
    expect(fold('ΦΟΣΑ')).to.include(fold('φος'));
  });

  it('keeps what differs apart', () => {
    for (const [a, b] of [
      ['a', 'á'],
      ['😀', '😁'],
      ['a', 'a '],
    ] as const) {
      expect(fold(a), `${a} and ${b}`).not.to.equal(fold(b));
    }
  });
});
