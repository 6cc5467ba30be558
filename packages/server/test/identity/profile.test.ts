/** The profile: their own user for everyone, all users for level 1 and above, and nothing but what may change. */
import { formatId } from '@palestra/core';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { signIn, uniqueName } from './fixture.js';

describeOnEachDatabase('profiles', (fresh) => {
  let host: TestHost;
  let jon: Account;
  let max: Account;
  let admin: Account;
  let system: Account;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh() });
    [jon, max, admin, system] = [
      await host.account('player'),
      await host.account('player'),
      await host.account('admin'),
      await host.account('system_admin'),
    ];
  });
  after(() => host.stop());

  const query = (who: Account, data: object) => host.operate('/api/profile', who.token, 'query', data);
  const update = (who: Account, data: object) => host.operate('/api/profile', who.token, 'update', data);
  const idsOf = (answer: { body: { data: { _id: string }[] } }) => answer.body.data.map(({ _id }) => _id);

  it('show no hash, no token version, nothing but their fields', async () => {
    const answer = await host.request('GET', `/api/profile/${jon.id}`, { token: jon.token });
    expect(Object.keys(answer.body.data)).to.deep.equal([
      '_id',
      'username',
      'email',
      'emailVerified',
      'pendingEmail',
      'firstName',
      'lastName',
      'address',
      'shareEmail',
      'shareAddress',
      'role',
      'createdDate',
      'updatedDate',
    ]);
    expect(answer.body.data).to.include({ _id: formatId(jon.id), username: jon.username, role: 'player', email: null });
  });

  it('show only the user who asks below level 1, however they are asked for', async () => {
    const own = [formatId(jon.id)];
    expect(idsOf(await host.request('GET', '/api/profile', { token: jon.token }))).to.deep.equal(own);
    expect(
      idsOf(await host.request('GET', `/api/profile?after=${formatId(jon.id)}`, { token: jon.token })),
    ).to.deep.equal([]);
    for (const data of [{}, { find: 0 }, { username: { contains: '-' } }, { _id: { equals: formatId(jon.id) } }]) {
      expect(idsOf(await query(jon, data)), JSON.stringify(data)).to.deep.equal(own);
    }
    for (const data of [
      { _id: { equals: formatId(max.id) } },
      { role: { equals: 'dba' } },
      { after: formatId(jon.id) },
    ]) {
      expect(idsOf(await query(jon, data)), JSON.stringify(data)).to.deep.equal([]);
    }
    expect(idsOf(await query(admin, {}))).to.deep.equal([formatId(admin.id)]);
    const stranger = await host.request('GET', `/api/profile/${max.id}`, { token: jon.token });
    const nobody = await host.request('GET', '/api/profile/999999', { token: jon.token });
    expect([stranger.status, stranger.text]).to.deep.equal([403, nobody.text]);
  });

  it('are all of them for level 1 and above', async () => {
    const all = idsOf(await host.request('GET', '/api/profile', { token: system.token }));
    expect(all).to.include.members([jon.id, max.id, admin.id, system.id].map(formatId));
    expect(all).to.deep.equal([...all].sort());
    expect(idsOf(await query(system, { username: { equals: max.username } }))).to.deep.equal([formatId(max.id)]);
    expect(idsOf(await query(system, { role: { equals: 'admin' } }))).to.deep.equal([formatId(admin.id)]);
    expect(idsOf(await query(system, { after: formatId(admin.id), find: 1 }))).to.deep.equal([formatId(system.id)]);
    expect((await host.request('GET', `/api/profile/${max.id}`, { token: system.token })).status).to.equal(200);
    expect((await host.request('GET', '/api/profile/999999', { token: system.token })).status).to.equal(404);
  });

  it('refuse criteria that are not valid, for everyone alike', async () => {
    const cases: [object, string][] = [
      [{ colour: { equals: 'red' } }, 'InvalidResourceParameterError'],
      [{ password: { contains: 'x' } }, 'InvalidResourceParameterError'],
      [{ password_hash: { contains: '$' } }, 'InvalidResourceParameterError'],
      [{ username: { like: 'x' } }, 'InvalidOperationError'],
      [{ username: { equals: 0 } }, 'InvalidRequestError'],
      [{ find: -1 }, 'InvalidRequestError'],
      [{ _id: { equals: formatId(999), contains: 'x' } }, 'InvalidRequestError'],
    ];
    for (const [data, type] of cases) {
      for (const who of [jon, system]) {
        const answer = await query(who, data);
        expect([answer.status, answer.body.exceptionType], JSON.stringify(data)).to.deep.equal([400, type]);
      }
    }
  });

  it('change in what the user may change', async () => {
    const change = { firstName: 'Jon', lastName: 'Dorian', address: 'Seestraße 12' };
    const answer = await update(jon, { _id: formatId(jon.id), ...change });
    expect(answer.status).to.equal(200);
    expect(answer.body.data).to.include({ ...change, username: jon.username });
    const cleared = await update(jon, { _id: formatId(jon.id), address: null });
    expect(cleared.body.data).to.include({ firstName: 'Jon', address: null });
  });

  it('never change in role, level, or what the server keeps', async () => {
    for (const field of [
      'role',
      'level',
      'scope',
      'username',
      'disabled',
      'password_hash',
      'tokenVersion',
      'token_version',
      'count',
      'createdDate',
      '__v',
    ]) {
      const answer = await update(jon, { _id: formatId(jon.id), [field]: 0 });
      expect([answer.status, answer.body.exceptionType], field).to.deep.equal([400, 'InvalidResourceParameterError']);
      expect(answer.body.exceptionMessage).to.equal(`${field} cannot be found in User`);
    }
    expect((await query(jon, {})).body.data[0].role).to.equal('player');
  });

  it('answer the rows of the error table', async () => {
    const _id = formatId(jon.id);
    const cases: [unknown, number, string][] = [
      [{ operation: 'drop', data: {} }, 400, 'Operation drop is not supported'],
      [{ operation: 'create', data: {} }, 400, 'Operation create is not supported'],
      [{ data: {} }, 400, 'operation is required for the request'],
      [{ operation: 'update' }, 400, 'data is required for the request'],
      [{ operation: 'update', data: { firstName: 'x' } }, 400, '_id is required for the request'],
      [{ operation: 'update', data: { _id } }, 400, 'data needs a field to update besides _id'],
      [{ operation: 'update', data: { _id, colour: 1 } }, 400, 'colour cannot be found in User'],
    ];
    for (const [json, status, message] of cases) {
      const answer = await host.request('POST', '/api/profile', { token: jon.token, json });
      expect([answer.status, answer.body.exceptionMessage]).to.deep.equal([status, message]);
    }
    const unknown = await update(system, { _id: formatId(999_999), firstName: 'x' });
    expect([unknown.status, unknown.body.exceptionType]).to.deep.equal([404, 'ResourceNotFoundError']);
    for (const wrong of [
      { firstName: 1 },
      { email: 'x' },
      { firstName: '' },
      { lastName: 'x'.repeat(101) },
      { address: {} },
    ]) {
      const answer = await update(jon, { _id, ...wrong });
      expect([answer.status, answer.body.exceptionType], JSON.stringify(wrong)).to.deep.equal([
        400,
        'InvalidRequestError',
      ]);
    }
  });

  it('of others are changed only by level 1 and above, for ranks up to their own', async () => {
    const dba = await host.account('dba');
    expect((await update(jon, { _id: formatId(max.id), firstName: 'x' })).status).to.equal(403);
    expect((await update(jon, { _id: formatId(999_999), firstName: 'x' })).status).to.equal(403);
    expect((await update(admin, { _id: formatId(max.id), firstName: 'x' })).status).to.equal(403);
    expect((await update(system, { _id: formatId(max.id), firstName: 'Max' })).body.data.firstName).to.equal('Max');
    expect((await update(system, { _id: formatId(dba.id), email: `${uniqueName()}@example.org` })).status).to.equal(
      403,
    );
    const password = await host.seal({ oldPassword: max.password, newPassword: 'taken over now' });
    expect((await update(system, { _id: formatId(max.id), password })).status).to.equal(403);
    expect((await signIn(host, max.username, max.password)).status).to.equal(200);
  });

  it('have an email that signs in, and only one user has it', async () => {
    const email = `${uniqueName()}@example.org`;
    expect((await update(jon, { _id: formatId(jon.id), email })).body.data.email).to.equal(email);
    expect((await signIn(host, email.toUpperCase(), jon.password)).status).to.equal(200);
    const taken = await update(max, { _id: formatId(max.id), email: email.toUpperCase() });
    expect([taken.status, taken.body.exceptionType]).to.deep.equal([409, 'DuplicateResourceCreationError']);
    const named = await update(max, { _id: formatId(max.id), email: null, firstName: 'Max' });
    expect(named.status).to.equal(200);

    const next = `${uniqueName()}@example.org`;
    await update(jon, { _id: formatId(jon.id), email: next });
    expect((await signIn(host, email, jon.password)).status).to.equal(401);
    expect((await signIn(host, next, jon.password)).status).to.equal(200);
    expect((await update(max, { _id: formatId(max.id), email })).status).to.equal(200);
    await update(jon, { _id: formatId(jon.id), email: null });
    expect((await signIn(host, next, jon.password)).status).to.equal(401);
    expect((await signIn(host, jon.username, jon.password)).status).to.equal(200);
  });

  it('keep email and name of one mind when many change it at once', async () => {
    const emails = Array.from({ length: 8 }, () => `${uniqueName()}@example.org`);
    await Promise.all(emails.map((email) => update(jon, { _id: formatId(jon.id), email })));
    const { email: shown } = (await query(jon, {})).body.data[0];
    const working = [];
    for (const email of emails) if ((await signIn(host, email, jon.password)).status === 200) working.push(email);
    expect(working).to.deep.equal([shown]);
  });

  it('change a password only by a sealed pair of the old and an acceptable new one', async () => {
    const _id = formatId(max.id);
    const good = { oldPassword: max.password, newPassword: 'a new password' };
    const cases: [string, number][] = [
      ['a new password', 400],
      ['password1', 400],
      [JSON.stringify(good), 400],
      ['A'.repeat(342), 401],
      [await host.seal({ oldPassword: max.password }), 400],
      [await host.seal({ ...good, newPassword: 'short' }), 400],
      [await host.seal({ ...good, newPassword: 0 }), 400],
      [await host.seal({ ...good, role: 'dba' }), 400],
      [await host.seal({ ...good, oldPassword: 'wrong password' }), 401],
    ];
    for (const [password, status] of cases) {
      expect((await update(max, { _id, password })).status, password.slice(0, 20)).to.equal(status);
    }
    const plain = await update(max, { _id, password: 'a new password' });
    expect(plain.body.exceptionType).to.equal('SealRequiredError');
    expect(plain.text).not.to.contain('a new password');
    expect((await signIn(host, max.username, max.password)).status).to.equal(200);
  });
});
