/** Schemes of an embedding app: each reads the headers that name it and no others, and its callers own what they make. */
import { formatUserPass } from '@palestra/core';
import { createPalestra, type HostScheme } from '@palestra/server';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { member, statusOf, uniqueName } from './fixture.js';

const staff: Readonly<Record<string, ReturnType<HostScheme['verify']>>> = {
  'key-of-ann': { subject: 'staff/ann', username: 'Ann', role: 'system_admin' },
  'key-of-bob': Promise.resolve({ subject: 'staff/bob', username: 'Bob', role: 'player' }),
};

describeOnEachDatabase('a scheme of the embedding app', (fresh) => {
  let host: TestHost;
  const asked: string[] = [];
  const apiKey: HostScheme = {
    name: 'ApiKey',
    realm: 'staff',
    verify(value) {
      asked.push(value);
      if (value === 'broken') throw new Error('the staff list is away');
      return Object.hasOwn(staff, value) ? staff[value] : undefined;
    },
  };
  const never: HostScheme = { name: 'Ticket', verify: () => undefined };

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh(), schemes: [apiKey, never] });
  });
  after(() => host.stop());
  beforeEach(() => asked.splice(0));

  const get = (authorization: string, path = '/api/profile') =>
    host.request('GET', path, { headers: { authorization } });

  it('knows its callers, each by one account here', async () => {
    const first = await get('ApiKey key-of-bob');
    expect(first.status).to.equal(200);
    expect(first.body.data).to.have.length(1);
    expect(first.body.data[0]).to.include({ username: 'Bob', role: 'player' });
    const again = await get('apikey key-of-bob');
    expect(again.body.data).to.deep.equal(first.body.data);
    const all = await get('ApiKey key-of-ann');
    expect(all.body.data.map(({ username }: { username: string }) => username)).to.include.members(['Ann', 'Bob']);
  });

  it('delete their account within five minutes of a sign-in to the app, and not otherwise', async () => {
    const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000;
    const cases: readonly (readonly [authenticatedAt: number | undefined, status: number])[] = [
      [undefined, 403],
      [minutesAgo(6), 403],
      [minutesAgo(-1), 403],
      [minutesAgo(1), 200],
    ];
    const nobody = { subject: 'staff/zoe', username: 'Zoe', role: 'player' } as const;
    const idOf = async () => (await get('ApiKey zoe')).body.data[0]._id;
    Object.assign(staff, { zoe: nobody });
    const id = await idOf();
    const remove = async (proof: object) => {
      const headers = { authorization: 'ApiKey zoe' };
      const json = { sealed: await host.seal(proof) };
      return (await host.request('POST', '/api/profile/delete', { headers, json })).status;
    };
    expect(await remove({ password: 'null' })).to.equal(401);
    for (const [authenticatedAt, status] of cases) {
      expect(await idOf()).to.equal(id);
      Object.assign(staff, { zoe: { ...nobody, authenticatedAt } });
      expect(await remove({}), String(authenticatedAt)).to.equal(status);
    }
    expect(await idOf()).not.to.equal(id);
    // A token of ours tells nothing of a fresh sign-in to the app.
    const { access_token: token } = await member(host, uniqueName());
    const json = { sealed: await host.seal({}) };
    expect((await host.request('POST', '/api/profile/delete', { token, json })).status).to.equal(400);
  });

  it('never takes a name for an identity: a member of the same name is another person', async () => {
    const { access_token, username } = await member(host, uniqueName());
    Object.assign(staff, { namesake: { subject: 'staff/namesake', username, role: 'player' } });
    const own = (await host.request('GET', '/api/profile', { token: access_token })).body.data[0];
    const other = (await get('ApiKey namesake')).body.data[0];
    expect(other._id).not.to.equal(own._id);
    expect(other.username).to.match(new RegExp(`^${username} `));
  });

  it('answers 401 with its own challenge to a credential that proves no identity', async () => {
    for (const value of ['ApiKey unknown', 'ApiKey', 'ApiKey ', 'ApiKey  key-of-bob', 'ApiKey __proto__']) {
      const answer = await get(value);
      expect([answer.status, answer.body.exceptionType], value).to.deep.equal([401, 'InvalidCredentialsError']);
      expect(answer.headers.get('www-authenticate')).to.equal('ApiKey realm="staff"');
    }
    expect(asked).not.to.include('');
  });

  it('is not asked for a header of another scheme, and no other for one of its own', async () => {
    const { access_token } = await member(host);
    expect(await statusOf(host, access_token)).to.equal(200);
    for (const header of ['Bearer key-of-bob', `Basic ${formatUserPass('x', 'y')}`, 'Ticket key-of-bob', 'Key x']) {
      expect((await get(header)).status, header).to.equal(401);
    }
    expect(asked).to.deep.equal([]);
    expect((await get(`ApiKey ${access_token}`)).status).to.equal(401);
    expect(asked).to.deep.equal([access_token]);
  });

  it('is named in the challenge where nothing was passed, beside Bearer', async () => {
    const answer = await host.request('GET', '/api/profile');
    expect(answer.headers.get('www-authenticate')).to.equal(
      'Bearer realm="user", ApiKey realm="staff", Ticket realm="user"',
    );
  });

  it('does not sign in: those who have a session of ours have a password here', async () => {
    expect((await get('ApiKey key-of-ann', '/api/auth')).status).to.equal(401);
  });

  it('that fails is a 500 which tells nothing', async () => {
    const answer = await get('ApiKey broken');
    expect(answer.status).to.equal(500);
    expect(answer.text).not.to.include('staff list');
  });

  it('is refused at once under a name that is taken or none', () => {
    for (const names of [['Bearer'], ['basic'], ['TNT-User-Auth-Scheme'], ['Two Words'], [''], ['Own', 'OWN']]) {
      const schemes = names.map((name) => ({ ...never, name }));
      expect(() => createPalestra({ plugins: [], schemes }), names.join()).to.throw(TypeError);
    }
  });
});
