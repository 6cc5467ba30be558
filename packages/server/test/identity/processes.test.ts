/** Two server processes on one database: what one of them ends or uses up is ended and used up on the other. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAuthorization, schemes } from '@palestra/core';
import { type Answer, describeOnEachDatabase, shareSealingKey, type TestClient } from '@palestra/server/testing';
import { expect } from 'chai';
import { openDatabase } from '../../src/database/connect.js';
import type { Database } from '../../src/database/types.js';
import { logout, member, memberPassword, refresh, statusOf } from './fixture.js';
import { type ServerProcess, startServerProcess } from './server-process.js';

/** Milliseconds until every instance knows of a revocation. */
const revocationMs = 5_000;

describeOnEachDatabase('two server processes', (fresh) => {
  let url: string;
  let dataDir: string;
  let database: Database;
  let one: ServerProcess;
  let two: ServerProcess;

  before(async function () {
    this.timeout(60_000);
    url = await fresh();
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-processes-'));
    await shareSealingKey(dataDir);
    one = await startServerProcess(url, dataDir);
    two = await startServerProcess(url, dataDir);
    database = await openDatabase({ url });
  });
  after(async () => {
    await Promise.all([one.stop(), two.stop()]);
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** The second process, gone as by a crash and back. */
  async function restartTwo(): Promise<void> {
    await two.kill();
    two = await startServerProcess(url, dataDir);
  }

  const pairOf = (answer: Answer): { access_token: string; refresh_token: string } => answer.body.data;

  /** None that is sent later is accepted; how long an answer takes depends on what else the machine does. */
  async function endsWithin(server: TestClient, token: string, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    for (let sentAt = performance.now(); (await statusOf(server, token)) !== 401; sentAt = performance.now()) {
      expect(sentAt).to.be.below(deadline);
      await sleep(50);
    }
  }

  it('give one successor to a hundred refreshes of one token', async function () {
    this.timeout(60_000);
    const { refresh_token } = await member(one);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => refresh(at % 2 ? one : two, refresh_token)),
    );
    const busy = answers.filter(({ status }) => status === 503);
    const answered = answers.filter(({ status }) => status === 200);
    expect(answered.length + busy.length).to.equal(100);
    expect(answered.length).to.be.above(50);
    expect(new Set(answered.map((answer) => pairOf(answer).refresh_token)).size).to.equal(1);
    const families = await database.knex('refresh_token').select('family').where({ generation: 1 });
    expect(families).to.have.length(1);
  });

  it('end the family of a reused token, also after a restart, and what came of it ends on both', async function () {
    this.timeout(60_000);
    const { refresh_token: grandparent } = await member(one);
    const parent = pairOf(await refresh(one, grandparent));
    const child = pairOf(await refresh(two, parent.refresh_token));
    for (const server of [one, two]) expect(await statusOf(server, child.access_token)).to.equal(200);
    await restartTwo();
    expect((await refresh(two, grandparent)).status).to.equal(401);
    for (const server of [one, two]) {
      await endsWithin(server, child.access_token, 1_100);
      expect((await refresh(server, child.refresh_token)).status).to.equal(401);
    }
    await restartTwo();
    for (const spent of [grandparent, parent.refresh_token, child.refresh_token]) {
      expect((await refresh(two, spent)).status).to.equal(401);
    }
    expect(await statusOf(two, child.access_token)).to.equal(401);
  });

  it('give a retry after a crash the same successor', async function () {
    this.timeout(60_000);
    const { refresh_token } = await member(one);
    const first = pairOf(await refresh(two, refresh_token));
    await restartTwo();
    expect(pairOf(await refresh(two, refresh_token)).refresh_token).to.equal(first.refresh_token);
    expect((await refresh(one, first.refresh_token)).status).to.equal(200);
  });

  it('open a captured value once, also after a restart of both', async function () {
    this.timeout(60_000);
    const { username } = await member(one);
    const freshness = { iat: Math.floor(Date.now() / 1000), jti: randomBytes(16).toString('base64url') };
    const sealed = await one.seal({ username, password: memberPassword, ...freshness });
    const headers = { authorization: formatAuthorization(schemes.user, sealed) };
    const send = async (server: TestClient) => (await server.request('GET', '/api/auth', { headers })).status;
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, at) => send(at % 2 ? one : two)));
    expect(statuses.filter((status) => status === 200)).to.have.length(1);
    expect(statuses.filter((status) => status === 401)).to.have.length(19);
    await one.kill();
    one = await startServerProcess(url, dataDir);
    await restartTwo();
    for (const server of [one, two]) expect(await send(server)).to.equal(401);
  });

  const ends: Record<string, (session: { username: string; refresh_token: string }) => Promise<unknown>> = {
    'a logout': ({ refresh_token }) => logout(one, refresh_token),
    'a disabled account': ({ username }) => database.knex('account').where({ username }).update({ disabled: 1 }),
    'another role': ({ username }) =>
      database.knex('account').where({ username }).update({ role: 'coach', token_version: 1 }),
    'a deleted account': ({ username }) => database.knex('account').where({ username }).delete(),
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`know of ${what} in time`, async function () {
      this.timeout(30_000);
      const session = await member(one);
      for (const server of [one, two]) expect(await statusOf(server, session.access_token)).to.equal(200);
      await end(session);
      await Promise.all([one, two].map((server) => endsWithin(server, session.access_token, revocationMs)));
    });
  }
});
