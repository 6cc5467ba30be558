/** Keys over the life of a database: nothing ends with a rotation before its time, and other keys do not start. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAuthorization, schemes } from '@palestra/core';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { identityService } from '../../src/identity/index.js';
import { rotate } from '../../src/keys/index.js';
import { collectTimers } from '../timers.js';
import { createClock, member, memberPassword, refresh, register, signIn, statusOf, uniqueName } from './fixture.js';

const day = 24 * 60 * 60 * 1000;

describeOnEachDatabase('the keys of a database', (fresh) => {
  const clock = createClock();
  const hosts: TestHost[] = [];
  let url: string;
  let dataDir: string;

  const start = async (folder = dataDir) => {
    const host = await startTestHost({ plugins: [], database: url, dataDir: folder, clock });
    hosts.push(host);
    return host;
  };
  const turn = (purpose: Parameters<typeof rotate>[0]['purpose']) =>
    rotate({ directory: join(dataDir, 'keys'), purpose, clock, settleMs: 0 });

  beforeEach(async () => {
    url = await fresh();
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-keys-of-'));
  });
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('are rotated while values are sealed and tokens used: each is good until its time', async function () {
    this.timeout(60_000);
    const before = await start();
    const session = await member(before);
    const sealed = await before.seal({ username: session.username, password: memberPassword });
    const device = await before.palestra.service(identityService).machines.issue('stams_io', '12');
    const oldKid = (await before.request('GET', '/api/gpk')).body.kid;
    for (const purpose of ['seal', 'token-hs256', 'machine-hs256', 'refresh', 'pepper'] as const) await turn(purpose);

    const host = await start();
    const gpk = await host.request('GET', '/api/gpk');
    expect(gpk.body.kid).not.to.equal(oldKid);
    const jwks = await host.request('GET', '/.well-known/jwks.json');
    expect(jwks.body.keys.map(({ kid }: { kid: string }) => kid)).to.deep.equal([gpk.body.kid, oldKid]);
    const authorization = formatAuthorization(schemes.user, sealed);
    expect((await host.request('GET', '/api/auth', { headers: { authorization } })).status).to.equal(200);
    expect(await statusOf(host, session.access_token)).to.equal(200);
    expect((await refresh(host, session.refresh_token)).status).to.equal(200);
    expect((await signIn(host, session.username, memberPassword)).status).to.equal(200);

    clock.advance(day);
    // 403: it is known who calls, and the profile is for people.
    expect(await statusOf(host, device.token)).to.equal(403);
    clock.advance(365 * day);
    expect(await statusOf(host, device.token)).to.equal(403);
    expect((await host.request('GET', '/api/auth', { headers: { authorization } })).status).to.equal(401);
    expect((await signIn(host, session.username, memberPassword)).status).to.equal(200);
  });

  it('are looked at every five seconds, also by a host that was stopped and started again', async () => {
    const host = await start();
    const kid = async () => (await host.request('GET', '/api/gpk')).body.kid;
    const old = await kid();
    await host.palestra.stop();
    const collected = collectTimers();
    await host.palestra.start().finally(collected.restore);
    await turn('seal');
    expect(await kid()).to.equal(old);
    expect(collected.tick(5_000)).to.be.at.least(1);
    for (const deadline = Date.now() + 30_000; (await kid()) === old; await sleep(10)) {
      if (Date.now() > deadline) expect.fail('The new key was not noticed.');
    }
  });

  it('rehash a password by the new pepper at the next sign-in', async () => {
    const before = await start();
    const username = uniqueName();
    await register(before, { username, password: memberPassword });
    const hashOf = async () =>
      (await before.palestra.database().knex('account').select('password_hash').where({ username }))[0].password_hash;
    const old = await hashOf();
    await turn('pepper');
    const host = await start();
    expect((await signIn(host, username, memberPassword)).status).to.equal(200);
    expect(await hashOf()).not.to.equal(old);
    expect((await signIn(host, username, memberPassword)).status).to.equal(200);
  });

  it('are those it was served with before: with others the server does not start', async () => {
    await (await start()).stop();
    hosts.pop();
    const other = await mkdtemp(join(tmpdir(), 'palestra-other-'));
    try {
      const error = await start(other).catch((thrown: Error) => thrown);
      expect(error)
        .to.have.nested.property('cause.message')
        .that.matches(/^The keys for (seal|machine-hs256|token-hs256|refresh|pepper) differ from those/);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
    await start();
  });

  it('may have been rotated meanwhile, but not left behind in an old copy', async () => {
    await (await start()).stop();
    hosts.pop();
    const copy = await mkdtemp(join(tmpdir(), 'palestra-copy-'));
    try {
      await cp(join(dataDir, 'keys'), join(copy, 'keys'), { recursive: true });
      await turn('seal');
      await start();
      const error = await start(copy).catch((thrown: Error) => thrown);
      expect(error)
        .to.have.nested.property('cause.message')
        .that.matches(/The keys for seal/);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });
});
