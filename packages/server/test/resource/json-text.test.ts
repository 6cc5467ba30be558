/** Texts as JSON: those of JSON.stringify, whatever is in them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { jsonText } from '../../src/resource/json-text.js';

describe('a text as JSON', () => {
  it('is that of JSON.stringify for each UTF-16 code unit', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const text = `a${String.fromCharCode(unit)}b`;
      if (jsonText(text) !== JSON.stringify(text)) expect.fail(`U+${unit.toString(16)}: ${jsonText(text)}`);
    }
  });

  it('is that of JSON.stringify for any text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', '"', 'a') }),
    );
    fc.assert(fc.property(texts, (text) => jsonText(text) === JSON.stringify(text)));
  });
});
