/** A background job: failures are logged and do not end it, runs do not overlap, stopping waits for the run under way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createInterval } from '../../src/async/interval.js';

describe('createInterval', () => {
  const warnings: unknown[] = [];
  const log = { warn: (...args: unknown[]) => warnings.push(args) } as never;
  const options = { everyMs: 5, failure: 'The job failed.', log };
  beforeEach(() => warnings.splice(0));

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(1);
  }

  it('runs again after a failure, which is logged', async () => {
    let runs = 0;
    const job = createInterval(() => {
      runs += 1;
      throw new Error(`run ${runs}`);
    }, options);
    job.start();
    await until(() => runs >= 3);
    await job.stop();
    expect(warnings[0]).to.have.nested.property('[1]', 'The job failed.');
    expect(warnings[0]).to.have.nested.property('[0].err.message', 'run 1');
  });

  it('never runs twice at once, asked for or by the timer', async () => {
    let under = 0;
    let most = 0;
    let runs = 0;
    const job = createInterval(async () => {
      under += 1;
      most = Math.max(most, under);
      await sleep(12);
      under -= 1;
      runs += 1;
    }, options);
    job.start();
    await Promise.all([job.run(), job.run(), job.run()]);
    await job.stop();
    expect(most).to.equal(1);
    expect(runs).to.be.at.least(3);
  });

  it('runs once more when woken during a run, however often, and not when woken after stop', async () => {
    let runs = 0;
    const job = createInterval(
      async () => {
        runs += 1;
        await sleep(5);
      },
      { ...options, everyMs: 60_000 },
    );
    job.wake();
    await sleep(10);
    expect(runs, 'before start').to.equal(0);
    job.start();
    job.wake();
    await until(() => runs === 1);
    for (let times = 0; times < 5; times++) job.wake();
    await until(() => runs === 2);
    await sleep(15);
    expect(runs).to.equal(2);
    job.wake();
    await until(() => runs === 3);
    job.wake();
    await job.stop();
    await sleep(15);
    expect(runs, 'after stop').to.equal(3);
  });

  it('does not begin a run after stop, which waits for the run under way', async () => {
    let ended = 0;
    const job = createInterval(async () => {
      await sleep(20);
      ended += 1;
    }, options);
    job.start();
    await sleep(10);
    await job.stop();
    const before = ended;
    expect(before).to.equal(1);
    await sleep(20);
    expect(ended).to.equal(before);
  });

  it('can be started again after stop', async () => {
    let runs = 0;
    const job = createInterval(() => {
      runs += 1;
    }, options);
    job.start();
    await job.stop();
    job.start();
    await until(() => runs > 0);
    await job.stop();
  });
});
