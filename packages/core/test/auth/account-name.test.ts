/** Names: two that the eye or a database takes for one are one, and what cannot be told apart is refused (D17). */
import { fold } from '@palestra/core';
import { parseAccountName } from '@palestra/core/auth';
import { expect } from 'chai';
import fc from 'fast-check';

const keyOf = (name: string) => parseAccountName(name)?.key;

describe('names', () => {
  it('that look alike are one name', () => {
    const same = ['Jón Dorian', 'JÓN DORIAN', 'jo\u0301n dorian', 'Ｊón Dorian', '  Jón Dorian ', 'Jón\u00a0Dorian'];
    const keys = new Set(same.map((name) => parseAccountName(name)?.key));
    expect([...keys]).to.deep.equal(['jón dorian']);
    expect(parseAccountName('straße')?.key).to.equal(parseAccountName('STRASSE')?.key);
    expect(parseAccountName('a')?.key).not.to.equal(parseAccountName('á')?.key);
    expect(parseAccountName('🏋')?.key).not.to.equal(parseAccountName('🏃')?.key);
  });

  it('are shown as given', () => {
    expect(parseAccountName(' Jón Dorian ')?.display).to.equal('Jón Dorian');
  });

  const unfit = {
    empty: '',
    'spaces only': '  ',
    colon: 'jon:dorian',
    'full-width colon': 'jon：dorian',
    'zero-width space': 'jon\u200b',
    'zero-width joiner': 'jo\u200dn',
    'byte order mark': '\ufeffjon',
    'soft hyphen': 'jo\u00adn',
    'right-to-left override': '\u202enoj',
    NUL: 'jon\0',
    'line break': 'jon\ndorian',
    tab: 'jon\tdorian',
    'lone surrogate': 'jon\ud800',
    unassigned: 'jon\u0378',
    'private use': 'jon\ue000',
    'Hangul filler': 'jon\u3164',
    'Braille blank': 'jon\u2800',
    'replacement character': 'jon\ufffd',
    'object replacement': 'jon\ufffc',
    'variation selector': 'jon\ufe0f',
    'tag character': 'jon\u{e0041}',
    noncharacter: 'jon\ufffe',
    'paragraph separator': 'jon\u2029dorian',
    'spaces of two widths': 'jon\u2003 dorian',
    'spaces of other widths only': '\u3000\u2003',
    'next line': 'jon\u0085dorian',
    isolate: 'jon\u2066dorian\u2069',
    'two spaces': 'jon  dorian',
    'line separator': 'jon\u2028dorian',
    'grown too long by NFKC': '\ufdfa'.repeat(15),
    'too long': 'x'.repeat(255),
  };
  for (const [why, name] of Object.entries(unfit)) {
    it(`are refused: ${why}`, () => {
      expect(parseAccountName(name)).to.equal(undefined);
    });
  }

  const same: Record<string, readonly string[]> = {
    'upper and lower case': ['jon', 'JON', 'Jon', 'jOn'],
    'composed and decomposed': ['jo\u0301n', 'j\u00f3n', 'J\u00d3N', 'JO\u0301N'],
    'full width': ['jon', 'ｊｏｎ', 'ＪＯＮ', '𝗷𝗼𝗻', '𝕁𝕆ℕ', 'ⓙⓞⓝ'],
    spaces: ['jon dorian', ' jon dorian ', 'jon\u00a0dorian', 'jon\u3000dorian', 'jon\u2009dorian', 'jon\u202fdorian'],
    'sharp s': ['strasse', 'straße', 'STRASSE', 'STRAẞE', 'ſtraſſe'],
    sigma: ['οδυσσευς', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    'iota subscript': ['ᾳ\u0302', 'α\u0302\u0345', 'Α\u0302\u0345'],
    ligatures: ['office', 'oﬃce', 'OFFICE', 'oﬀice'],
    'a dotted capital': ['i\u0307stanbul', 'İstanbul'],
    Kelvin: ['k', 'K', 'K'],
    'a dotless i': ['i', 'ı', 'I'],
    digits: ['a1', 'a１', 'a①', 'a¹'],
  };
  for (const [what, spellings] of Object.entries(same)) {
    it(`are one: ${what}`, () => {
      const keys = new Set(spellings.map(keyOf));
      expect([...keys]).to.have.length(1);
      expect(keys).not.to.include(undefined);
    });
  }

  const different: readonly (readonly [string, string])[] = [
    ['a', 'á'],
    ['a', 'å'],
    ['o', 'ø'],
    ['🏋', '🏃'],
    ['jon', 'jon1'],
    ['jon dorian', 'jondorian'],
    ['a\u0301\u0302', 'a\u0302\u0301'],
  ];
  for (const [one, other] of different) {
    it(`are two: ${one} and ${other}`, () => {
      expect(keyOf(one)).not.to.equal(keyOf(other));
    });
  }

  /** Any code point that is no half of a pair. fast-check's own unit makes a table of all of them first. */
  const anyCharacter = fc
    .integer({ min: 0, max: 0x10f7ff })
    .map((number) => String.fromCodePoint(number < 0xd800 ? number : number + 0x800));
  const anyName = fc
    .string({ unit: anyCharacter, minLength: 1, maxLength: 24 })
    .filter((text) => parseAccountName(text) !== undefined);

  it('have one key, whatever form or case they come in', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const decomposed = name.normalize('NFKD');
        const forms = [name.normalize('NFC'), name.normalize('NFD'), name.normalize('NFKC'), decomposed];
        const cases = [decomposed.toUpperCase(), decomposed.toLowerCase(), ` ${name} `];
        for (const other of [...forms, ...cases]) expect(keyOf(other) ?? keyOf(name)).to.equal(keyOf(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are what they are shown as, and their key is its own', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const parsed = parseAccountName(name);
        expect(parseAccountName(parsed?.display ?? '')).to.deep.equal(parsed);
        expect(fold(parsed?.key ?? '')).to.equal(parsed?.key);
        expect(parsed?.key.length).to.be.within(1, 762);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of every single character fold once and for all', function () {
    this.timeout(60_000);
    for (let point = 1; point <= 0x2ffff; point++) {
      const name = parseAccountName(`a${String.fromCodePoint(point)}b`);
      if (name && fold(name.key) !== name.key) expect.fail(`U+${point.toString(16)} folds further`);
    }
  });
});
