/** Fair shares of costly work. */
import { expect } from 'chai';
import { Semaphore } from '../../src/auth/semaphore.js';

describe('a semaphore', () => {
  function createFixture(queue: number) {
    const semaphore = new Semaphore({ concurrency: 1, queue });
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const task = (name: string, share: string) =>
      semaphore
        .run(() => new Promise<void>((end) => ends.push(end)).then(() => void order.push(name)), share)
        .catch(() => void order.push(`${name} refused`));
    /** Ends one task after another until none is left. */
    const endAll = async () => {
      for (let idle = 0; idle < 5; idle += 1) {
        if (ends.length > 0) idle = 0;
        ends.shift()?.();
        await new Promise(setImmediate);
      }
    };
    return { task, order, endAll };
  }

  it('serves those who wait in turn, not by how many tasks they have', async () => {
    const { task, order, endAll } = createFixture(10);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) void task(name, name.slice(0, 1));
    await endAll();
    expect(order).to.deep.equal(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
  });

  it('drops the last task of the caller with the most when it is full', async () => {
    const { task, order, endAll } = createFixture(3);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'a5']) void task(name, name.slice(0, 1));
    await endAll();
    expect(order).to.deep.equal(['b2 refused', 'a5 refused', 'a4 refused', 'a1', 'a2', 'b1', 'a3']);
  });

  it('has room again for all once all is done', async () => {
    const { task, order, endAll } = createFixture(1);
    for (const name of ['a1', 'a2', 'b1']) void task(name, name.slice(0, 1));
    await endAll();
    for (const name of ['c1', 'c2']) void task(name, name.slice(0, 1));
    await endAll();
    expect(order).to.deep.equal(['b1 refused', 'a1', 'a2', 'c1', 'c2']);
  });
});
