/** What hangs is given up in time, by an error that says after how long; what does not is not touched. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { within } from '../../src/deadline.js';

describe('within a deadline', () => {
  const outcome = (action: () => unknown) => within(30, action).catch((error: Error) => error.message);

  it('comes what was asked for, at once or later', async () => {
    expect(await outcome(() => 'at once')).to.equal('at once');
    expect(await outcome(() => sleep(5, 'later'))).to.equal('later');
  });

  it('comes its own failure, thrown or rejected', async () => {
    const thrown = () => {
      throw new Error('thrown');
    };
    expect(await outcome(thrown)).to.equal('thrown');
    expect(await outcome(() => Promise.reject(new Error('rejected')))).to.equal('rejected');
  });

  it('comes an error for what never ends', async () => {
    const began = performance.now();
    expect(await outcome(() => new Promise(() => {}))).to.equal('no end after 30 ms');
    expect(performance.now() - began).to.be.within(25, 5_000);
  });

  it('bears a failure that comes too late', async () => {
    const late = async () => {
      await sleep(40);
      throw new Error('too late');
    };
    expect(await outcome(late)).to.equal('no end after 30 ms');
    await sleep(30);
  });
});
