/** Guessing is slow, users whose names are guessed still get in, and only configured proxies are trusted. */
import { formatAuthorization, formatId, formatUserPass, schemes } from '@palestra/core';
import {
  type Account,
  type Answer,
  describeOnEachDatabase,
  startTestHost,
  type TestHost,
  type TestHostOptions,
} from '@palestra/server/testing';
import { expect } from 'chai';
import { createClock } from '../identity/fixture.js';

const minute = 60_000;

describeOnEachDatabase('rate limits', (fresh) => {
  const clock = createClock();
  /** Shared: each test has names and addresses of its own. */
  let host: TestHost;
  const started: TestHost[] = [];

  before(async () => {
    host = await start();
  });
  // At the beginning of a window, so that none ends within a test that does not move the clock.
  beforeEach(() => clock.advance(60 * minute - (clock.now() % (60 * minute))));
  afterEach(async () => {
    for (const each of started.splice(1).reverse()) await each.stop();
  });
  after(() => host.stop());

  async function start(options: Partial<TestHostOptions> = {}): Promise<TestHost> {
    const database = options.database ?? (await fresh());
    const trustProxy = ['127.0.0.0/8'];
    const made = await startTestHost({ plugins: [], rateLimit: true, clock, trustProxy, ...options, database });
    started.push(made);
    return made;
  }

  /** As a client with this address, behind the proxy that this test is. */
  const from = (ip: string) => ({ 'x-forwarded-for': ip });
  let clients = 0;
  const freshAddress = () => {
    clients += 1;
    return `198.51.${clients}.7`;
  };

  const guess = (username: string, password: string, ip: string, at = host): Promise<Answer> =>
    at.request('GET', `/api/v1/login/${encodeURIComponent(username)}`, {
      headers: { authorization: formatAuthorization(schemes.basic, formatUserPass(username, password)), ...from(ip) },
    });

  async function person(at = host): Promise<Account> {
    const sealed = await at.seal({ username: `person-${clients}`, password: 'password of a person' });
    const answer = await at.request('POST', '/api/register', { json: { sealed }, headers: from(freshAddress()) });
    expect(answer.status, answer.text).to.equal(201);
    return { id: 0, username: `person-${clients - 1}`, password: 'password of a person', token: '' };
  }

  it('let five guesses a minute at one name reach the hash, and say when to come back', async () => {
    const { username } = await person();
    const ip = freshAddress();
    const answers: Answer[] = [];
    for (let index = 0; index < 12; index += 1) answers.push(await guess(username, `guess ${index}`, ip));
    expect(answers.map(({ status }) => status)).to.deep.equal([...Array(5).fill(401), ...Array(7).fill(429)]);
    const refused = answers.at(-1) as Answer;
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    expect(refused.body).to.match(/^Too many requests/);
    clock.advance(minute);
    expect((await guess(username, 'another guess', ip)).status).to.equal(401);
  });

  it('hold for many guesses at once: of 100, at most five', async () => {
    const { username } = await person();
    const ip = freshAddress();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => guess(username, `guess ${index}`, ip)));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect(count(401)).to.be.within(1, 5);
    expect(count(401) + count(429) + count(503)).to.equal(100);
  });

  it('let thirty guesses an hour at one name from one network reach the hash', async () => {
    const { username } = await person();
    const ip = freshAddress();
    const guessed: number[] = [];
    for (let index = 0; index < 35; index += 1) {
      if (index % 5 === 0) clock.advance(minute);
      guessed.push((await guess(username, `guess ${index}`, ip)).status);
    }
    expect(guessed).to.deep.equal([...Array(30).fill(401), ...Array(5).fill(429)]);
    clock.advance(60 * minute);
    expect((await guess(username, 'another hour', ip)).status).to.equal(401);
  });

  it('count no refused guess: a storm of them does not use up the hour', async () => {
    const { username, password } = await person();
    const ip = freshAddress();
    for (let index = 0; index < 60; index += 1) await guess(username, `guess ${index}`, ip);
    clock.advance(minute);
    expect((await guess(username, password, ip)).status).to.equal(200);
  });

  it('let the owner of the name in, from elsewhere and after any number of right passwords', async () => {
    const { username, password } = await person();
    const attacker = freshAddress();
    for (let index = 0; index < 8; index += 1) await guess(username, `guess ${index}`, attacker);
    const own = freshAddress();
    for (let index = 0; index < 12; index += 1) expect((await guess(username, password, own)).status).to.equal(200);
    expect((await guess(username, password, attacker)).status).to.equal(429);
  });

  it('count an account, whether it is named by its user name or by its email', async () => {
    const names = ['two-names', 'two-names@club.example'];
    const sealed = await host.seal({ username: names[0], email: names[1], password: 'password of a person' });
    const registered = await host.request('POST', '/api/register', { json: { sealed } });
    expect(registered.status, registered.text).to.equal(201);
    const ip = freshAddress();
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      statuses.push((await guess(names[index % 2] as string, 'a guess', ip)).status);
    }
    expect(statuses).to.include.members([401, 429]);
    expect(statuses.filter((status) => status === 429)).to.have.length(3);
  });

  it('count a wrong old password like one at a sign-in, and leave sign-ins of others alone', async () => {
    const { username, password } = await person();
    const ip = freshAddress();
    const signedIn = await guess(username, password, ip);
    const { id } = await host.palestra.database().knex('account').select('id').where({ username }).first();
    const change = async (): Promise<number> => {
      const sealed = await host.seal({ oldPassword: 'a wrong password', newPassword: 'another password' });
      const json = { operation: 'update', data: { _id: formatId(id), password: sealed } };
      const sent = await host.request('POST', '/api/profile', {
        token: signedIn.body.user_token,
        json,
        headers: from(ip),
      });
      return sent.status;
    };
    const others: Account[] = [];
    while (others.length < 6) others.push(await person());
    const storm = Array.from({ length: 40 }, change);
    const signIns = await Promise.all(others.map((other) => guess(other.username, other.password, freshAddress())));
    expect(signIns.map(({ status }) => status)).to.deep.equal(others.map(() => 200));
    const statuses = await Promise.all(storm);
    expect(statuses.filter((status) => status === 401)).to.have.length(5);
    expect(statuses.filter((status) => status === 429)).to.have.length(35);
    // The right one, where no one has guessed.
    expect((await guess(username, password, freshAddress())).status).to.equal(200);
  });

  it('count one name in every spelling', async () => {
    const { username } = await person();
    const ip = freshAddress();
    for (const spelling of [username, username.toUpperCase(), ` ${username}`, username, username]) {
      await guess(spelling, 'a guess', ip);
    }
    expect((await guess(username.toUpperCase(), 'a guess', ip)).status).to.equal(429);
  });

  it('count a network, not an address: one password tried on many names is refused after thirty', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      statuses.push((await guess(`nobody-${index}`, 'Password1', `203.0.113.${index}`)).status);
    }
    expect(statuses).to.deep.equal([...Array(30).fill(404), ...Array(10).fill(429)]);
    for (let index = 0; index < 40; index += 1) {
      statuses.push((await guess(`nobody-${index}`, 'Password1', `2001:db8:1:2::${index}`)).status);
    }
    expect(statuses.slice(40)).to.deep.equal([...Array(30).fill(404), ...Array(10).fill(429)]);
    expect((await guess('nobody', 'Password1', '2001:db8:1:3::1')).status).to.equal(404);
  });

  it('do not believe X-Forwarded-For of a peer that is not a configured proxy', async () => {
    const bare = await start({ trustProxy: ['192.0.2.1'] });
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      statuses.push((await guess('nobody', `guess ${index}`, `198.18.${index}.1`, bare)).status);
    }
    expect(statuses).to.deep.equal([...Array(5).fill(404), ...Array(3).fill(429)]);
  });

  it('hold across instances, through the database, and after a restart', async () => {
    const database = await fresh();
    const one = await start({ database });
    const two = await start({ database, dataDir: one.dataDir });
    const ip = freshAddress();
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      statuses.push((await guess('nobody', `guess ${index}`, ip, index % 2 === 0 ? one : two)).status);
    }
    expect(statuses).to.deep.equal([...Array(5).fill(404), ...Array(3).fill(429)]);
    const three = await start({ database, dataDir: one.dataDir });
    expect((await guess('nobody', 'a guess', ip, three)).status).to.equal(429);
  });

  it('keep counting in the process when the database cannot', async () => {
    let broken = false;
    const intercept = (sql: string) => {
      if (broken && sql.includes('rate_window')) throw Object.assign(new Error('no disk'), { code: 'SQLITE_IOERR' });
    };
    const faulty = await start({ intercept });
    broken = true;
    const ip = freshAddress();
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      statuses.push((await guess('nobody', `guess ${index}`, ip, faulty)).status);
    }
    expect(statuses).to.deep.equal([...Array(5).fill(404), ...Array(3).fill(429)]);
  });

  it('hold for every way of signing in, for registration and for refresh', async () => {
    const { username } = await person();
    const ip = freshAddress();
    const ways: (() => Promise<Answer>)[] = [
      async () => {
        const value = formatUserPass(username, 'a guess');
        const headers = { authorization: formatAuthorization(schemes.admin, value), ...from(ip) };
        return host.request('GET', '/api/auth', { headers });
      },
      async () => {
        const value = await host.seal({ username, password: 'a guess' });
        const headers = { authorization: formatAuthorization(schemes.user, value), ...from(ip) };
        return host.request('GET', '/api/auth', { headers });
      },
      () => guess(username, 'a guess', ip),
    ];
    const statuses: number[] = [];
    for (let index = 0; index < 9; index += 1)
      statuses.push((await (ways[index % 3] as () => Promise<Answer>)()).status);
    expect(statuses).to.deep.equal([...Array(5).fill(401), ...Array(4).fill(429)]);

    const many = async (count: number, path: string, json: unknown) => {
      const address = freshAddress();
      const answers = await Promise.all(
        Array.from({ length: count }, () => host.request('POST', path, { json, headers: from(address) })),
      );
      return answers.filter(({ status }) => status === 429).length;
    };
    expect(await many(35, '/api/register', { sealed: 'nothing' })).to.equal(5);
    expect(await many(35, '/api/v1/public/register', {})).to.equal(5);
    expect(await many(125, '/api/refresh', { refresh_token: 'none' })).to.equal(5);
  });

  it('keep neither a name nor an address', async () => {
    const { username } = await person();
    await guess(username, 'a guess', freshAddress());
    const rows = await host.palestra.database().knex('rate_window').select('*');
    expect(rows).not.to.have.length(0);
    expect(JSON.stringify(rows)).not.to.match(/198\.51|person/);
  });

  it('can be switched off', async () => {
    const off = await start({ rateLimit: false });
    const answers = await Promise.all(Array.from({ length: 10 }, () => guess('nobody', 'a guess', '192.0.2.7', off)));
    expect(answers.filter(({ status }) => status === 429)).to.have.length(0);
  });
});
