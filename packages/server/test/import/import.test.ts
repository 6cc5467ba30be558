/** `palestra import FOLDER`: what comes in, and what does not fit. */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { loadConfigFile } from '../../src/cli/config-file.js';
import { type ImportRequest, importService } from '../../src/import/index.js';
import { accountAdministration } from '../../src/management/index.js';
import { dump } from './dump.js';
import { type Collections, folderOf, objectId, oldSystem, password } from './old-system.js';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));

describeOnEachDatabase('palestra import', (fresh) => {
  const hosts: TestHost[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  async function open(database?: string): Promise<TestHost> {
    const { plugins } = await loadConfigFile(repository);
    const host = await startTestHost({ plugins, database: database ?? (await fresh()) });
    hosts.push(host);
    return host;
  }
  async function write(collections: Readonly<Record<string, readonly (object | string)[]>>): Promise<string> {
    const folder = await folderOf(collections);
    folders.push(folder);
    return folder;
  }
  const run = (host: TestHost, folder: string, more: Partial<ImportRequest> = {}) =>
    host.palestra.service(importService).run({ folder, actor: { program: 'test' }, dryRun: false, ...more });
  const countsOf = (collections: Collections) =>
    Object.fromEntries(Object.entries(collections).map(([name, { length }]) => [name, length]));
  const imported = ({ collections }: Awaited<ReturnType<typeof run>>) =>
    Object.fromEntries(collections.map(({ collection, imported: count }) => [collection, count]));

  it('brings every collection with its ids, dates and references, ready to be used', async () => {
    const [host, old] = [await open(), oldSystem()];
    const report = await run(host, await write(old));
    expect(report.faults).to.deep.equal([]);
    expect(imported(report)).to.deep.equal(countsOf(old));
    const signedIn = await host.request('GET', '/api/auth', {
      headers: { authorization: `tnt-user-auth-scheme ${await host.seal({ username: 'Member3', password })}` },
    });
    const token = signedIn.body.data.access_token;
    const records = (await host.request('GET', '/api/transaction_record', { token })).body.data;
    expect(records).to.have.length(5);
    expect(records[0]).to.deep.include({
      transactionState: 'success',
      count: 7,
      visitCount: 3,
      createdDate: '2019-01-04T12:00:00.000Z',
    });
    const teams = (await host.request('GET', '/api/v1/teams', { token })).body;
    expect(teams).to.deep.equal([{ team_id: 9, coach_id: 8, operator_id: 7, team_name: 'U12' }]);
    const admin = await host.account('admin');
    const gyms = (await host.request('GET', '/api/gym', { token })).body.data;
    expect(gyms.map(({ name }: { name: string }) => name)).to.deep.equal(['Gym 0', 'Gym 1', 'Gym 2']);
    expect(gyms[1]).to.deep.include({ createdDate: '2019-01-02T12:00:00.000Z', geoLocation: [14, 47] });
    const operator = (await host.request('GET', '/api/v1/operators/7', { token: admin.token })).body.operator;
    expect(operator).to.deep.include({ club_name: 'Union Henndorf', city: 'Salzburg' });
    const roles = await host.palestra.database().knex('account').select('username', 'role').orderBy('id');
    const roleOf = (name: string) => roles.find(({ username }) => username === name)?.role;
    expect([roleOf('member1'), roleOf('member2'), roleOf('member3')]).to.deep.equal(['operator', 'coach', 'player']);
    expect((await host.request('GET', '/api/v1/all_stams', { token: admin.token })).body).to.deep.equal([
      { display_name: 'At the goal', uid: 70, provisioning_uid: 'a2381a23c3fe89b3' },
    ]);
  });

  it('reports every line that does not fit with its number, and brings the others; a dry run brings nothing', async () => {
    const host = await open();
    const { accounts = [], gyms = [] } = oldSystem();
    const wrong = {
      accounts: [...accounts, accounts[0] as object, { ...accounts[1], legacyId: 'other' }, '{', '{"legacyId":"x"}'],
      gyms: [
        ...gyms,
        { ...gyms[0], legacyId: 'a', owner: 'nobody' },
        { ...gyms[0], legacyId: 'b', name: 'Gym 0' },
        { ...gyms[0], legacyId: 'c', name: 7 },
        { ...gyms[0], legacyId: 'd', name: 'D', colour: 'red' },
        { name: 'No id' },
        { ...gyms[0], legacyId: 'e', name: 'E', createdDate: 'yesterday' },
      ],
    };
    const folder = await write(wrong);
    const before = await dump(host);
    const dry = await run(host, folder, { dryRun: true });
    expect(await dump(host)).to.deep.equal(before);
    const inBoth = [
      ['accounts.jsonl', 13, 'legacyId 5f01aa000000000000000000 is in the file twice'],
      ['accounts.jsonl', 15, 'is not JSON.'],
      ['gyms.jsonl', 4, 'owner nobody is not among the imported accounts'],
      ['gyms.jsonl', 6, 'name must be a string'],
      ['gyms.jsonl', 7, 'colour cannot be found in gyms'],
      ['gyms.jsonl', 8, 'legacyId must be a number, or 1 to 64 visible ASCII characters'],
      ['gyms.jsonl', 9, 'createdDate must be an RFC 3339 date and time'],
    ];
    const told = ({ faults }: typeof dry) => faults.map(({ file, line, detail }) => [file, line, detail]);
    expect(told(dry)).to.include.deep.members(inBoth);
    const real = await run(host, folder);
    expect(told(real)).to.include.deep.members(inBoth);
    expect(real.collections.map(({ imported: count, faults }) => [count, faults])).to.deep.equal([
      [12, 4],
      [3, 6],
    ]);
    expect(real.faults.find(({ file, line }) => file === 'gyms.jsonl' && line === 5)?.detail).to.equal(
      'Resource exists with name <Gym 0> for Gym',
    );
  });

  it('finds by a dry run whatever is wrong with a line by itself', async () => {
    const [host, old] = [await open(), oldSystem()];
    const [account, gym, item, device] = [old.accounts?.[0], old.gyms?.[0], old.merchandise?.[0], old.stams?.[0]];
    const folder = await write({
      ...old,
      accounts: [...(old.accounts ?? []), { ...account, legacyId: 'x', password_hash: 'nope' }, { legacyId: 'y' }],
      gyms: [...(old.gyms ?? []), { ...gym, legacyId: 'x', geoLocation: [200, 0] }],
      merchandise: [
        ...(old.merchandise ?? []),
        { ...item, legacyId: 'x', saleStart: '2020-01-02T00:00:00Z', saleEnd: '2020-01-01T00:00:00Z' },
        { ...item, legacyId: 'y', schedule: [{ start: '2020-01-02T00:00:00Z', end: '2020-01-01T00:00:00Z' }] },
      ],
      stams: [...(old.stams ?? []), { ...device, legacyId: 71, provisioning_uid: 'x', publickey: 'no key' }],
      games: [...(old.games ?? []), { legacyId: 4, gameConfigDTO: '{"rounds":3}' }],
    });
    const dry = await run(host, folder, { dryRun: true });
    const real = await run(host, folder);
    expect(dry.faults.map(({ file, line }) => `${file}:${line}`)).to.deep.equal([
      'accounts.jsonl:13',
      'accounts.jsonl:14',
      'gyms.jsonl:4',
      'merchandise.jsonl:7',
      'merchandise.jsonl:8',
      'stams.jsonl:2',
      'games.jsonl:2',
    ]);
    expect(dry.faults).to.deep.equal(real.faults);
    expect(imported(dry)).to.deep.equal(imported(real));
  });

  it('keeps texts that older systems have: broken characters, separators of lines, and records of many visits', async () => {
    const [host, old] = [await open(), oldSystem({ people: 2, records: 1 })];
    const detail = 'Ruined \ufffd, a line\u2028and a paragraph\u2029';
    const visits = Array.from({ length: 1_500 }, (_, at) => ({
      date: new Date(Date.UTC(2019, 0, 1, at)).toISOString(),
    }));
    const folder = await write({
      ...{ accounts: old.accounts ?? [], merchandise: old.merchandise ?? [] },
      gyms: [`\ufeff${JSON.stringify({ ...old.gyms?.[0], detail })}\r`, ...(old.gyms ?? []).slice(1)],
      records: [{ ...old.records?.[0], count: -1, visits }],
    });
    expect((await run(host, folder, { dryRun: true })).faults).to.deep.equal([]);
    expect((await run(host, folder)).faults).to.deep.equal([]);
    const { token } = await host.account('admin');
    const gym = (await host.request('GET', `/api/gym/${objectId(2, 0)}`, { token })).body.data;
    expect(gym.detail).to.equal(detail);
    const record = (await host.request('GET', `/api/transaction_record/${objectId(4, 0)}`, { token })).body.data;
    expect([record.visitCount, record.count]).to.deep.equal([1_500, -1]);
  });

  it('brings nothing twice', async () => {
    const [host, old] = [await open(), oldSystem()];
    const folder = await write(old);
    await run(host, folder);
    const after = await dump(host);
    const again = await run(host, folder);
    expect(again.faults).to.deep.equal([]);
    expect(again.collections.every(({ imported: count }) => count === 0)).to.equal(true);
    expect(await dump(host)).to.deep.equal(after);
  });

  it('forgets the older id of an account that is deleted, and no other; no later run brings the person back', async () => {
    const host = await open();
    const folder = await write(oldSystem());
    await run(host, folder);
    const { knex } = host.palestra.database();
    const ids = async () => {
      const rows = await knex('legacy_id').select('table_name', 'legacy_id').orderBy(['table_name', 'legacy_id']);
      return rows.map((row) => `${row.table_name} ${row.legacy_id}`);
    };
    const before = await ids();
    const accounts = host.palestra.service(accountAdministration);
    // Nothing refers to the one; purchases refer to the other, whose row stays without a name.
    for (const username of ['member1', 'member3']) await accounts.remove({ program: 'test' }, username);
    const gone = [`account ${objectId(1, 1)}`, `account ${objectId(1, 3)}`];
    expect(before).to.include.members(gone);
    expect(await ids()).to.deep.equal(before.filter((id) => !gone.includes(id)));
    const detail = 'was deleted here, and is not imported again';
    const after = await dump(host);
    for (const dryRun of [true, false]) {
      const again = await run(host, folder, { dryRun });
      expect(again.faults).to.deep.include.members([
        { file: 'accounts.jsonl', line: 2, detail },
        { file: 'accounts.jsonl', line: 4, detail },
      ]);
      // A dry run does not know whether a player, who has no id, is there.
      expect(imported(again)).to.deep.include({ accounts: 0, records: 0, players: dryRun ? 4 : 0 });
    }
    expect(await dump(host)).to.deep.equal(after);
    const kept = await knex('forgotten_legacy_id').select();
    expect(kept.map(({ hash }: { hash: string }) => hash.length)).to.deep.equal([64, 64]);
  });

  it('refuses a folder with a file of no collection, or with none', async () => {
    const host = await open();
    for (const files of [{ lockers: [] }, {}]) {
      const error = await run(host, await write(files)).catch((reason: unknown) => reason);
      expect(String(error)).to.match(/collection.*accounts\.jsonl/);
    }
  });

  it('takes the ids of the older system in paths and bodies', async () => {
    const host = await open();
    await run(host, await write(oldSystem()));
    const { token } = await host.account('admin');
    const [gym, card, record] = [objectId(2, 1), objectId(3, 1), objectId(4, 1)];
    const get = async (path: string) => (await host.request('GET', path, { token })).body.data;
    const found = await get(`/api/gym/${gym}`);
    expect(found).to.include({ name: 'Gym 1' });
    expect((await get(`/api/transaction_record/${record}`)).count).to.equal(9);
    const update = await host.operate('/api/gym', token, 'update', { _id: gym, owner: objectId(1, 1), name: gym });
    expect(update.body.data).to.include({ _id: found._id, name: gym });
    const query = { gym: { equals: gym }, name: { equals: 'Card 1' } };
    expect((await host.operate('/api/merchandise', token, 'query', query)).body.data).to.have.length(1);
    const visit = { transactionRecordId: record, merchandiseId: card };
    const { status, body } = await host.request('POST', '/api/verify_transaction_record', { token, json: visit });
    expect([status, body.data?.count]).to.deep.equal([200, 8]);
    const players = { token, json: { user_ids: [objectId(1, 9)] } };
    expect((await host.request('POST', '/api/v1/teams/9/players', players)).body.team.players).to.have.length(6);
    expect((await host.request('GET', '/api/gym/5f02aa00000000000000ffff', { token })).status).to.equal(404);
    for (const path of [`gym/${card}`, `merchandise/${gym}`, `transaction_record/${card}`, `admin/user/${gym}`]) {
      const answer = await host.request('GET', `/api/${path}`, { token: (await host.account('system_admin')).token });
      expect(answer.status, `${path}: an id of another collection`).to.equal(404);
    }
    const foreign = await host.operate('/api/gym', token, 'update', { _id: card, detail: 'Not this one.' });
    expect(foreign.status).to.equal(404);
  });

  it('tells apart the ids of older systems that count the rows of each collection', async () => {
    const [host, old] = [await open(), oldSystem({ people: 4, records: 1 })];
    const x = (kind: keyof typeof old, more: object) => [{ ...old[kind]?.[0], legacyId: 'x1', ...more }];
    const folder = await write({
      // The others take the ids that rows of other collections have.
      accounts: [...(old.accounts ?? []).slice(1), ...x('accounts', { role: 'player' })],
      gyms: [...(old.gyms ?? []).slice(1).map((gym) => ({ ...gym, owner: 'x1' })), ...x('gyms', { owner: 'x1' })],
      merchandise: x('merchandise', { gym: 'x1' }),
      records: x('records', { payer: 'x1', merchandise: 'x1', count: 7, visits: [] }),
      ...{ countries: x('countries', {}), cities: x('cities', { country_id: 'x1' }) },
      leagues: x('leagues', { country_id: 'x1' }),
      operators: x('operators', { user_id: 'x1', country_id: 'x1', city_id: 'x1', league_id: 'x1' }),
      coaches: x('coaches', { user_id: 'x1', club_id: 'x1' }),
      teams: x('teams', { coach_id: 'x1', operator_id: 'x1' }),
      stams: x('stams', { operator_id: 'x1' }),
      games: x('games', {}),
    });
    expect((await run(host, folder)).faults).to.deep.equal([]);
    const { token } = await host.account('system_admin');
    const send = async (method: string, path: string, json?: object) => {
      const answer = await host.request(method, `/api/${path}`, { token, ...(json && { json }) });
      expect(answer.status, `${method} ${path}: ${answer.text}`).to.equal(200);
      return answer.body?.data ?? answer.body;
    };
    expect(await send('GET', 'gym/x1')).to.include({ name: 'Gym 0' });
    expect(await send('GET', 'merchandise/x1')).to.include({ name: 'Card 0' });
    expect(await send('GET', 'admin/user/x1')).to.include({ username: 'member0' });
    expect((await send('GET', 'v1/operators/x1')).operator).to.include({ club_name: 'Union Henndorf' });
    expect((await send('GET', 'v1/cities/x1')).city).to.include({ name: 'Salzburg' });
    expect((await send('GET', 'v1/stams/x1')).stams).to.include({ display_name: 'At the goal' });
    expect((await send('PUT', 'v1/teams/x1', { team_name: 'U13', coach_id: 'x1', operator_id: 'x1' })).team).to.include(
      {
        team_name: 'U13',
      },
    );
    expect((await send('POST', 'v1/teams/x1/players', { user_ids: ['x1'] })).team.players).to.have.length(1);
    expect((await send('DELETE', 'v1/teams/x1/players/x1')).team.players).to.deep.equal([]);
    expect(await send('POST', 'v1/connect_stams', { stams_uid: 'x1', operator_uid: 'x1' })).to.equal(undefined);
    const visit = { transactionRecordId: 'x1', merchandiseId: 'x1' };
    expect(await send('POST', 'verify_transaction_record', visit)).to.include({ count: 6 });
    const updated = await send('POST', 'gym', { operation: 'update', data: { _id: 'x1', owner: 'x1', club: 'x1' } });
    expect(updated).to.include({ name: 'Gym 0' });
    const staff = { user: 'x1', may: ['admit'] };
    const added = await host.request('POST', `/api/gym/${objectId(2, 1)}/staff`, { token, json: staff });
    expect(added.body.data, added.text).to.include({ lastName: 'Number 0' });
    await send('DELETE', `gym/${objectId(2, 1)}/staff/x1`);
  });
});
