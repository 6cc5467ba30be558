/** Sign-in by every scheme, and what a token opens. */
import { request as httpRequest } from 'node:http';
import { formatUserPass } from '@palestra/core';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { claimsOf, clubLogin, createClock, signIn, signInAsAdmin, statusOf, uniqueName } from './fixture.js';

/** Requests that `fetch` would not send: a header twice. */
function send(url: string, authorization: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers: { authorization } as never }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}

describeOnEachDatabase('sign-in', (fresh) => {
  const clock = createClock();
  let host: TestHost;
  let player: Account;
  let admin: Account;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh(), clock });
    player = await host.account('player');
    admin = await host.account('admin');
  });
  after(() => host.stop());

  it('gives the server key bare, and the same key as a JWK Set', async () => {
    const key = await host.request('GET', '/api/gpk');
    expect(Object.keys(key.body)).to.deep.equal(['publicKey', 'kid', 'algorithm']);
    expect(key.body.algorithm).to.equal('RSA-OAEP-256');
    expect(key.headers.get('cache-control')).to.match(/max-age=\d+/);
    const set = await host.request('GET', '/.well-known/jwks.json');
    expect(set.body.keys).to.have.length(1);
    expect(set.body.keys[0]).to.include({ kty: 'RSA', use: 'enc', alg: 'RSA-OAEP-256', kid: key.body.kid });
    expect(set.body.keys[0]).not.to.have.any.keys('d', 'p', 'q', 'k');
  });

  it('as a user gives a pair', async () => {
    const answer = await signIn(host, player.username, player.password);
    expect(answer.status).to.equal(200);
    expect(answer.body.data).to.have.all.keys('token_type', 'access_token', 'refresh_token', 'expires_in');
    expect(await statusOf(host, answer.body.data.access_token)).to.equal(200);
  });

  it('as an admin gives an access token for a month', async () => {
    const answer = await signInAsAdmin(host, admin.username, admin.password);
    expect(answer.status).to.equal(200);
    expect(answer.body.data).to.have.all.keys('token_type', 'access_token', 'expires_in');
    expect(answer.body.data.expires_in).to.equal(2_628_000);
    const claims = claimsOf(answer.body.data.access_token);
    expect(claims).to.include({ user: admin.username, level: 2 });
    expect((claims.exp as number) - (claims.iat as number)).to.equal(2_628_000);
    expect(await statusOf(host, answer.body.data.access_token)).to.equal(200);
  });

  it('as an admin is for level 0 to 2, and answers everything wrong alike', async () => {
    const answers = [
      await signInAsAdmin(host, player.username, player.password),
      await signInAsAdmin(host, admin.username, 'wrong password'),
      await signInAsAdmin(host, uniqueName('nobody'), admin.password),
    ];
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([401]));
    expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
    expect(answers[0]?.headers.get('www-authenticate')).to.equal('tnt-admin-auth-scheme realm="admin"');
  });

  it('without a scheme it knows is answered by a challenge for each', async () => {
    for (const authorization of [undefined, 'Basic eDp5', `Bearer ${player.token}`]) {
      const answer = await host.request('GET', '/api/auth', { headers: authorization ? { authorization } : {} });
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.equal(
        'tnt-admin-auth-scheme realm="admin", tnt-user-auth-scheme realm="user"',
      );
    }
  });

  it('with two Authorization headers is 400, on every route', async () => {
    const header = `tnt-admin-auth-scheme ${formatUserPass(admin.username, admin.password)}`;
    expect(await send(`${host.url}/api/auth`, [header, header])).to.equal(400);
    expect(await send(`${host.url}/api/auth`, [`${header}, ${header}`])).to.equal(400);
    expect(await send(`${host.url}/api/profile`, [`Bearer ${player.token}`, `Bearer ${player.token}`])).to.equal(400);
    const basic = `Basic ${formatUserPass(player.username, player.password)}`;
    expect(await send(`${host.url}/api/v1/login/${player.username}`, [basic, basic])).to.equal(400);
  });

  it('by a credential of another scheme is no token', async () => {
    const userPass = formatUserPass(admin.username, admin.password);
    for (const authorization of [`Basic ${userPass}`, `tnt-admin-auth-scheme ${userPass}`, 'Bearer', 'Bearer  x']) {
      const answer = await host.request('GET', '/api/profile', { headers: { authorization } });
      expect(answer.status, authorization).to.equal(401);
    }
  });

  it('through the club API has its documented answers', async () => {
    const answer = await clubLogin(host, player.username, player.password);
    expect(answer.status).to.equal(200);
    expect(answer.body).to.have.all.keys('user_token', 'user');
    const claims = claimsOf(answer.body.user_token);
    expect((claims.exp as number) - (claims.iat as number)).to.equal(3600);
    expect(await statusOf(host, answer.body.user_token)).to.equal(200);
    const unknown = await clubLogin(host, uniqueName('nobody'), player.password);
    expect([unknown.status, unknown.text]).to.deep.equal([404, '"User not found"']);
    const wrong = await clubLogin(host, player.username, 'wrong password');
    expect([wrong.status, wrong.text]).to.deep.equal([401, '"Wrong password"']);
    expect(wrong.headers.get('www-authenticate')).to.equal('Basic realm="user", charset="UTF-8"');
  });

  it('through the club API is for the user in the path', async () => {
    const authorization = `Basic ${formatUserPass(player.username, player.password)}`;
    const answer = await host.request('GET', `/api/v1/login/${admin.username}`, { headers: { authorization } });
    expect([answer.status, answer.text]).to.deep.equal([401, '"Wrong password"']);
    expect((await host.request('GET', `/api/v1/login/${player.username}`)).status).to.equal(401);
  });

  it('of a disabled account is refused like a wrong password, and its tokens end', async () => {
    const gone = await host.account('admin');
    expect(await statusOf(host, gone.token)).to.equal(200);
    await host.palestra.database().knex('account').where({ id: gone.id }).update({ disabled: 1 });
    clock.advance(1_000);
    expect(await statusOf(host, gone.token)).to.equal(401);
    const wrong = await signIn(host, player.username, 'wrong password');
    const disabled = await signIn(host, gone.username, gone.password);
    expect([disabled.status, disabled.text]).to.deep.equal([wrong.status, wrong.text]);
    expect((await clubLogin(host, gone.username, gone.password)).text).to.equal('"Wrong password"');
  });

  it('with a token whose role changed is refused within a second', async () => {
    const demoted = await host.account('admin');
    expect(await statusOf(host, demoted.token)).to.equal(200);
    await host.palestra.database().knex('account').where({ id: demoted.id }).update({ role: 'player' });
    clock.advance(1_000);
    expect(await statusOf(host, demoted.token)).to.equal(401);
  });
});

