/** What helps on the first day: headers for all, a line an attempt, whole answers, notices, and clients for one request. */
import { createClient, memoryTokens } from '@palestra/client';
import { expect } from 'chai';
import { failureOf, ok, problem, Wire } from './wire.js';

const gyms = 'GET /api/gym';

describe('a client', () => {
  let wire: Wire;
  const warned: string[] = [];
  const { warn } = console;
  beforeEach(() => {
    wire = new Wire().on(gyms, ok([]));
    warned.length = 0;
    console.warn = (line: string) => warned.push(line);
  });
  afterEach(() => {
    console.warn = warn;
  });

  it("sends the app's headers with every request, a call's own before them", async () => {
    const tokens = memoryTokens({ accessToken: 'a', refreshToken: 'r', expiresAt: 0 });
    wire.on('POST /api/refresh', ok({ access_token: 'b', refresh_token: 's', expires_in: 60 }));
    const client = createClient(wire.options({ tokens, headers: { 'X-Tenant': 'north', 'x-app': '1' } }));
    await client.gym.list({}, { headers: { 'x-tenant': 'south' } });
    expect(wire.sent.map(({ headers }) => headers['x-tenant'])).to.deep.equal(['north', 'south']);
    expect(wire.sent.map(({ headers }) => headers['x-app'])).to.deep.equal(['1', '1']);
  });

  it('says which version it is, except in what every page may send without asking', async () => {
    wire.on('GET /api/discovery/gym', ok([]));
    const client = createClient(wire.options());
    await client.gym.list();
    await client.discovery.gyms();
    expect(wire.sent[0]?.headers['palestra-client']).to.match(/^js\/\d+\.\d+\.\d+/);
    expect(Object.keys(wire.sent[1]?.headers ?? {})).to.deep.equal(['accept']);
  });

  it('gives debug one line for each attempt, and no secret', async () => {
    const lines: string[] = [];
    const debug = (line: string) => lines.push(line);
    wire.on('GET /api/v1/login/jon', 'lost', problem('unavailable'), { body: { user_token: 'secret', user: {} } });
    const client = createClient(wire.options({ debug }));
    await wire.clock.run(client.club.login({ username: 'jon', password: 'secret' }));
    expect(lines.map((line) => line.replace(/request .*/, 'request'))).to.deep.equal([
      'login GET /api/v1/login/{username}: network_failed after 0 ms, attempt 1, request',
      'login GET /api/v1/login/{username}: 503 after 0 ms, attempt 2, request',
      'login GET /api/v1/login/{username}: 200 after 0 ms, attempt 3, request',
    ]);
    expect(lines.join()).to.not.include('jon').and.not.include('secret');
  });

  it('is not disturbed by a debug that throws', async () => {
    const debug = () => {
      throw new Error('mine');
    };
    expect(await createClient(wire.options({ debug })).gym.list()).to.deep.equal([]);
  });

  it('tells once that an operation is deprecated, since when, and where to read on', async () => {
    const headers = { deprecation: '@1795161600', link: '<https://gym.example/docs>; rel="deprecation"' };
    wire.on(gyms, ok([], headers)).on('GET /api/merchandise', ok([], { deprecation: 'true' }));
    const client = createClient(wire.options());
    await client.gym.list();
    await client.gym.list();
    await client.merchandise.list();
    expect(warned).to.deep.equal([
      'listGyms GET /api/gym is deprecated since 2026-11-20: see https://gym.example/docs',
      'listMerchandise GET /api/merchandise is deprecated',
    ]);
  });

  it('gives the whole answer on request', async () => {
    wire.on('GET /api/gym/1', ok({ _id: '1' }, { etag: '"7"', 'x-request-id': 'from-the-server' }));
    const { status, header, data } = await createClient(wire.options()).raw('getGym', { params: { id: '1' } });
    expect([status, header('ETag'), header('x-none'), data]).to.deep.equal([200, '"7"', undefined, { _id: '1' }]);
  });

  it('is another one for the tokens of one request, and the same otherwise', async () => {
    const common = createClient(wire.options({ headers: { 'x-app': '1' } }));
    const [anna, ben] = [common.as({ accessToken: 'anna' }), common.as(memoryTokens({ accessToken: 'ben' }))];
    await Promise.all([anna.gym.list(), ben.gym.list(), common.gym.list(), anna.call('listGyms')]);
    expect(wire.sent.map(({ headers }) => headers.authorization).sort()).to.deep.equal([
      'Bearer anna',
      'Bearer anna',
      'Bearer ben',
      undefined,
    ]);
    await anna.auth.signOut();
    expect([await anna.auth.tokens(), (await ben.auth.tokens())?.accessToken]).to.deep.equal([undefined, 'ben']);
  });

  it('waits as long as the contract lets the server take, and repeats nothing of that', async () => {
    wire.on('POST /api/admin/backup', 'silent').on('POST /api/gym', 'silent');
    const client = createClient(wire.options({ timeoutMs: 10_000, retry: false }));
    const started = wire.clock.monotonic();
    expect(await wire.clock.run(failureOf(client.admin.backups.create()))).to.include({ kind: 'timeout' });
    expect(wire.clock.monotonic() - started).to.equal(3_605_000);
    const own = client.admin.backups.create({ timeoutMs: 7_000 });
    const later = wire.clock.monotonic();
    await wire.clock.run(failureOf(own));
    expect(wire.clock.monotonic() - later).to.equal(7_000);
  });
});
