/** A sealed value opens once, on whichever instance and after any restart; what can no longer matter is purged. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatAuthorization, schemes } from '@palestra/core';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createAccounts } from '../../src/identity/account-store.js';
import { createRefreshTokenStore } from '../../src/identity/refresh-token-store.js';
import { createRevocations } from '../../src/identity/revocations.js';
import { createSessionStore } from '../../src/identity/session-store.js';
import { createUsedSeals } from '../../src/identity/used-seals.js';
import { createClock, member, memberPassword, refresh } from './fixture.js';

const day = 24 * 60 * 60 * 1000;

describeOnEachDatabase('a captured sealed value', (fresh) => {
  const clock = createClock();
  let url: string;
  let dataDir: string;
  let host: TestHost;
  let username: string;

  before(async function () {
    this.timeout(60_000);
    url = await fresh();
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-replay-'));
    host = await startTestHost({ plugins: [], database: url, dataDir, clock });
    ({ username } = await member(host));
  });
  after(async () => {
    await host.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const freshness = () => ({ iat: Math.floor(clock.now() / 1000), jti: randomBytes(16).toString('base64url') });
  const capture = () => host.seal({ username, password: memberPassword, ...freshness() });
  const send = async (to: TestHost, sealed: string) =>
    (await to.request('GET', '/api/auth', { headers: { authorization: formatAuthorization(schemes.user, sealed) } }))
      .status;

  it('does not sign in again: at once, later, elsewhere, or after a restart', async function () {
    this.timeout(60_000);
    const sealed = await capture();
    expect(await send(host, sealed)).to.equal(200);
    expect(await send(host, sealed)).to.equal(401);
    const second = await startTestHost({ plugins: [], database: url, dataDir, clock });
    expect(await send(second, sealed)).to.equal(401);
    await second.stop();
    clock.advance(5 * 60_000);
    expect(await send(host, sealed)).to.equal(401);
  });

  it('signs in once where many send it to two instances at once', async function () {
    this.timeout(60_000);
    const second = await startTestHost({ plugins: [], database: url, dataDir, clock });
    const sealed = await capture();
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, at) => send(at % 2 ? host : second, sealed)));
    await second.stop();
    expect(statuses.filter((status) => status === 200)).to.have.length(1);
    expect(statuses.filter((status) => status === 401)).to.have.length(19);
  });

  it('may be sealed at a fraction of a second, and without its time is remembered for 30 days', async () => {
    const { iat, jti } = freshness();
    for (const fraction of [0.00012345, 0.5, 0.999999]) {
      const sealed = await host.seal({
        username,
        password: memberPassword,
        iat: iat - fraction,
        jti: `${jti}${fraction}`,
      });
      expect(await send(host, sealed), String(fraction)).to.equal(200);
      expect(await send(host, sealed), String(fraction)).to.equal(401);
    }
    const undated = await host.seal({ username, password: memberPassword, jti });
    expect([await send(host, undated), await send(host, undated)]).to.deep.equal([200, 401]);
    const { knex } = host.palestra.database();
    const [last] = await knex('sealed_use').max({ expires: 'expires_at' });
    expect(Number(last?.expires) - clock.now()).to.be.closeTo(30 * 24 * 60 * 60_000, 60_000);
  });

  it('for one operation is of no use at another', async () => {
    const sealed = await capture();
    expect((await host.request('POST', '/api/register', { json: { sealed } })).status).to.equal(409);
    expect(await send(host, sealed)).to.equal(401);
  });

  it('is remembered while it would be fresh, and purged later, as are families that have ended', async () => {
    const { knex } = host.palestra.database();
    const database = host.palestra.database();
    const revocations = createRevocations();
    const accounts = createAccounts(database, revocations);
    const sessions = createSessionStore(database, revocations);
    const stores = [createUsedSeals(database), createRefreshTokenStore({ database, accounts, sessions })];
    const purge = async (now: number) => {
      for (const store of stores) await store.purge(now);
    };
    await send(host, await capture());
    const { refresh_token } = await member(host);
    const count = async (table: string) => Number((await knex(table).count({ count: '*' }))[0]?.count);
    await purge(clock.now());
    expect(await count('sealed_use')).to.be.above(0);
    expect((await refresh(host, refresh_token)).status).to.equal(200);
    await purge(clock.now() + 32 * day);
    expect([await count('sealed_use'), await count('refresh_token')]).to.deep.equal([0, 0]);
  });
});
