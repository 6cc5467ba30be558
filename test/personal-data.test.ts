/**
 * Accounts disabled, exported and deleted, on a host with every plugin. After a deletion no text of any table has the
 * person's name, email or id: every text column is searched.
 */
import { formatId } from '@palestra/core';
import {
  type Account,
  type Answer,
  describeOnEachDatabase,
  startTestHost,
  type TestHost,
} from '@palestra/server/testing';
import { expect } from 'chai';
import { createWorld, type World, worldOptions } from './authorization/world.js';

/** Names that no other account of this test has. */
const namesOf = ({ id }: Pick<Account, 'id'>) => ({
  firstName: `Philippa${id}x`,
  lastName: `Zwettler${id}x`,
  address: `Lindengasse ${id}x, Graz`,
});

describeOnEachDatabase('personal data', (fresh, database) => {
  let world: World;
  let host: TestHost;
  let admin: Account;
  let url: string;
  before(async function () {
    this.timeout(60_000);
    url = await fresh();
    world = await createWorld({ database: url });
    ({ host } = world);
    admin = await host.account('system_admin');
  });
  after(() => host.stop());

  const profile = (account: Account, method: string, path: string, json?: unknown): Promise<Answer> =>
    host.request(method, `/api/profile${path}`, { token: account.token, ...(json !== undefined && { json }) });
  const manage = (method: string, id: number, path = '', token = admin.token): Promise<Answer> =>
    host.request(method, `/api/admin/user/${formatId(id)}${path}`, { token });
  const email = (account: Account) => `${account.username}@private.example`;

  /** Somebody who is in as many tables as a person can be. */
  async function person(): Promise<Account> {
    const { maker, stranger } = world;
    const account = await host.account('operator');
    await host.operate('/api/profile', account.token, 'update', {
      _id: formatId(account.id),
      email: email(account),
      ...namesOf(account),
    });
    await maker.gym(account);
    const staffed = await maker.gym(stranger);
    const staff = { user: formatId(account.id), may: ['admit'] };
    await host.request('POST', `/api/gym/${staffed}/staff`, { token: admin.token, json: staff });
    await maker.purchase(account, staffed);
    await maker.paid(account, staffed);
    const club = await maker.club(account);
    const team = await maker.team(club, await maker.coach(club, account));
    const players = { user_ids: [account.id] };
    await host.request('POST', `/api/v1/teams/${team}/players`, { token: admin.token, json: players });
    await host.request('POST', '/api/recover', { json: { email: email(account) } });
    await host.request('GET', `/api/admin/user/${formatId(account.id)}/export`, { token: admin.token });
    await host.request('POST', '/api/admin/grant_privilege', {
      token: admin.token,
      json: { username: account.username, role: 'coach' },
    });
    const signedIn = await host.request('GET', '/api/auth', {
      headers: {
        authorization: `tnt-user-auth-scheme ${await host.seal({ username: account.username, password: account.password })}`,
      },
    });
    return { ...account, token: signedIn.body.data.access_token };
  }

  /** `table.column` of every text that has one of the needles. */
  async function places(...needles: string[]): Promise<string[]> {
    const { knex } = host.palestra.database();
    const sql =
      database === 'SQLite'
        ? `select m.name as t, p.name as c from sqlite_schema m join pragma_table_info(m.name) p
           where m.type = 'table' and m.name not like 'sqlite_%' and upper(p.type) not like 'INT%' and upper(p.type) <> 'REAL'`
        : `select table_name as t, column_name as c from information_schema.columns where table_schema = database()
           and data_type in ('varchar', 'char', 'text', 'mediumtext', 'longtext', 'json')`;
    const result = await knex.raw(sql);
    const columns: { t: string; c: string }[] = database === 'SQLite' ? result : result[0];
    expect(columns.length).to.be.greaterThan(60);
    const found: string[] = [];
    for (const { t, c } of columns) {
      for (const needle of needles) {
        const rows = await knex(t)
          .whereRaw('lower(cast(?? as char)) like ?', [c, `%${needle.toLowerCase()}%`])
          .limit(1);
        if (rows.length > 0) found.push(`${t}.${c}: ${needle}`);
      }
    }
    return found;
  }

  const needlesOf = (account: Account) => [
    account.username,
    email(account),
    formatId(account.id),
    ...Object.values(namesOf(account)),
  ];

  async function delivered(): Promise<void> {
    const { knex } = host.palestra.database();
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
      const [row] = await knex('event_delivery').count({ left: '*' });
      if (Number(row?.left) === 0) return;
    }
    throw new Error('Events are still to be delivered.');
  }

  it('is exported whole, to its owner and to administrators', async () => {
    const anna = await person();
    const own = await profile(anna, 'GET', '/export');
    expect(own.status, own.text).to.equal(200);
    const { account, data, audit } = own.body.data;
    expect(account).to.deep.include({
      _id: formatId(anna.id),
      username: anna.username,
      email: email(anna),
      ...namesOf(anna),
    });
    expect(Object.keys(data)).to.include.members(['identity', 'recovery', 'gym', 'team', 'transaction']);
    expect(data.gym.gym).to.have.length(1);
    expect(data.gym.gym_staff[0]).to.deep.include({ user_id: anna.id });
    expect(data.transaction.transaction_record).to.have.length(2);
    expect(data.transaction.transaction_history.length).to.be.greaterThan(1);
    expect(data.team.team_player).to.have.length(1);
    expect(data.identity.session.length).to.be.greaterThan(0);
    expect(audit.map(({ action }: { action: string }) => action)).to.include('transaction.perform');
    expect(own.text).not.to.match(/\$argon2|\$scrypt|password|_folded|"hash"/i);
    const managed = await manage('GET', anna.id, '/export');
    expect(managed.body.data.account).to.deep.equal(account);
    const nobody = await host.account();
    expect((await profile(nobody, 'GET', '/export')).body.data.data).to.have.all.keys(['identity']);
  });

  it('is exported with every row, however many', async () => {
    const { id, token } = await host.account();
    const { knex } = host.palestra.database();
    const count = 501;
    const texts = { services: '["Sauna"]', equipments: '[]', announcements: '[]' };
    const folded = { services_folded: 'sauna', equipments_folded: '' };
    const row = { ...texts, ...folded, owner_id: id, created_at: 1, updated_at: 1 };
    await knex.batchInsert(
      'gym',
      Array.from({ length: count }, (_, at) => ({ ...row, name: `Many ${at}`, name_folded: `many ${at}` })),
      50,
    );
    const expected = await knex('gym').where({ owner_id: id }).orderBy('id').pluck('id');
    const { body } = await host.request('GET', '/api/profile/export', { token });
    const { gym }: { gym: { id: number; services: string[] }[] } = body.data.data.gym;
    expect(gym.map((found) => found.id)).to.deep.equal(expected);
    expect(gym[count - 1]?.services).to.deep.equal(['Sauna']);
    await knex('gym').where({ owner_id: id }).delete();
  });

  it('is gone after its owner deleted the account by the password, from every text of every table', async () => {
    const berta = await person();
    await delivered();
    expect((await places(...needlesOf(berta))).length).to.be.greaterThan(5);
    const wrong = await profile(berta, 'POST', '/delete', {
      sealed: await host.seal({ password: 'not the password' }),
    });
    expect(wrong.status).to.equal(401);
    expect((await profile(berta, 'POST', '/delete', { password: berta.password })).status).to.equal(400);
    const sealed = await host.seal({ password: berta.password });
    const done = await profile(berta, 'POST', '/delete', { sealed });
    expect([done.status, done.body.data], done.text).to.deep.equal([200, {}]);
    expect(await places(...needlesOf(berta))).to.deep.equal([]);
    expect((await profile(berta, 'GET', '')).status).to.equal(401);
    const verified = await host.palestra.audit().verify();
    expect(verified.faults).to.deep.equal([]);
  });

  it('is gone after an administrator deleted the account; purchases stay, and the name is free again', async () => {
    const carl = await person();
    await delivered();
    const { knex } = host.palestra.database();
    const before = await knex('transaction_record').where({ payer_id: carl.id });
    expect((await manage('DELETE', carl.id)).status).to.equal(200);
    expect(await places(...needlesOf(carl))).to.deep.equal([]);
    expect(await knex('transaction_record').where({ payer_id: carl.id })).to.deep.equal(before);
    const kept = await manage('GET', carl.id);
    expect(kept.body.data).to.include({ disabled: true, role: 'player', email: null, firstName: null });
    const sealed = await host.seal({ username: carl.username, password: 'another password' });
    expect((await host.request('POST', '/api/register', { json: { sealed } })).status).to.equal(201);
    const log = await host.request('GET', '/api/admin/audit', { token: admin.token });
    const last = log.body.data.filter(({ action }: { action: string }) => action === 'account.delete').at(-1);
    expect(last).to.include({ actor: admin.username, actorId: formatId(admin.id) });
    const grant = log.body.data.filter(({ action }: { action: string }) => action === 'privilege.grant');
    expect(
      grant.some(({ object, detail }: Record<string, unknown>) => object === 'account/(deleted)' && detail === null),
    ).to.equal(true);
  });

  it('of somebody whom nothing refers to leaves no account at all', async () => {
    const dora = await host.account();
    expect((await manage('DELETE', dora.id)).status).to.equal(200);
    expect((await manage('GET', dora.id)).status).to.equal(404);
    expect((await manage('DELETE', dora.id)).status).to.equal(404);
  });

  it('cannot be reached by who is disabled, until enabled again', async () => {
    const emil = await host.account();
    const signIn = async () => {
      const sealed = await host.seal({ username: emil.username, password: emil.password });
      return host.request('GET', '/api/auth', { headers: { authorization: `tnt-user-auth-scheme ${sealed}` } });
    };
    expect((await manage('POST', emil.id, '/disable')).status).to.equal(200);
    expect((await profile(emil, 'GET', '')).status).to.equal(401);
    expect((await signIn()).status).to.equal(401);
    expect((await manage('POST', emil.id, '/recovery')).status).to.equal(409);
    expect((await manage('POST', emil.id, '/disable')).status).to.equal(200);
    expect((await manage('POST', emil.id, '/enable')).status).to.equal(200);
    expect((await profile(emil, 'GET', '')).status).to.equal(401);
    expect((await signIn()).status).to.equal(200);
    const log = await host.request('GET', '/api/admin/audit', { token: admin.token });
    const about = log.body.data.filter(({ object }: { object: string }) => object === `account/${formatId(emil.id)}`);
    expect(about.map(({ action }: { action: string }) => action)).to.deep.equal(['account.disable', 'account.enable']);
  });

  it('is not managed by those below or by themselves, and the last dba never', async () => {
    const dba = await host.account('dba');
    for (const [method, path] of [
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['DELETE', ''],
      ['GET', '/export'],
    ] as const) {
      expect((await manage(method, dba.id, path)).status, `${method} ${path}`).to.equal(403);
      expect((await manage(method, admin.id, path)).status, `${method} ${path}`).to.equal(403);
    }
    const { knex } = host.palestra.database();
    await knex('account').where({ role: 'dba' }).whereNot({ id: dba.id }).update({ disabled: 1 });
    const sealed = await host.seal({ password: dba.password });
    expect((await profile(dba, 'POST', '/delete', { sealed })).status).to.equal(409);
    const second = await host.account('dba');
    const both = await Promise.all([
      manage('DELETE', second.id, '', dba.token),
      manage('POST', dba.id, '/disable', second.token),
    ]);
    expect(both.map(({ status }) => status).filter((status) => status === 200)).to.have.length(1);
  });

  it('that a restore of an older backup brought back is deleted again at the next start', async () => {
    const fred = await host.account();
    const { knex } = host.palestra.database();
    const [account] = await knex('account').where({ id: fred.id });
    const [name] = await knex('account_name').where({ account_id: fred.id });
    expect((await manage('DELETE', fred.id)).status).to.equal(200);
    await knex('account').insert(account);
    await knex('account_name').insert(name);
    const again = await startTestHost({ ...worldOptions, database: url, dataDir: host.dataDir });
    await again.stop();
    expect(await places(fred.username)).to.deep.equal([]);
  }).timeout(60_000);
});
