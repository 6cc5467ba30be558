/** Registration in both families: one name is one account, on every database. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Passwords } from '@palestra/core/auth';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createAccounts } from '../../src/identity/account-store.js';
import { createRegisterAccount } from '../../src/identity/registration.js';
import { createRevocations } from '../../src/identity/revocations.js';
import { identityService } from '../../src/identity/service.js';
import { claimsOf, clubLogin, register, signIn, uniqueName } from './fixture.js';

const password = 'correct horse';

describeOnEachDatabase('registration', (fresh) => {
  let host: TestHost;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh() });
  });
  after(() => host.stop());

  const registerClub = (json: object) => host.request('POST', '/api/v1/public/register', { json });

  it('answers 201 with a pair of tokens for a new player', async () => {
    const username = uniqueName();
    const answer = await register(host, { username, password, firstName: 'Jon', address: 'Seestraße 12\nHenndorf' });
    expect(answer.status).to.equal(201);
    expect(answer.body).to.include({ success: true, exceptionMessage: '' });
    expect(answer.body.data).to.include({ token_type: 'bearer', expires_in: 3600 });
    const claims = claimsOf(answer.body.data.access_token);
    expect(claims).to.include({ user: username, level: 4, scope: 'player', iss: 'palestra' });
    expect((claims.exp as number) - (claims.iat as number)).to.equal(3600);
    const profile = await host.request('GET', '/api/profile', { token: answer.body.data.access_token });
    expect(profile.body.data[0]).to.include({ username, firstName: 'Jon', address: 'Seestraße 12\nHenndorf' });
  });

  it('takes a body that is the sealed value itself', async () => {
    for (const type of ['application/jose', 'text/plain', 'text/plain; charset=UTF-8', 'text/plain; charset=latin1']) {
      const body = await host.seal({ username: uniqueName(), password });
      const answer = await host.request('POST', '/api/register', { body, headers: { 'content-type': type } });
      expect(answer.status, type).to.equal(201);
    }
  });

  it('refuses a plaintext credential', async () => {
    const answer = await host.request('POST', '/api/register', { json: { username: uniqueName(), password } });
    expect(answer.status).to.equal(400);
    expect(answer.body.exceptionType).to.equal('SealRequiredError');
    expect(answer.text).not.to.include(password);
    for (const type of ['application/jose', 'text/plain']) {
      const body = JSON.stringify({ username: uniqueName(), password });
      const bare = await host.request('POST', '/api/register', { body, headers: { 'content-type': type } });
      expect([bare.status, bare.body.exceptionType], type).to.deep.equal([400, 'SealRequiredError']);
    }
  });

  it('answers whatever does not open alike', async () => {
    const answers = await Promise.all(
      ['', 'x', 'AAAA', 'A'.repeat(512), 'A'.repeat(10_000), '%%%', 'a.b.c.d.e'].map((sealed) =>
        host.request('POST', '/api/register', { json: { sealed } }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([401]));
    expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
    expect(answers[0]?.body.exceptionType).to.equal('InvalidSealError');
  });

  it('makes one account of fifty tries for one name', async function () {
    this.timeout(60_000);
    const username = uniqueName('Wanted');
    const spellings = [username, username.toUpperCase(), ` ${username} `, username.replace('W', '\uff37')];
    const tries = Array.from({ length: 50 }, (_, at) => register(host, { username: spellings[at % 4], password }));
    const answers = await Promise.all(tries);
    expect(answers.filter(({ status }) => status === 201)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 409)).to.have.length(49);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body.exceptionType).to.equal('DuplicateResourceCreationError');
    expect(refused?.body.exceptionMessage).to.match(/^Resource exists with name <Wanted-.*> for User$/i);
  });

  it('hashes one password for a name that many want at once, so that none is turned away as too many', async () => {
    const database = host.palestra.database();
    let hashed = 0;
    const passwords: Pick<Passwords, 'hash'> = {
      hash: async () => {
        hashed += 1;
        await sleep(20);
        return 'a hash';
      },
    };
    const accounts = createAccounts(database, createRevocations());
    const register = createRegisterAccount({
      database,
      accounts,
      passwords,
      mail: { delivers: false, request: async () => undefined },
      clock: Date,
    });
    const request = { email: null, firstName: null, lastName: null, address: null, role: 'player' } as const;
    const username = uniqueName();
    const tries = Array.from({ length: 50 }, () => register({ ...request, username, password }));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(hashed).to.equal(1);
  });

  it('takes a name once, whatever its spelling, as user name or as email', async () => {
    const name = uniqueName('stra\u00dfe');
    expect((await register(host, { username: name, password, email: `${uniqueName()}@example.org` })).status).to.equal(
      201,
    );
    for (const username of [name, name.toUpperCase(), name.normalize('NFD'), `${name} `, name.replace('ß', 'ss')]) {
      expect((await register(host, { username, password })).status, username).to.equal(409);
    }
    const email = `${uniqueName()}@example.org`;
    expect((await register(host, { username: uniqueName(), password, email })).status).to.equal(201);
    expect((await register(host, { username: uniqueName(), password, email: email.toUpperCase() })).status).to.equal(
      409,
    );
    expect((await register(host, { username: email, password })).status).to.equal(409);
  });

  it('tells different emoji and accents apart', async () => {
    const name = uniqueName();
    for (const suffix of ['🏋', '🏃', 'a', 'á']) {
      expect((await register(host, { username: name + suffix, password })).status, suffix).to.equal(201);
    }
  });

  it('refuses names that the eye cannot tell apart, and passwords out of bounds', async () => {
    const name = uniqueName();
    const refused: object[] = [
      { username: `${name}\u200b`, password },
      { username: `${name}:x`, password },
      { username: `${name}\u0000`, password },
      { username: `${name}\ud800`, password },
      { username: '', password },
      { username: 0, password },
      { username: ['x'], password },
      { username: null, password },
      { password },
      { username: name },
      { username: name, password: '7 chars' },
      { username: name, password: 'x'.repeat(129) },
      { username: name, password: 'password\udc00' },
      { username: name, password: true },
      { username: name, password, email: 'no address' },
      { username: name, password, firstName: 'a\nb' },
    ];
    for (const plaintext of refused) {
      const answer = await register(host, plaintext);
      expect(answer.status, JSON.stringify(plaintext)).to.equal(400);
      expect(answer.text).not.to.include(password);
    }
    expect((await register(host, { username: name, password })).status).to.equal(201);
  });

  it('refuses what only the server decides', async () => {
    for (const field of [
      'level',
      'scope',
      'role',
      'id',
      '_id',
      'password_hash',
      'tokenVersion',
      'disabled',
      'created_at',
    ]) {
      const answer = await register(host, { username: uniqueName(), password, [field]: 0 });
      expect(answer.status, field).to.equal(400);
      expect(answer.body.exceptionMessage).to.equal(`${field} cannot be found in Registration`);
    }
  });

  it('of the club API answers the new user', async () => {
    const email = `${uniqueName()}@user.com`;
    const answer = await registerClub({ email, password, first_name: 'Jon', last_name: 'Dorian' });
    expect(answer.status).to.equal(200);
    expect(answer.body).to.include({ first_name: 'Jon', last_name: 'Dorian', email, address: null });
    expect(answer.body.id).to.be.a('number');
    expect(Object.keys(answer.body)).to.deep.equal(['id', 'first_name', 'last_name', 'email', 'address']);
  });

  it('of the club API answers 400 with an error object to whatever is wrong', async () => {
    const good = { email: `${uniqueName()}@user.com`, password, first_name: 'Jon', last_name: 'Dorian', address: 'x' };
    expect((await registerClub(good)).status).to.equal(200);
    const { email, ...rest } = good;
    const other = { ...good, email: `${uniqueName()}@user.com` };
    for (const body of [
      good,
      rest,
      { ...other, email: 'x' },
      { ...other, password: 'short' },
      { ...other, level: 0 },
      [],
      null,
    ]) {
      const answer = await registerClub(body as object);
      expect(answer.status, JSON.stringify(body)).to.equal(400);
      expect(Object.keys(answer.body)).to.deep.equal(['error']);
      expect(answer.body.error).to.be.a('string').and.not.equal('');
    }
  });

  it('in one family signs in through the other', async () => {
    const email = `${uniqueName()}@user.com`;
    await registerClub({ email, password, first_name: 'Jon', last_name: 'Dorian' });
    expect((await signIn(host, email.toUpperCase(), password)).status).to.equal(200);
    const username = uniqueName();
    await register(host, { username, password, email: `${username}@example.org` });
    for (const name of [username, `${username}@example.org`]) {
      const answer = await clubLogin(host, name, password);
      expect(answer.status).to.equal(200);
      expect(answer.body.user).to.deep.equal({ email: `${username}@example.org`, name: username });
    }
  });
});

describeOnEachDatabase('a closed registration', (fresh) => {
  it('is closed at every door, and leaves sign-in and administrators alone', async () => {
    const config = { identity: { registration: 'closed', wechat: { trustOpenid: true } } };
    const host = await startTestHost({ plugins: [], database: await fresh(), config });
    const { register: add } = host.palestra.service(identityService).registration;
    const person = { email: null, firstName: null, lastName: null, address: null, role: 'player' } as const;
    try {
      expect((await register(host, { username: uniqueName(), password })).status).to.equal(403);
      const club = { email: 'a@club.example', password, first_name: 'A', last_name: 'B', address: 'Weg 1' };
      expect((await host.request('POST', '/api/v1/public/register', { json: club })).status).to.equal(403);
      const sealed = await host.seal({ openid: 'o-1' });
      expect((await host.request('POST', '/api/wechat_auth', { json: { sealed } })).status).to.equal(403);
      const username = uniqueName();
      await add({ ...person, username, password });
      expect((await signIn(host, username, password)).status).to.equal(200);
    } finally {
      await host.stop();
    }
  });
});
