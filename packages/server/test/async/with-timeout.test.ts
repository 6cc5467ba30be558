/** A time limit on an action: its own result or failure in time, else an error that says how long was waited. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { withTimeout } from '../../src/async/with-timeout.js';

describe('withTimeout', () => {
  const outcome = (action: () => unknown) => withTimeout(30, action).catch((error: Error) => error.message);

  it('gives the result of the action, synchronous or not', async () => {
    expect(await outcome(() => 'at once')).to.equal('at once');
    expect(await outcome(() => sleep(5, 'later'))).to.equal('later');
  });

  it('gives the failure of the action, thrown or rejected', async () => {
    const thrown = () => {
      throw new Error('thrown');
    };
    expect(await outcome(thrown)).to.equal('thrown');
    expect(await outcome(() => Promise.reject(new Error('rejected')))).to.equal('rejected');
  });

  it('rejects when the action never settles', async () => {
    const began = performance.now();
    expect(await outcome(() => new Promise(() => {}))).to.equal('No result after 30 ms.');
    expect(performance.now() - began).to.be.at.least(25);
  });

  it('rejects with the error of its caller', async () => {
    const timeout = () => new Error('The provider did not answer.');
    const error = await withTimeout(1, () => new Promise(() => {}), timeout).catch((each: Error) => each);
    expect(error).to.have.property('message', 'The provider did not answer.');
  });

  it('ignores a failure that comes after the limit', async () => {
    const late = async () => {
      await sleep(40);
      throw new Error('too late');
    };
    expect(await outcome(late)).to.equal('No result after 30 ms.');
    await sleep(30);
  });
});
