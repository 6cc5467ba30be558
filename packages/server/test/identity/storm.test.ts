/** Under a storm: costly work is bounded, what is too much is told to come back, and everybody else is served. */
import { randomBytes } from 'node:crypto';
import { formatAuthorization, schemes } from '@palestra/core';
import { type Answer, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { member, memberPassword, signIn, statusOf } from './fixture.js';

describeOnEachDatabase('under a storm', (fresh) => {
  let host: TestHost;
  let session: { username: string; access_token: string };

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh(), checkAnswers: false, costlyPasswords: true });
    session = await member(host);
  });
  after(() => host.stop());

  /** Statuses of a probe sent again and again until `storm` is over. */
  async function probeDuring(storm: Promise<unknown>): Promise<number[]> {
    let over = false;
    const ended = storm.finally(() => {
      over = true;
    });
    const statuses: number[] = [];
    while (!over) statuses.push(await statusOf(host, session.access_token));
    await ended;
    return statuses;
  }

  function expectTurnedAway(answers: readonly Answer[]): void {
    expect(answers.length).to.be.above(0);
    for (const { status, headers } of answers) {
      expect(status).to.equal(503);
      expect(Number(headers.get('retry-after'))).to.be.within(1, 60);
    }
  }

  it('of 200 sign-ins some get in, the others a Retry-After, and a probe its answers', async function () {
    this.timeout(60_000);
    const storm = Promise.all(Array.from({ length: 200 }, () => signIn(host, session.username, memberPassword)));
    const statuses = await probeDuring(storm);
    const answers = await storm;
    const signedIn = answers.filter(({ status }) => status === 200);
    expect(signedIn.length).to.be.at.least(10);
    expectTurnedAway(answers.filter(({ status }) => status !== 200));
    expect(statuses.length).to.be.above(5);
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    expect((await signIn(host, session.username, memberPassword)).status).to.equal(200);
  });

  it('of 1,000 sealed values of garbage only so many are tried, and a sign-in works again at once', async function () {
    this.timeout(60_000);
    const garbage = () => randomBytes(384).toString('base64').replace(/^./, 'A');
    const send = () => {
      const authorization = formatAuthorization(schemes.user, garbage());
      return host.request('GET', '/api/auth', { headers: { authorization } });
    };
    // Fewer at once than the server takes connections: what is refused here is work, not a socket.
    const wave = () => Promise.all(Array.from({ length: 500 }, send));
    const storm = (async () => [...(await wave()), ...(await wave())])();
    const statuses = await probeDuring(storm);
    const answers = await storm;
    expectTurnedAway(answers.filter(({ status }) => status !== 401));
    expect(answers.filter(({ status }) => status === 401).length).to.be.at.least(60);
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    expect((await signIn(host, session.username, memberPassword)).status).to.equal(200);
  });
});
