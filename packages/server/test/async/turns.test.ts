/** Lists and searches share one budget of each turn of the event loop, however many there are. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { createTurns } from '../../src/async/turns.js';

/** The turns in which pieces of this length began, by their order. `waits`: settled promises that come before the work. */
async function turnsOf(lengths: readonly number[], budget: number, waits: number = 0): Promise<number[]> {
  let time = 0;
  let turn = 0;
  let over = false;
  const count = (): void => {
    turn += 1;
    if (!over) setImmediate(count);
  };
  const turns = createTurns(budget, () => time);
  const begun: number[] = [];
  setImmediate(count);
  await Promise.all(
    lengths.map((length, at) =>
      turns.run(async () => {
        begun[at] = turn;
        for (let wait = 0; wait < waits; wait++) await null;
        time += length;
      }),
    ),
  );
  over = true;
  return begun;
}

function refuse(): never {
  throw new Error('refused');
}

describe('long work in pieces', () => {
  it('begins at once while there is time, and waits for the next turn when there is none', async () => {
    expect(await turnsOf([2, 2, 2], 5)).to.deep.equal([0, 0, 0]);
    const [first, second, third, fourth] = await turnsOf([2, 4, 2, 2], 5);
    expect([first, second]).to.deep.equal([0, 0]);
    expect(third).to.be.greaterThan(0);
    expect(fourth).to.equal(third);
  });

  for (const waits of [0, 1, 20]) {
    it(`takes one turn each where each takes the whole budget, ${waits} promises later, in the order of coming`, async () => {
      const begun = await turnsOf(
        Array.from({ length: 20 }, () => 5),
        5,
        waits,
      );
      expect(begun).to.deep.equal([...begun].sort((a, b) => a - b));
      expect(new Set(begun).size).to.equal(20);
    });
  }

  it('may ask for further pieces, which wait like those of others', async () => {
    const turns = createTurns(5);
    const order: string[] = [];
    const piece = (name: string, further?: () => Promise<void>) => () =>
      turns.run(async () => {
        order.push(name);
        await null;
        await further?.();
      });
    await Promise.all([piece('first', piece('further'))(), piece('second')()]);
    expect(order).to.deep.equal(['first', 'second', 'further']);
  });

  it('runs each in the context of its own request', async () => {
    const request = new AsyncLocalStorage<number>();
    const turns = createTurns(0.000_001);
    const look = async () => [request.getStore(), performance.now()][0];
    const seen = await Promise.all([1, 2, 3].map((id) => request.run(id, () => turns.run(look))));
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('gives what the work gives, and its error', async () => {
    const turns = createTurns(5);
    expect(await turns.run(async () => 7)).to.equal(7);
    const failed = await turns.run(() => Promise.reject(new Error('lost'))).catch(({ message }: Error) => message);
    expect(failed).to.equal('lost');
    const thrown = Array.from({ length: 2 }, () =>
      turns
        .run(async () => 9)
        .then(() => turns.run(() => refuse()))
        .catch(({ message }: Error) => message),
    );
    expect(await Promise.all(thrown)).to.deep.equal(['refused', 'refused']);
    expect(await turns.run(async () => 8), 'others go on').to.equal(8);
  });
});
