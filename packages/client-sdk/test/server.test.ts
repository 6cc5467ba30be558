/** The client against the real server, on a free port and a real database: what the in-process transport cannot show. */
import {
  type Client,
  createClient,
  isClientError,
  type Middleware,
  memoryTokens,
  type Transport,
} from '@palestra/client';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { failureOf } from './wire.js';

let serial = 0;
const unique = (name: string) => `${name} ${Date.now().toString(36)} ${serial++}`;
const password = 'correct horse: ключ 🐎';

describe('the client and the server', function () {
  this.timeout(60_000);

  let host: TestHost;
  let member: Client;
  let admin: Client;

  const connect = () => createClient({ baseUrl: host.url });

  before(async () => {
    host = await startTestHost({ plugins: [gym, merchandise, transaction, team, stams] });
    const operator = await host.account('admin');
    admin = connect();
    await admin.auth.signInAdmin(operator);
    member = connect();
    await member.auth.register({ username: unique('member'), password });
  });

  after(() => host?.stop());

  it('registers with sealed credentials, signs in by name and by email, and knows who it is', async () => {
    const client = connect();
    const username = unique('Jon');
    const email = `${username.replaceAll(' ', '.')}@example.org`;
    await client.auth.register({ username, password, email, firstName: 'Jon' });
    expect(await client.profile.me()).to.include({ username, email, firstName: 'Jon', role: 'player' });
    await client.auth.signOut();
    expect(await failureOf(client.profile.list())).to.include({ kind: 'auth', code: 'token_missing' });
    await client.auth.signIn({ username: email, password });
    expect((await client.profile.list()).map((user) => user.username)).to.deep.equal([username]);
  });

  it('throws the same for a wrong password and an unknown user', async () => {
    const { username } = await member.profile.me();
    const wrong = await failureOf(connect().auth.signIn({ username, password: 'not the password' }));
    const unknown = await failureOf(connect().auth.signIn({ username: unique('nobody'), password }));
    expect(wrong).to.include({ kind: 'auth', code: 'credentials_invalid', status: 401, retryable: false });
    expect([unknown.code, unknown.message]).to.deep.equal([wrong.code, wrong.message]);
  });

  it('makes, reads, changes, finds and deletes', async () => {
    const name = unique('Iron Temple');
    const made = await admin.gym.create({ name, geoLocation: [13.055, 47.8095], services: ['sauna'] });
    expect(await member.gym.get(made._id)).to.deep.equal(made);
    const changed = await admin.gym.update({ _id: made._id, detail: 'Open all night' });
    expect(changed).to.include({ name, detail: 'Open all night' });
    expect(await member.gym.query({ name: { contains: name.toUpperCase() } })).to.deep.equal([changed]);
    expect(await member.gym.query({ name: { equals: 'another' } })).to.deep.equal([]);
    await admin.gym.delete(made._id);
    expect(await failureOf(member.gym.get(made._id))).to.include({ kind: 'not_found', code: 'resource_not_found' });
  });

  it('pages through a list as it goes', async () => {
    const prefix = unique('paged');
    const made: string[] = [];
    for (let index = 0; index < 7; index++) made.push((await admin.gym.create({ name: `${prefix} ${index}` }))._id);
    const found: string[] = [];
    for await (const { _id } of member.gym.query({ name: { contains: prefix } }, { pageSize: 3 })) found.push(_id);
    expect(found).to.deep.equal(made);
    const listed: string[] = [];
    for await (const { _id } of member.gym.list({ after: made[1] }, { pageSize: 2 })) listed.push(_id);
    expect(listed).to.include.members(made.slice(2)).and.not.include(made[1]);
  });

  it('finds by distance as a guest, page after page, and sees public fields only', async () => {
    const prefix = unique('near');
    const places = { far: [13.2, 47.8], here: [13.0, 47.8], close: [13.01, 47.8] } as const;
    for (const [place, [longitude, latitude]] of Object.entries(places)) {
      const data = { name: `${prefix} ${place}`, geoLocation: [longitude, latitude] as [number, number] };
      await admin.gym.create({ ...data, email: 'secret@example.org' });
    }
    const guest = connect();
    const found: [string, number][] = [];
    const nearby = guest.discovery.gyms({ keyword: prefix, near: [13, 47.8], max: 20_000 }, { pageSize: 1 });
    for await (const { name, distance = -1, ...rest } of nearby) {
      found.push([name.slice(prefix.length + 1), distance]);
      expect(rest).to.not.have.any.keys('email', 'owner');
    }
    expect(found.map(([place]) => place)).to.deep.equal(['here', 'close', 'far']);
    expect(found[1]?.[1]).to.be.within(700, 800);
  });

  it('puts merchandise on sale and finds it by query and by discovery', async () => {
    const { _id } = await admin.gym.create({ name: unique('Shop') });
    const price = { amount: 9900, currency: 'EUR' };
    const name = unique('Ten yoga classes');
    const made = await admin.merchandise.create({ name, type: 1, gym: _id, price, count: 10 });
    expect(await member.merchandise.query({ gym: { equals: _id }, find: 5 })).to.deep.equal([made]);
    const [offer] = await connect().discovery.merchandise({ gym: _id, keyword: 'YOGA' });
    expect(offer).to.deep.include({ _id: made._id, name, price, count: 10 });
    const again = await failureOf(admin.merchandise.create({ name, type: 1, gym: _id }));
    expect(again).to.include({ kind: 'conflict', code: 'duplicate_resource_creation' });
  });

  it('says where a request is wrong', async () => {
    const error = await failureOf(admin.gym.create({ name: unique('Wrong'), geoLocation: [999, 0] }));
    expect(error).to.include({ kind: 'invalid', status: 400, operationId: 'operateGym' });
    expect(error.errors[0]?.pointer).to.match(/^\/data\/geoLocation/);
    expect(await failureOf(member.gym.create({ name: unique('Mine') }))).to.include({ kind: 'permission' });
  });

  it('renews its session, once for ten clients of one store, and none is logged out', async () => {
    const tokens = memoryTokens();
    const clients = Array.from({ length: 10 }, () => createClient({ baseUrl: host.url, tokens }));
    await clients[0]?.auth.register({ username: unique('tabs'), password });
    const before = await tokens.read();
    await tokens.update((current) => current && { ...current, accessToken: `${current.accessToken}x` });
    await Promise.all(clients.map((client) => client.gym.list({ find: 1 })));
    const after = await tokens.read();
    expect(after?.refreshToken).to.not.equal(before?.refreshToken);
    await clients[9]?.auth.refresh();
    expect((await tokens.read())?.refreshToken).to.not.equal(after?.refreshToken);
  });

  it('is signed out when the server has ended the session', async () => {
    const tokens = memoryTokens();
    const here = createClient({ baseUrl: host.url, tokens });
    await here.auth.register({ username: unique('ended'), password });
    const elsewhere = createClient({ baseUrl: host.url, tokens: memoryTokens(await tokens.read()) });
    await elsewhere.auth.signOut();
    expect(await failureOf(here.auth.refresh())).to.include({ kind: 'auth', operationId: 'refresh' });
    expect(await tokens.read()).to.equal(undefined);
  });

  it('changes a password, sealed, and signs in with the new one', async () => {
    const client = connect();
    const username = unique('changer');
    await client.auth.register({ username, password });
    const wrong = { oldPassword: 'not the old one', newPassword: 'battery staple' };
    expect(await failureOf(client.profile.changePassword(wrong))).to.include({ operationId: 'operateProfile' });
    await client.profile.changePassword({ oldPassword: password, newPassword: 'battery staple' });
    expect(await client.auth.tokens()).to.equal(undefined);
    await client.auth.signIn({ username, password: 'battery staple' });
    expect(isClientError(await client.auth.signIn({ username, password }).catch((error) => error))).to.equal(true);
  });

  it('changes a password once though the reply was lost, with the token that the change has ended', async () => {
    let lost = 0;
    const transport: Transport = async (url, init) => {
      const response = await fetch(url, init);
      if (init.method !== 'POST' || !url.endsWith('/api/profile') || lost > 0) return response;
      lost += 1;
      throw new TypeError('The reply was lost.');
    };
    const client = createClient({ baseUrl: host.url, transport });
    const username = unique('unlucky');
    await client.auth.register({ username, password });
    await client.profile.changePassword({ oldPassword: password, newPassword: 'battery staple' });
    expect(lost).to.equal(1);
    await client.auth.signIn({ username, password: 'battery staple' });
  });

  it('shares accounts between the two families', async () => {
    const client = connect();
    const email = `${unique('club').replaceAll(' ', '.')}@example.org`;
    const user = { email, password, first_name: 'Max', last_name: 'Mustermann' };
    expect(await client.club.register(user)).to.include({ email, first_name: 'Max' });
    expect(await failureOf(client.club.register(user))).to.include({ kind: 'invalid', status: 400 });
    expect((await client.club.login({ username: email, password })).user).to.deep.equal({
      email,
      name: 'Max Mustermann',
    });
    expect(await client.profile.me()).to.include({ email });
    expect(await failureOf(client.club.login({ username: unique('nobody'), password }))).to.include({
      kind: 'not_found',
      message: 'User not found',
    });
  });

  it('keeps the collections of the club API, teams and their players', async () => {
    const { countries, cities, leagues, operators, coaches, teams } = admin.club;
    const country = await countries.create({ name: unique('Austria') });
    expect(await countries.get(country.country_id)).to.deep.equal(country);
    const renamed = await countries.update(country.country_id, { name: unique('Österreich') });
    expect(await countries.list()).to.deep.include(renamed);
    const { country_id } = country;
    const { city_id } = await cities.create({ name: unique('Salzburg'), country_id });
    const { league_id } = await leagues.create({ name: unique('Landesliga') });
    const { id: user_id } = await host.account();
    const { id: coach_user } = await host.account();
    const address = 'Seestraße 12';
    const club = { user_id, club_name: unique('Union'), address, country_id, city_id, league_id };
    const { operator_id } = await operators.add(club);
    const { coach_id } = await coaches.create({ user_id: coach_user, club_id: operator_id });
    const { team_id } = await teams.create({ coach_id, operator_id, team_name: 'U12' });
    const players = [(await host.account()).id, (await host.account()).id] as const;
    expect((await teams.players.add(team_id, players)).players.map(({ id }) => id)).to.have.members([...players]);
    expect((await teams.players.remove(team_id, players[0])).players).to.have.length(1);
    const left: number[] = [];
    for await (const { id } of teams.players.list(team_id)) left.push(id);
    expect(left).to.deep.equal([players[1]]);
    await teams.delete(team_id);
    expect(await failureOf(teams.get(team_id))).to.include({ kind: 'not_found' });
  });

  it('buys, pays and is admitted, once for one key', async () => {
    const shop = await admin.gym.create({ name: unique('Door') });
    const price = { amount: 500, currency: 'EUR' };
    const offer = { name: 'Two visits', type: 1, gym: shop._id, price, count: 2, stock: 1 } as const;
    const { _id: merchandiseId } = await admin.merchandise.create(offer);
    const order = { merchandiseId, paymentMethod: 'sandbox' };
    const once = { idempotencyKey: unique('purchase').replaceAll(' ', '-') };
    const begun = await member.transaction.perform(order, once);
    expect(await member.transaction.perform(order, once)).to.deep.equal(begun);
    expect(await failureOf(member.transaction.perform(order))).to.include({ kind: 'conflict', status: 409 });
    const { transactionRecordId, prepayId } = begun;
    const paid = await member.transaction.verify({ transactionRecordId, transactionId: prepayId });
    expect(paid).to.include({ transactionState: 'success', count: 2 });
    const admitted = await admin.transaction.admit({ qr: paid.qr ?? '', merchandiseId });
    expect(admitted.count).to.equal(1);
    expect((await member.transaction.get(transactionRecordId)).visitRecords).to.have.length(1);
  });

  it('manages: accounts, privileges and what the audit says of it', async () => {
    const { username, password: secret } = await host.account('system_admin');
    const manager = connect();
    await manager.auth.signInAdmin({ username, password: secret });
    const { username: someone, id } = await host.account();
    expect(await manager.admin.grant({ username: someone, role: 'coach' })).to.include({ role: 'coach' });
    expect(await manager.admin.revoke(someone)).to.include({ role: 'player' });
    const actions: string[] = [];
    for await (const { action, actor } of manager.admin.audit()) if (actor === username) actions.push(action);
    expect(actions).to.include('privilege.grant').and.to.include('privilege.revoke');
    expect(await manager.admin.users.get(String(id))).to.include({ username: someone });
    expect(await failureOf(member.admin.users.list())).to.include({ kind: 'permission' });
  });

  it('pins the key that the server has', async () => {
    const { kid } = await connect().keys.sealing();
    expect((await connect().keys.all()).keys.map((key) => key.kid)).to.include(kid);
    const pinned = createClient({ baseUrl: host.url, pinnedKids: [kid] });
    await pinned.auth.register({ username: unique('pinned'), password });
    const wary = createClient({ baseUrl: host.url, pinnedKids: ['another'] });
    expect(await failureOf(wary.auth.register({ username: unique('wary'), password }))).to.include({
      kind: 'untrusted',
    });
  });

  it('sends no header that a preflight refuses, and reads none that a page of another origin cannot', async () => {
    const origin = 'https://app.club.example';
    const listed = (headers: Headers, name: string) =>
      new Set((headers.get(name) ?? '').split(', ').map((each) => each.toLowerCase()));
    const shared = await startTestHost({ plugins: [gym], cors: { origins: [origin] } });
    try {
      const sent = new Set<string>();
      const read = new Set<string>();
      const transport: Transport = async (url, init) => {
        for (const name in init.headers) sent.add(name);
        const response = await fetch(url, { ...init, headers: { ...init.headers, origin } });
        const get = (name: string) => {
          read.add(name);
          return response.headers.get(name);
        };
        const { status, redirected } = response;
        return { status, redirected, text: () => response.text(), headers: { get } };
      };
      const page = createClient({ baseUrl: shared.url, transport });
      await page.auth.register({ username: unique('page'), password });
      await failureOf(page.gym.create({ name: 'Not mine' }));
      const asked = { origin, 'access-control-request-method': 'POST' };
      const preflight = await shared.request('OPTIONS', '/api/gym', { headers: asked });
      const allowed = listed(preflight.headers, 'access-control-allow-headers');
      expect([...allowed])
        .to.include.members([...sent])
        .and.to.include('if-none-match');
      const answer = await shared.request('GET', '/api/gpk', { headers: { origin } });
      expect([...read].sort()).to.deep.equal(['date', 'deprecation', 'retry-after']);
      expect([...listed(answer.headers, 'access-control-expose-headers')])
        .to.include.members([...read])
        .and.to.include.members(['etag', 'x-request-id']);
    } finally {
      await shared.stop();
    }
  });

  it('asks and is answered under one request id', async () => {
    let asked = '';
    const note: Middleware = (call, next) => {
      asked = call.requestId;
      return next();
    };
    const error = await failureOf(createClient({ baseUrl: host.url, use: [note] }).gym.get('1'));
    expect(error).to.include({ kind: 'auth', requestId: asked });
    expect(asked).to.match(/^[0-9a-f]{32}$/);
  });
});
