/** Tests of how long something takes: `npm test` runs them when nothing else runs, and once more if one fails. */

/** `npm test` says so while it runs other tests at the same time. */
const crowded = process.env.TEST_LANE === 'crowded';

export function itTimed(title: string, body: (this: Mocha.Context) => Promise<void> | void): void {
  if (!crowded) it(`${title} (timed)`, body).retries(1);
}
