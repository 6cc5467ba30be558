/** Sessions over HTTP: refresh with one successor, revocation of what was stolen, and logout, on every database. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { clubLogin, createClock, logout, member, memberPassword, refresh, signIn, statusOf } from './fixture.js';

const day = 24 * 60 * 60 * 1000;

describeOnEachDatabase('sessions', (fresh) => {
  const clock = createClock();
  let url: string;
  let dataDir: string;
  let host: TestHost;

  before(async function () {
    this.timeout(60_000);
    url = await fresh();
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-sessions-'));
    host = await startTestHost({ plugins: [], database: url, dataDir, clock });
  });
  after(async () => {
    await host.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Another instance on the same database and keys. */
  async function withSecondHost<Result>(use: (second: TestHost) => Promise<Result>): Promise<Result> {
    const second = await startTestHost({ plugins: [], database: url, dataDir, clock });
    try {
      return await use(second);
    } finally {
      await second.stop();
    }
  }

  const tokensOf = (answer: { body: { data: { access_token: string; refresh_token: string } } }) => answer.body.data;

  it('go on with a new pair, and the old access token stays good until its time', async () => {
    const first = await member(host);
    const answer = await refresh(host, first.refresh_token);
    expect(answer.status).to.equal(200);
    expect(answer.body.data).to.include({ token_type: 'bearer', expires_in: 3600 });
    expect(answer.body.data.refresh_token).not.to.equal(first.refresh_token);
    expect(await statusOf(host, answer.body.data.access_token)).to.equal(200);
    expect(await statusOf(host, first.access_token)).to.equal(200);
  });

  it('have one successor for a hundred at once, also over two instances', async function () {
    this.timeout(60_000);
    const { refresh_token } = await member(host);
    await withSecondHost(async (second) => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, at) => refresh(at % 2 ? host : second, refresh_token)),
      );
      const answered = answers.filter(({ status }) => status === 200);
      expect(answers.filter(({ status }) => status !== 200 && status !== 503)).to.deep.equal([]);
      expect(answered.length).to.be.above(50);
      expect(new Set(answered.map((answer) => tokensOf(answer).refresh_token)).size).to.equal(1);
      const rows = await host.palestra.database().knex('refresh_token').where({ generation: 1, revoked_at: null });
      const families = new Set(rows.map(({ family }) => family));
      expect(families.size).to.equal(rows.length);
    });
  });

  it('end with all their tokens when a spent one comes back after its grace, also after a restart', async () => {
    const { refresh_token: stolen, username } = await member(host);
    const club = (await clubLogin(host, username, memberPassword)).body.user_token as string;
    const live = tokensOf(await refresh(host, stolen));
    clock.advance(10_001);
    await withSecondHost(async (second) => {
      expect((await refresh(second, stolen)).status).to.equal(401);
      expect((await refresh(second, live.refresh_token)).status).to.equal(401);
    });
    expect((await refresh(host, live.refresh_token)).status).to.equal(401);
    clock.advance(1_000);
    for (const token of [live.access_token, club]) expect(await statusOf(host, token)).to.equal(401);
  });

  it('survive a lost reply, however late it is noticed, for the client that sent a key', async () => {
    const { refresh_token } = await member(host);
    const key = randomBytes(24).toString('base64url');
    const lost = tokensOf(await refresh(host, refresh_token, key));
    clock.advance(6 * day);
    const repeated = await withSecondHost(async (second) => tokensOf(await refresh(second, refresh_token, key)));
    expect(repeated.refresh_token).to.equal(lost.refresh_token);
    expect(await statusOf(host, repeated.access_token)).to.equal(200);
    expect((await refresh(host, repeated.refresh_token, 'the-key-of-the-successor')).status).to.equal(200);
    expect((await refresh(host, refresh_token, key)).status).to.equal(401);
  });

  it('end when a spent token comes with another key, at once', async () => {
    const { refresh_token } = await member(host);
    const live = tokensOf(await refresh(host, refresh_token, 'the-key-of-the-owner'));
    expect((await refresh(host, refresh_token, 'the-key-of-the-thief')).status).to.equal(401);
    expect((await refresh(host, live.refresh_token)).status).to.equal(401);
  });

  it('take keys of 16 to 128 characters that are safe in URLs', async () => {
    const { refresh_token } = await member(host);
    for (const key of ['', 'x'.repeat(15), 'x'.repeat(129), 'sixteen chars!!!']) {
      expect((await refresh(host, refresh_token, key)).status).to.equal(400);
    }
    const pair = tokensOf(await refresh(host, refresh_token, 'x'.repeat(16)));
    expect((await refresh(host, pair.refresh_token, 'x'.repeat(128))).status).to.equal(200);
  });

  it('give no grace to a grandparent', async () => {
    const { refresh_token: grandparent } = await member(host);
    const parent = tokensOf(await refresh(host, grandparent));
    const child = tokensOf(await refresh(host, parent.refresh_token));
    expect((await refresh(host, grandparent)).status).to.equal(401);
    expect((await refresh(host, child.refresh_token)).status).to.equal(401);
    expect(await statusOf(host, child.access_token)).to.equal(401);
  });

  it('end at logout, at once here and within a second elsewhere', async () => {
    const session = await member(host);
    const other = tokensOf(await signIn(host, session.username, memberPassword));
    await withSecondHost(async (second) => {
      expect(await statusOf(second, session.access_token)).to.equal(200);
      const answer = await logout(host, session.refresh_token);
      expect(answer.status).to.equal(200);
      expect(answer.body).to.deep.equal({ success: true, data: {}, exceptionMessage: '' });
      expect(await statusOf(host, session.access_token)).to.equal(401);
      clock.advance(1_000);
      expect(await statusOf(second, session.access_token)).to.equal(401);
    });
    expect((await refresh(host, session.refresh_token)).status).to.equal(401);
    expect(await statusOf(host, other.access_token)).to.equal(200);
    expect((await refresh(host, other.refresh_token)).status).to.equal(200);
  });

  it('end at a logout by a spent token too', async () => {
    const session = await member(host);
    const live = tokensOf(await refresh(host, session.refresh_token));
    await logout(host, session.refresh_token);
    expect((await refresh(host, live.refresh_token)).status).to.equal(401);
    expect(await statusOf(host, live.access_token)).to.equal(401);
  });

  it('let a logout succeed whatever the token was', async () => {
    for (const token of ['x', 'eyJhbGciOiJIUzI1NiJ9.e30.x', 'x'.repeat(4096)]) {
      expect((await logout(host, token)).status).to.equal(200);
    }
  });

  it('are not refreshed by anything but a live refresh token', async () => {
    const session = await member(host);
    for (const token of [session.access_token, `${session.refresh_token}A`, ` ${session.refresh_token}`, 'x']) {
      const answer = await refresh(host, token);
      expect(answer.status).to.equal(401);
      expect(answer.body.exceptionType).to.equal('InvalidTokenError');
    }
    for (const body of [{}, { refresh_token: 1 }, { refresh_token: '' }, { refresh_token: 'x', more: 1 }]) {
      expect((await host.request('POST', '/api/refresh', { json: body })).status).to.equal(400);
    }
    expect(await statusOf(host, session.refresh_token)).to.equal(401);
  });

  it('die unused after seven days', async () => {
    const session = await member(host);
    clock.advance(7 * day);
    expect((await refresh(host, session.refresh_token)).status).to.equal(401);
  });

  it('are not refreshed for a disabled account', async () => {
    const session = await member(host);
    await host.palestra.database().knex('account').where({ username: session.username }).update({ disabled: 1 });
    expect((await refresh(host, session.refresh_token)).status).to.equal(401);
    await host.palestra.database().knex('account').where({ username: session.username }).update({ disabled: 0 });
    expect((await refresh(host, session.refresh_token)).status).to.equal(401);
  });

  it('end with a change of password, all of them; the new one signs in', async () => {
    const session = await member(host);
    const club = (await clubLogin(host, session.username, memberPassword)).body.user_token as string;
    const profile = await host.request('GET', '/api/profile', { token: session.access_token });
    const { _id } = profile.body.data[0];
    const change = { oldPassword: memberPassword, newPassword: 'a new password' };
    const wrong = await host.seal({ ...change, oldPassword: 'wrong password' });
    const refused = await host.operate('/api/profile', session.access_token, 'update', { _id, password: wrong });
    expect([refused.status, refused.body.exceptionMessage]).to.deep.equal([401, 'The old password is wrong.']);
    expect(await statusOf(host, session.access_token)).to.equal(200);

    const password = await host.seal(change);
    const changed = await host.operate('/api/profile', session.access_token, 'update', { _id, password });
    expect(changed.status).to.equal(200);
    expect(changed.text).not.to.include('password');
    for (const token of [session.access_token, club]) expect(await statusOf(host, token)).to.equal(401);
    expect((await refresh(host, session.refresh_token)).status).to.equal(401);
    expect((await signIn(host, session.username, memberPassword)).status).to.equal(401);
    expect((await signIn(host, session.username, 'a new password')).status).to.equal(200);
  });

  it('learn that a change of password succeeded, though it ended the token and its reply was lost', async () => {
    const { access_token: token } = await member(host);
    const { _id } = (await host.request('GET', '/api/profile', { token })).body.data[0];
    const password = await host.seal({ oldPassword: memberPassword, newPassword: 'a new password' });
    const update = (data: object, key?: string) =>
      host.request('POST', '/api/profile', {
        token,
        json: { operation: 'update', data: { _id, ...data } },
        headers: key === undefined ? {} : { 'idempotency-key': key },
      });
    const changed = await update({ password }, 'change-1');
    expect(changed.status).to.equal(200);
    clock.advance(1_000);
    const again = await update({ password }, 'change-1');
    expect([again.status, again.text]).to.deep.equal([200, changed.text]);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    for (const [data, key] of [
      [{ password }, undefined],
      [{ password }, 'change-2'],
      [{ firstName: 'Mallory' }, 'change-1'],
      [{ firstName: 1 }, 'change-1'],
    ] as const) {
      expect((await update(data, key)).body.exceptionType).to.equal('InvalidTokenError');
    }
    expect(await statusOf(host, token)).to.equal(401);
  });
});
