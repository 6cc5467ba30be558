/** Searches share one budget of each turn of the event loop, however many there are. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { createScanTurns } from '../../src/resource/scan-turns.js';

/** The turns in which works of this length began, by their order. */
async function turnsOf(lengths: readonly number[], budget: number): Promise<number[]> {
  let time = 0;
  let turn = 0;
  let over = false;
  const count = (): void => {
    turn += 1;
    if (!over) setImmediate(count);
  };
  const turns = createScanTurns(budget, () => time);
  const begun: number[] = [];
  setImmediate(count);
  await Promise.all(
    lengths.map((length, at) =>
      turns.run(async () => {
        begun[at] = turn;
        time += length;
      }),
    ),
  );
  over = true;
  return begun;
}

describe('searches that scan', () => {
  it('begin at once while there is time, and wait for the next turn when there is none', async () => {
    expect(await turnsOf([2, 2, 2], 5)).to.deep.equal([0, 0, 0]);
    const [first, second, third, fourth] = await turnsOf([2, 4, 2, 2], 5);
    expect([first, second]).to.deep.equal([0, 0]);
    expect(third).to.be.greaterThan(0);
    expect(fourth).to.equal(third);
  });

  it('take one turn each where each takes the whole budget, in the order of their coming', async () => {
    const begun = await turnsOf(
      Array.from({ length: 20 }, () => 5),
      5,
    );
    expect(begun).to.deep.equal([...begun].sort((a, b) => a - b));
    expect(new Set(begun).size).to.equal(20);
  });

  it('runs each in the context of its own request', async () => {
    const request = new AsyncLocalStorage<number>();
    const turns = createScanTurns(0.000_001);
    const look = async () => [request.getStore(), performance.now()][0];
    const seen = await Promise.all([1, 2, 3].map((id) => request.run(id, () => turns.run(look))));
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('gives what the work gives, and its error', async () => {
    const turns = createScanTurns(5);
    expect(await turns.run(async () => 7)).to.equal(7);
    const failed = await turns.run(() => Promise.reject(new Error('lost'))).catch(({ message }: Error) => message);
    expect(failed).to.equal('lost');
    expect(await turns.run(async () => 8), 'others go on').to.equal(8);
  });
});
