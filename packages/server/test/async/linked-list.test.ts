/** What is under way: in order, removed from wherever it is, and then without a way to the others. */
import { expect } from 'chai';
import { LinkedList } from '../../src/async/linked-list.js';

describe('a linked list', () => {
  const valuesOf = <Value>(list: LinkedList<Value>): Value[] => list.links().map(({ value }) => value);

  it('keeps the order, whichever of its values go', () => {
    for (const gone of [[0], [1], [2], [0, 1], [2, 1], [1, 0], [0, 2], [0, 1, 2], [2, 1, 0]]) {
      const list = new LinkedList<number>();
      const links = [0, 1, 2].map((value) => list.add(value));
      for (const value of gone) expect(links[value] && list.remove(links[value])).to.equal(true);
      list.add(3);
      const left = [0, 1, 2, 3].filter((value) => !gone.includes(value));
      expect(valuesOf(list)).to.deep.equal(left);
      expect(list.first).to.equal(left[0]);
      expect(list.size).to.equal(left.length);
    }
  });

  it('says once that a value was in it, and never of that of another list', () => {
    const [list, other] = [new LinkedList<string>(), new LinkedList<string>()];
    const link = list.add('one');
    expect(other.remove(link)).to.equal(false);
    expect(list.remove(link)).to.equal(true);
    expect(list.remove(link)).to.equal(false);
    expect([list.size, list.first, other.size]).to.deep.equal([0, undefined, 0]);
  });

  it('leaves a removed value no way to those that came with it or after it', () => {
    const list = new LinkedList<number>();
    const links = [0, 1, 2].map((value) => list.add(value));
    for (const link of links) list.remove(link);
    for (const { list, previous, next } of links)
      expect([list, previous, next]).to.deep.equal([undefined, undefined, undefined]);
  });

  it('gives all of its values to who removes them meanwhile', () => {
    const list = new LinkedList<number>();
    for (const value of [0, 1, 2]) list.add(value);
    const seen: number[] = [];
    for (const link of list.links()) {
      seen.push(link.value);
      for (const each of list.links()) list.remove(each);
    }
    expect(seen).to.deep.equal([0, 1, 2]);
  });
});
