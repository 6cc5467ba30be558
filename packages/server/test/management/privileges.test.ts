/** Who may change whose role, what it does to tokens, and that the last DBA stays. */
import type { Role } from '@palestra/core';
import {
  type Account,
  type Answer,
  describeOnEachDatabase,
  signInAdmin,
  startTestHost,
  type TestHost,
} from '@palestra/server/testing';
import { expect } from 'chai';

describeOnEachDatabase('privileges', (fresh) => {
  let ahead = 0;
  let stopped: number | undefined;
  const clock = { now: () => stopped ?? Date.now() + ahead };
  let host: TestHost;
  let other: TestHost;
  let dba: Account;
  let systemAdmin: Account;

  before(async () => {
    const database = await fresh();
    host = await startTestHost({ plugins: [], database, clock });
    other = await startTestHost({ plugins: [], database, dataDir: host.dataDir, clock });
    [dba, systemAdmin] = await Promise.all([host.account('dba'), host.account('system_admin')]);
  });
  after(async () => {
    await other.stop();
    await host.stop();
  });

  const grant = (by: Account, username: string, role: string, at = host): Promise<Answer> =>
    at.request('POST', '/api/admin/grant_privilege', { token: by.token, json: { username, role } });
  const revoke = (by: Account, username: string, at = host): Promise<Answer> =>
    at.request('POST', '/api/admin/revoke_privilege', { token: by.token, json: { username } });
  const roleOf = async ({ id }: Account): Promise<Role> => {
    const answer = await host.request('GET', `/api/admin/user/${id}`, { token: dba.token });
    return answer.body.data.role;
  };

  const rules: [grantor: 'dba' | 'system_admin', from: Role, to: Role, status: number][] = [
    ['dba', 'player', 'dba', 200],
    ['dba', 'player', 'system_admin', 200],
    ['dba', 'dba', 'player', 200],
    ['dba', 'system_admin', 'coach', 200],
    ['system_admin', 'player', 'dba', 403],
    ['system_admin', 'player', 'system_admin', 200],
    ['system_admin', 'player', 'operator', 200],
    ['system_admin', 'system_admin', 'player', 200],
    ['system_admin', 'dba', 'player', 403],
    ['system_admin', 'dba', 'dba', 403],
  ];
  for (const [by, from, to, status] of rules) {
    it(`a ${by} makes a ${from} a ${to}: ${status}`, async () => {
      const target = await host.account(from);
      const answer = await grant(by === 'dba' ? dba : systemAdmin, target.username, to);
      expect(answer.status, answer.text).to.equal(status);
      expect(await roleOf(target)).to.equal(status === 200 ? to : from);
      if (status === 200) expect(answer.body.data).to.include({ username: target.username, role: to, disabled: false });
    });
  }

  it('users cannot change their own role, not even to a lower one', async () => {
    for (const by of [dba, systemAdmin]) {
      for (const answer of [await grant(by, by.username, 'player'), await revoke(by, by.username)]) {
        expect([answer.status, answer.body.exceptionType]).to.deep.equal([403, 'PermissionDeniedError']);
      }
    }
    expect(await roleOf(dba)).to.equal('dba');
    expect(await roleOf(systemAdmin)).to.equal('system_admin');
  });

  it('users below level 1 neither grant roles nor see accounts', async () => {
    const target = await host.account();
    for (const role of ['admin', 'operator', 'coach', 'player'] as const) {
      const by = await host.account(role);
      const answers = [
        await grant(by, target.username, 'player'),
        await revoke(by, target.username),
        await host.request('GET', '/api/admin/user', { token: by.token }),
        await host.request('GET', `/api/admin/user/${target.id}`, { token: by.token }),
        await host.request('GET', '/api/admin/audit', { token: by.token }),
        await host.request('DELETE', '/api/admin/collection/gym?confirm=gym', { token: by.token }),
      ];
      expect(
        answers.map(({ status }) => status),
        role,
      ).to.deep.equal(answers.map(() => 403));
    }
    expect(await roleOf(target)).to.equal('player');
  });

  it('a role that people cannot have, a missing name and a missing body are 400', async () => {
    const { username } = await host.account();
    const bodies: [json: unknown, type: string][] = [
      [{ username, role: 'guest' }, 'InvalidRequestError'],
      [{ username, role: 'stams_io' }, 'InvalidRequestError'],
      [{ username, role: 'secure_provisioner' }, 'InvalidRequestError'],
      [{ username, role: 'DBA' }, 'InvalidRequestError'],
      [{ username, role: 0 }, 'InvalidRequestError'],
      [{ username: 0, role: 'admin' }, 'InvalidRequestError'],
      [{ username: [username], role: 'admin' }, 'InvalidRequestError'],
      [{ username }, 'InvalidRequestError'],
      [{ username, role: 'admin', level: 0 }, 'InvalidResourceParameterError'],
    ];
    for (const [json, type] of bodies) {
      const answer = await host.request('POST', '/api/admin/grant_privilege', { token: dba.token, json });
      expect([answer.status, answer.body.exceptionType], JSON.stringify(json)).to.deep.equal([400, type]);
    }
    const nobody = await grant(dba, 'nobody-of-that-name', 'admin');
    expect([nobody.status, nobody.body.exceptionType]).to.deep.equal([404, 'ResourceNotFoundError']);
  });

  it('the name is compared as at a sign-in', async () => {
    const target = await host.account();
    expect((await grant(dba, target.username.toUpperCase(), 'coach')).status).to.equal(200);
    expect(await roleOf(target)).to.equal('coach');
  });

  it('a change ends the tokens that say otherwise: here at once, elsewhere within a second', async () => {
    const target = await host.account('admin');
    const see = (at: TestHost) => at.request('GET', '/api/profile', { token: target.token });
    expect([(await see(host)).status, (await see(other)).status]).to.deep.equal([200, 200]);
    expect((await revoke(dba, target.username)).status).to.equal(200);
    expect((await see(host)).status).to.equal(401);
    ahead += 1_001;
    expect((await see(other)).status).to.equal(401);
    await expect401OfAdminScheme(target);
    expect((await grant(dba, target.username, 'admin')).status).to.equal(200);
    expect((await see(host)).status, 'the role is back, the token is not').to.equal(401);
  });

  async function expect401OfAdminScheme({ username, password }: Account): Promise<void> {
    const outcome = await signInAdmin(host, username, password).catch((error: Error) => error.message);
    expect(outcome).to.contain('InvalidCredentialsError');
  }

  it('the same role again changes nothing, ends no token, and is no entry', async () => {
    const target = await host.account('coach');
    const before = await entriesOf(target);
    expect((await grant(dba, target.username, 'coach')).status).to.equal(200);
    expect((await host.request('GET', '/api/profile', { token: target.token })).status).to.equal(200);
    expect(await entriesOf(target)).to.deep.equal(before);
  });

  async function entriesOf({ id }: Account): Promise<{ action: string; detail: unknown; actor: string }[]> {
    const answer = await host.request('GET', '/api/admin/audit', { token: dba.token });
    const object = `account/${String(id).padStart(12, '0')}`;
    return answer.body.data.filter((entry: { object: string }) => entry.object === object);
  }

  it('every change is one audit entry, and a refused one is none', async () => {
    const target = await host.account();
    await grant(dba, target.username, 'operator');
    await grant(systemAdmin, target.username, 'dba');
    await revoke(systemAdmin, target.username);
    const entries = await entriesOf(target);
    const { username } = target;
    expect(entries.map(({ action, actor, detail }) => ({ action, actor, detail }))).to.deep.equal([
      { action: 'privilege.grant', actor: dba.username, detail: { username, from: 'player', to: 'operator' } },
      { action: 'privilege.revoke', actor: systemAdmin.username, detail: { username, from: 'operator', to: 'player' } },
    ]);
  });

  it('accounts are shown whole but for what is secret', async () => {
    const target = await host.account('admin');
    const one = await host.request('GET', `/api/admin/user/${target.id}`, { token: systemAdmin.token });
    expect(Object.keys(one.body.data)).to.have.members([
      ...['_id', 'username', 'email', 'emailVerified', 'firstName', 'lastName', 'address'],
      ...['role', 'level', 'disabled', 'createdDate', 'updatedDate'],
    ]);
    expect(one.body.data).to.include({ username: target.username, role: 'admin', level: 2, disabled: false });
    const list = await host.request('GET', '/api/admin/user', { token: systemAdmin.token });
    expect(list.body.data.map(({ role }: { role: string }) => role)).to.include.members([
      'dba',
      'system_admin',
      'player',
    ]);
    expect(list.text + one.text).not.to.match(/argon2|password|hash|token/i);
    const page = await host.request('GET', `/api/admin/user?find=1&after=${list.body.data[0]._id}`, {
      token: systemAdmin.token,
    });
    expect(page.body.data).to.deep.equal(list.body.data.slice(1, 2));
  });

  it('DBAs who revoke each other at once leave one', async () => {
    for (let round = 0; round < 5; round += 1) {
      await host.palestra.database().knex('account').where({ role: 'dba' }).update({ role: 'player' });
      const [a, b] = await Promise.all([host.account('dba'), host.account('dba')]);
      const answers = await Promise.all([revoke(a, b.username, host), revoke(b, a.username, other)]);
      expect(answers.map(({ status }) => status).filter((status) => status === 200)).to.have.length(1);
      const [{ dbas } = { dbas: -1 }] = await host.palestra
        .database()
        .knex('account')
        .where({ role: 'dba' })
        .count({ dbas: '*' });
      expect(Number(dbas)).to.equal(1);
    }
  });

  it('a disabled DBA does not count: the last one who can sign in stays', async () => {
    const { knex } = host.palestra.database();
    await knex('account').where({ role: 'dba' }).update({ role: 'player' });
    const [usable, disabled, another] = await Promise.all([
      host.account('dba'),
      host.account('dba'),
      host.account('dba'),
    ]);
    await knex('account').where({ id: disabled.id }).update({ disabled: 1 });
    expect((await revoke(usable, another.username)).status, 'of two usable ones').to.equal(200);
    const again = await host.account('dba');
    await knex('account').where({ id: usable.id }).update({ disabled: 1 });
    ahead += 2_000;
    expect((await revoke(again, disabled.username)).status, 'a disabled one').to.equal(409);
    ahead += 2_000;
    await knex('account').where({ id: usable.id }).update({ disabled: 0 });
    expect((await revoke(again, usable.username)).status).to.equal(200);
  });

  it('the last DBA stays, also for one whose token still says dba', async () => {
    await host.palestra.database().knex('account').where({ role: 'dba' }).update({ role: 'player' });
    const [last, former, player] = await Promise.all([host.account('dba'), host.account('dba'), host.account()]);
    stopped = clock.now();
    expect((await other.request('GET', '/api/profile', { token: former.token })).status).to.equal(200);
    expect((await revoke(last, former.username)).status).to.equal(200);
    // The other instance has not seen yet that the token ended.
    const late = [await revoke(former, last.username, other), await grant(former, player.username, 'player', other)];
    stopped = undefined;
    expect(late.map(({ status }) => status)).to.deep.equal([403, 403]);
  });
});
