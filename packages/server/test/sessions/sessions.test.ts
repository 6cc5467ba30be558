/** Sessions: who is signed in where, and how each ends at once, whatever kind of sign-in it was. */
import { formatId } from '@palestra/core';
import { describeOnEachDatabase, signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import {
  claimsOf,
  clubLogin,
  createClock,
  logout,
  member,
  memberPassword,
  refresh,
  signIn,
  statusOf,
} from '../identity/fixture.js';

interface Session {
  readonly _id: string;
  readonly current: boolean;
  readonly agent: string | null;
  readonly ip: string;
  readonly createdDate: string;
  readonly lastUsedDate: string;
  readonly expiresDate: string;
}

describeOnEachDatabase('sessions', (fresh) => {
  const clock = createClock();
  let host: TestHost;
  before(async () => {
    host = await startTestHost({ plugins: [], database: await fresh(), clock });
  });
  after(() => host.stop());

  const list = async (token: string): Promise<Session[]> =>
    (await host.request('GET', '/api/profile/session', { token })).body.data;
  const end = (token: string, path: string) => host.request('DELETE', `/api/profile/session${path}`, { token });
  const sid = (token: string) => String(claimsOf(token).sid);

  it('are listed with when, where and by what they began', async () => {
    const anna = await member(host);
    const later = await host.request('GET', '/api/auth', {
      headers: {
        authorization: `tnt-user-auth-scheme ${await host.seal({ username: anna.username, password: memberPassword })}`,
        'user-agent': `IronApp/2.1\u00ad ${'x'.repeat(300)}`,
      },
    });
    const { access_token } = later.body.data;
    const sessions = await list(access_token);
    expect(sessions.map(({ _id }) => _id)).to.have.members([sid(anna.access_token), sid(access_token)]);
    const current = sessions.find((each) => each.current);
    expect(current?._id).to.equal(sid(access_token));
    expect(current?.agent)
      .to.match(/^IronApp\/2\.1 x+$/)
      .and.have.length(200);
    expect(current?.ip).to.match(/127\.0\.0\.1$/);
    const other = sessions.find((each) => !each.current);
    expect(other?.agent).to.equal('palestra-test');
    expect(Math.abs(Date.parse(other?.createdDate ?? '') - clock.now())).to.be.lessThan(60_000);
  });

  it('say when they were refreshed, and are not listed once they have expired', async () => {
    const bert = await member(host);
    clock.advance(3_600_000);
    const { access_token } = (await refresh(host, bert.refresh_token)).body.data;
    const [session] = await list(access_token);
    const spent = Date.parse(session?.lastUsedDate ?? '') - Date.parse(session?.createdDate ?? '');
    expect(spent).to.be.within(3_600_000, 3_660_000);
    clock.advance(7 * 24 * 3_600_000);
    const again = (await signIn(host, bert.username, memberPassword)).body.data;
    expect(await list(again.access_token)).to.have.length(1);
  });

  it('end one by one, with their access and refresh tokens', async () => {
    const carl = await member(host);
    const phone = (await signIn(host, carl.username, memberPassword)).body.data;
    const ended = await end(carl.access_token, `/${sid(phone.access_token)}`);
    expect([ended.status, ended.body.data]).to.deep.equal([200, {}]);
    expect(await statusOf(host, phone.access_token)).to.equal(401);
    expect((await refresh(host, phone.refresh_token)).status).to.equal(401);
    expect(await statusOf(host, carl.access_token)).to.equal(200);
    expect((await refresh(host, carl.refresh_token)).status).to.equal(200);
    expect((await end(carl.access_token, `/${sid(phone.access_token)}`)).status).to.equal(404);
  });

  it('of somebody else are not there', async () => {
    const [dora, emil] = [await member(host), await member(host)];
    expect((await end(dora.access_token, `/${sid(emil.access_token)}`)).status).to.equal(404);
    expect(await statusOf(host, emil.access_token)).to.equal(200);
    expect((await list(dora.access_token)).map(({ _id }) => _id)).to.deep.equal([sid(dora.access_token)]);
  });

  it('end all others at once, those of the club API and of the admin scheme too', async () => {
    const fred = await host.account('admin');
    const admin = await signInAdmin(host, fred.username, fred.password);
    const club = (await clubLogin(host, fred.username, fred.password)).body.user_token;
    const tablet = (await signIn(host, fred.username, fred.password)).body.data;
    const listed = (await list(fred.token)).map(({ _id }) => _id);
    expect(listed).to.include.members([admin, club, tablet.access_token].map(sid));
    expect((await end(fred.token, '')).status).to.equal(400);
    const ended = await end(fred.token, '?others=true');
    expect(ended.body.data).to.deep.equal({ ended: listed.length - 1 });
    for (const token of [admin, club, tablet.access_token]) expect(await statusOf(host, token)).to.equal(401);
    expect((await refresh(host, tablet.refresh_token)).status).to.equal(401);
    expect(await list(fred.token)).to.have.length(1);
  });

  it('that were left by a logout are gone from the list', async () => {
    const gina = await member(host);
    const laptop = (await signIn(host, gina.username, memberPassword)).body.data;
    await logout(host, laptop.refresh_token);
    expect((await list(gina.access_token)).map(({ _id }) => _id)).to.deep.equal([sid(gina.access_token)]);
  });

  it('of a user are seen and ended by an administrator, never above their own rank', async () => {
    const admin = await host.account('system_admin');
    const hans = await host.account();
    const path = (id: number, session = '') => `/api/admin/user/${formatId(id)}/session${session}`;
    const seen = await host.request('GET', path(hans.id), { token: admin.token });
    const [first] = seen.body.data as Session[];
    expect(seen.body.data.every(({ current }: Session) => !current)).to.equal(true);
    const ended = await host.request('DELETE', path(hans.id, `/${sid(hans.token)}`), { token: admin.token });
    expect(ended.status, JSON.stringify(first)).to.equal(200);
    expect(await statusOf(host, hans.token)).to.equal(401);
    const dba = await host.account('dba');
    expect((await host.request('GET', path(dba.id), { token: admin.token })).status).to.equal(403);
    expect((await host.request('DELETE', path(dba.id, '/x'), { token: admin.token })).status).to.equal(403);
    expect((await host.request('GET', path(999_999), { token: admin.token })).status).to.equal(404);
    const audit = await host.request('GET', '/api/admin/audit', { token: admin.token });
    expect(audit.body.data.at(-1)).to.include({ action: 'session.end', object: `account/${formatId(hans.id)}` });
  });
});
