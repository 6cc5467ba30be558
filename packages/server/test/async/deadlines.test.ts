/** Many promises with time limits, and one timer for all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Deadlines } from '../../src/async/deadlines.js';

describe('Deadlines', () => {
  const late: [subject: string, error: unknown][] = [];
  const deadlines = new Deadlines<string>({
    timeout: (subject) => new Error(`${subject} took too long`),
    rejectedLate: (subject, error) => late.push([subject, error]),
  });
  before(() => deadlines.start());
  after(() => deadlines.stop());
  beforeEach(() => late.splice(0));

  it('pass on what settles in time', async () => {
    await deadlines.limit('one', Promise.resolve(), 1);
    const error = new Error('its own');
    expect(await deadlines.limit('two', Promise.reject(error), 1).catch((caught: unknown) => caught)).to.equal(error);
    expect(late).to.deep.equal([]);
  });

  it('reject what does not, and tell of a rejection that comes later', async () => {
    const error = new Error('late');
    const slow = sleep(1_000).then(() => Promise.reject(error));
    const caught = await deadlines.limit('slow', slow, 5).catch((thrown: Error) => thrown.message);
    expect(caught).to.equal('slow took too long');
    await slow.catch(() => undefined);
    expect(late).to.deep.equal([['slow', error]]);
  });

  it('leave alone what still has time when others are rejected', async () => {
    const patient = deadlines.limit('patient', sleep(700), 60_000);
    await deadlines.limit('hasty', sleep(60_000, undefined, { ref: false }), 5).catch(() => undefined);
    await patient;
    expect(late).to.deep.equal([]);
  });
});
