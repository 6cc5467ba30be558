/** The text of an instant is that of `Date`, whatever came before it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { instantText } from '../../src/resource/instant-text.js';

const longest = 8.64e15;
const day = 86_400_000;

describe('the text of an instant', () => {
  const same = (at: number) => expect(instantText(at)).to.equal(new Date(at).toISOString());

  it('is that of Date, in any order, before 1970 and beyond four-digit years too', () => {
    const near = fc.integer({ min: -3 * day, max: 3 * day });
    const any = fc.maxSafeInteger().filter((at) => Math.abs(at) <= longest);
    fc.assert(fc.property(fc.array(fc.oneof(near, any), { minLength: 1 }), (instants) => instants.forEach(same)));
    for (const at of [0, -1, 1, day - 1, day, -day, longest, -longest, -0, Date.UTC(9999, 11, 31), 1.5]) same(at);
  });

  it('is not there for what is no date', () => {
    for (const at of [Number.NaN, longest + 1, -longest - 1, Number.POSITIVE_INFINITY]) {
      expect(() => instantText(at)).to.throw(RangeError);
    }
  });
});