describeOnEachDatabase('bearer tokens', (fresh) => {
  const clock = createClock();
  let host: TestHost;
  let player: Account;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh(), clock });
    player = await host.account('player');
  });
  after(() => host.stop());

  const get = (token?: string) => host.request('GET', '/api/profile', { token });

  it('must be passed', async () => {
    const answer = await get();
    expect(answer.status).to.equal(401);
    expect(answer.body).to.include({ success: false, exceptionMessage: 'A token must be passed.' });
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="user"');
  });

  it('are taken from the header alone', async () => {
    const { token } = player;
    expect(
      (await host.request('GET', '/api/profile', { headers: { cookie: `access_token=${token}` } })).status,
    ).to.equal(401);
    expect((await host.request('GET', `/api/profile?access_token=${token}`)).status).to.be.oneOf([400, 401]);
  });

  it('that are forged are 401, and say so by RFC 6750', async () => {
    const [header, claims, signature = ''] = player.token.split('.');
    const raised = Buffer.from(JSON.stringify({ ...claimsOf(player.token), scope: 'dba', level: 0 })).toString(
      'base64url',
    );
    for (const token of [`${header}.${raised}.${signature}`, `${header}.${claims}.`, 'x', `${player.token}A`]) {
      const answer = await get(token);
      expect(answer.status).to.equal(401);
      expect(answer.body.exceptionType).to.equal('InvalidTokenError');
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="user", error="invalid_token"');
    }
  });

  it('expire, although they were remembered', async () => {
    const { token } = await host.account('player');
    expect((await get(token)).status).to.equal(200);
    clock.advance(3_599_000 - 5_000);
    expect((await get(token)).status).to.equal(200);
    clock.advance(10_000);
    const answer = await get(token);
    expect(answer.status).to.equal(401);
    expect(answer.body).to.include({ exceptionType: 'TokenExpiredError', exceptionMessage: 'A token has expired' });
  });
});
