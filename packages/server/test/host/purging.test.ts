/** The timers that take away what is over: each, once it ticks, leaves what is still needed. */
import { randomBytes } from 'node:crypto';
import { formatAuthorization, schemes } from '@palestra/core';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createCounter } from '../idempotency/counter.js';
import { createClock, member, memberPassword, refresh } from '../identity/fixture.js';
import { type CollectedTimers, collectTimers } from '../timers.js';

const tenMinutes = 10 * 60_000;
const day = 24 * 60 * 60_000;

describeOnEachDatabase('what is over is purged, and nothing else', (fresh) => {
  const clock = createClock();
  const counter = createCounter();
  let host: TestHost;
  let collected: CollectedTimers;

  before(async () => {
    collected = collectTimers();
    host = await startTestHost({ plugins: [counter.plugin], database: await fresh(), clock, rateLimit: true });
  });
  after(() => {
    collected.restore();
    return host.stop();
  });

  const table = (name: string) => host.palestra.database().knex(name);
  const count = async (name: string) => Number((await table(name).count({ rows: '*' }))[0]?.rows);

  async function tick(gone: () => Promise<boolean>): Promise<void> {
    const purging = collected.tick(tenMinutes);
    expect(purging, 'idempotency keys, tokens and seals, events, rate windows').to.be.at.least(4);
    const deadline = Date.now() + 30_000;
    while (!(await gone())) {
      if (Date.now() > deadline) expect.fail('what is over was not purged');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it('idempotency keys after a day', async () => {
    const { access_token: token } = await member(host);
    const send = (key: string) =>
      host.request('POST', '/api/count', { token, json: {}, headers: { 'idempotency-key': key } });
    await send('old');
    await table('idempotency_key').update({ created_at: clock.now() - day - 1 });
    await send('new');
    await tick(async () => (await count('idempotency_key')) < 2);
    const [first, second] = [await send('new'), await send('old')];
    expect(first.headers.get('idempotency-replayed')).to.equal('true');
    expect(second.headers.get('idempotency-replayed')).to.equal(null);
  });

  it('sealed values that were used, once they are too old to open', async () => {
    const { username } = await member(host);
    const jti = () => randomBytes(16).toString('base64url');
    const seal = (fresh: object) => host.seal({ username, password: memberPassword, ...fresh });
    const send = async (sealed: string) =>
      (
        await host.request('GET', '/api/auth', {
          headers: { authorization: formatAuthorization(schemes.user, sealed) },
        })
      ).status;
    const old = await seal({ iat: Math.floor(clock.now() / 1000), jti: jti() });
    expect(await send(old)).to.equal(200);
    clock.advance(5 * 60_000 + 1_000);
    const used = [await seal({ iat: Math.floor(clock.now() / 1000), jti: jti() }), await seal({ jti: jti() })];
    for (const sealed of used) expect(await send(sealed)).to.equal(200);
    await tick(async () => (await count('sealed_use')) < 3);
    for (const sealed of used) expect(await send(sealed), 'used').to.equal(401);
    expect(await count('sealed_use')).to.equal(2);
  });

  it('families of refresh tokens that have ended', async () => {
    const ended = await member(host);
    await table('refresh_token').update({ family_expires_at: clock.now() - 2 * day });
    const { refresh_token } = await member(host);
    const before = await count('refresh_token');
    await tick(async () => (await count('refresh_token')) < before);
    expect(await count('refresh_token')).to.equal(1);
    expect((await refresh(host, refresh_token)).status).to.equal(200);
    expect((await refresh(host, ended.refresh_token)).status).to.equal(401);
  });

  it('events after a month', async () => {
    const occurred = (ago: number) => ({ name: 'door.opened', data: '{}', occurred_at: clock.now() - ago });
    await table('event').insert([occurred(31 * day), occurred(29 * day), occurred(0)]);
    await tick(async () => (await count('event')) < 3);
    expect(await count('event')).to.equal(2);
  });

  it('rate windows that have ended', async () => {
    await table('rate_window').delete();
    const ending = (id: string, inMs: number) => ({ id, hits: 1, ends_at: clock.now() + inMs });
    await table('rate_window').insert([ending('ended', -1_000), ending('running', 60_000)]);
    await tick(async () => (await count('rate_window')) < 2);
    expect(await table('rate_window').pluck('id')).to.deep.equal(['running']);
  });
});
