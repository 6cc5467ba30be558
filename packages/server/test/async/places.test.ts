/** So much at once, in the order of coming, whatever fails. */
import { expect } from 'chai';
import { createPlaces } from '../../src/async/places.js';

describe('places', () => {
  it('are taken by so many at once, and go to the next in line', async () => {
    const inPlace = createPlaces(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3, 4].map((at) =>
      inPlace(async () => {
        begun.push(at);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (at === 1) throw new Error('lost');
        return at;
      }).catch(({ message }: Error) => message),
    );
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    for (let expected = 2; expected <= 5; expected++) {
      await settled();
      expect(begun).to.deep.equal([0, 1, 2, 3, 4].slice(0, expected));
      ends.shift()?.();
    }
    ends.shift()?.();
    expect(await Promise.all(all)).to.deep.equal([0, 'lost', 2, 3, 4]);
    expect(await inPlace(async () => 'free again')).to.equal('free again');
  });
});
