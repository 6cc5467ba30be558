/** Credentials that are refused: one answer per scheme, whatever is wrong, so that a caller learns nothing. */
import { createHash } from 'node:crypto';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import {
  type Account,
  type Answer,
  describeOnEachDatabase,
  startTestHost,
  type TestHost,
} from '@palestra/server/testing';
import { expect } from 'chai';
import { identityService } from '../../src/identity/index.js';
import { clubLogin, member, register, signIn, signInAsAdmin, statusOf, uniqueName } from './fixture.js';

const legacyHash = createHash('sha256').update('password of 2015').digest('hex');
/** `openssl passwd -5 -salt saltstring 'Hello world!'` */
const crypted = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5';

/** All that a caller sees, but for what differs between any two answers. */
function seen({ status, headers, text }: Answer): string {
  const shown = [...headers].filter(([name]) => !['date', 'x-request-id', 'keep-alive'].includes(name));
  return JSON.stringify([status, shown, text]);
}

describeOnEachDatabase('credentials that are refused', (fresh) => {
  let host: TestHost;
  let hiding: TestHost;
  let admin: Account;
  /** Names of accounts of every kind, none of which has the password tried. */
  let names: Record<string, string>;

  before(async function () {
    this.timeout(60_000);
    const database = await fresh();
    host = await startTestHost({ plugins: [], database });
    const config = { identity: { hideUserExistence: true } };
    hiding = await startTestHost({ plugins: [], database, dataDir: host.dataDir, config });
    admin = await host.account('admin');
    const gone = await host.account('admin');
    await host.palestra.database().knex('account').where({ id: gone.id }).update({ disabled: 1 });
    const rows = [
      { username: uniqueName('legacy'), password_hash: legacyHash, role: 'admin' },
      { username: uniqueName('crypted'), password_hash: crypted, role: 'admin' },
    ];
    await importRows(rows);
    const [legacy = '', cryptic = ''] = rows.map(({ username }) => username);
    names = { admin: admin.username, unknown: uniqueName('nobody'), disabled: gone.username, legacy, cryptic };
    Object.assign(names, { 'no name at all': 'a\u200bb' });
  });
  after(async () => {
    await hiding.stop();
    await host.stop();
  });

  function importRows(rows: object[]): Promise<unknown> {
    async function* lines() {
      for (const row of rows) yield JSON.stringify(row);
    }
    const { importAccounts } = host.palestra.service(identityService).registration;
    return importAccounts({ lines: lines(), actor: { program: 'a test' } });
  }

  const tried = 'not the password';
  const ways: Record<string, (name: string) => Promise<Answer>> = {
    'the admin scheme': (name) => signInAsAdmin(host, name, tried),
    'the user scheme': (name) => signIn(host, name, tried),
    'the club login that hides who exists': (name) => clubLogin(hiding, name, tried),
  };
  for (const [way, tryName] of Object.entries(ways)) {
    it(`are answered alike by ${way}, for known and unknown users`, async () => {
      const answers = new Set<string>();
      for (const name of Object.values(names)) answers.add(seen(await tryName(name)));
      expect([...answers]).to.have.length(1);
      expect([...answers][0]).to.match(/^\[401,/);
    });
  }

  it('are answered by the club login as in the Starball API, unless it hides who exists', async () => {
    expect((await clubLogin(host, names.unknown ?? '', tried)).text).to.equal('"User not found"');
    for (const who of ['admin', 'disabled', 'legacy', 'cryptic']) {
      expect((await clubLogin(host, names[who] ?? '', tried)).text, who).to.equal('"Wrong password"');
    }
  });

  const scheme = schemes.admin;
  const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
  const headers: Record<string, () => string> = {
    'no value': () => scheme,
    'an empty value': () => `${scheme} `,
    'bad base64': () => `${scheme} %%%`,
    'half of it': () => `${scheme} ${formatUserPass(admin.username, admin.password).slice(0, -3)}`,
    base64url: () => `${scheme} ${Buffer.from(`${admin.username}:ÿ?>~ÿ?>`).toString('base64url')}`,
    'no colon': () => `${scheme} ${base64(admin.username)}`,
    'an empty user name': () => `${scheme} ${base64(`:${admin.password}`)}`,
    'an empty password': () => `${scheme} ${base64(`${admin.username}:`)}`,
    'invalid UTF-8': () => `${scheme} ${base64(Uint8Array.of(0xff, 0x3a, 0x41))}`,
    '10 KB': () => `${scheme} ${'A'.repeat(10_240)}`,
    'two spaces': () => `${scheme}  ${formatUserPass(admin.username, admin.password)}`,
    'the stored hash as the password': () => `${scheme} ${formatUserPass(names.legacy ?? '', legacyHash)}`,
    'the SHA-crypt hash as the password': () => `${scheme} ${formatUserPass(names.cryptic ?? '', crypted)}`,
    '[object Object]': () => `${scheme} ${formatUserPass(admin.username, '[object Object]')}`,
    'a password of 10 kB': () => `${scheme} ${formatUserPass(admin.username, 'x'.repeat(7_000))}`,
  };
  for (const [what, header] of Object.entries(headers)) {
    it(`are 401 by the admin scheme, the same as a wrong password: ${what}`, async () => {
      const wrong = seen(await signInAsAdmin(host, admin.username, tried));
      const answer = await host.request('GET', '/api/auth', { headers: { authorization: header() } });
      expect(seen(answer)).to.equal(wrong);
    });
  }

  it('under another spelling of the scheme are still credentials', async () => {
    const authorization = `TNT-Admin-Auth-SCHEME ${formatUserPass(admin.username, admin.password)}`;
    expect((await host.request('GET', '/api/auth', { headers: { authorization } })).status).to.equal(200);
  });

  it('do not fall through from one scheme to another, or from a sign-in to a route', async () => {
    const userPass = formatUserPass(admin.username, admin.password);
    const sealed = await host.seal({ username: admin.username, password: admin.password });
    const tries: [path: string, authorization: string][] = [
      ['/api/auth', formatAuthorization(schemes.user, userPass)],
      ['/api/auth', formatAuthorization(schemes.admin, sealed)],
      ['/api/auth', formatAuthorization(schemes.basic, userPass)],
      ['/api/auth', formatAuthorization(schemes.bearer, admin.token)],
      ['/api/auth', formatAuthorization(schemes.user, admin.token)],
      ['/api/profile', formatAuthorization(schemes.admin, userPass)],
      ['/api/profile', formatAuthorization(schemes.user, sealed)],
      ['/api/profile', formatAuthorization(schemes.basic, userPass)],
      ['/api/profile', formatAuthorization(schemes.bearer, userPass)],
      ['/api/profile', formatAuthorization(schemes.bearer, sealed)],
      [`/api/v1/login/${admin.username}`, formatAuthorization(schemes.admin, userPass)],
      [`/api/v1/login/${admin.username}`, formatAuthorization(schemes.bearer, admin.token)],
    ];
    for (const [path, authorization] of tries) {
      expect(
        (await host.request('GET', path, { headers: { authorization } })).status,
        `${path} ${authorization}`,
      ).to.equal(401);
    }
  });

  it('are taken from their place alone', async () => {
    const { token } = admin;
    const places: [path: string, options: Parameters<TestHost['request']>[2]][] = [
      [`/api/profile?access_token=${token}`, {}],
      [`/api/profile?token=${token}`, {}],
      ['/api/profile', { headers: { cookie: `token=${token}; access_token=${token}` } }],
      ['/api/profile', { headers: { 'proxy-authorization': `Bearer ${token}` } }],
      ['/api/profile', { headers: { 'x-access-token': token } }],
    ];
    for (const [path, options] of places) {
      expect((await host.request('GET', path, options)).status, path).to.be.oneOf([400, 401]);
    }
    const json = { operation: 'query', data: {}, access_token: token };
    expect((await host.request('POST', '/api/profile', { json })).status).to.equal(401);
  });

  it('are 400 where they are no text, and reach no query', async () => {
    const { username, password } = admin;
    const contents: object[] = [
      { username: 0, password },
      { username: true, password },
      { username: [username], password },
      { username: { username }, password },
      { username: null, password },
      { username, password: 0 },
      { username, password: { password: 1 } },
      { username, password: [password] },
      { username },
      { password },
      { username, password, level: 0 },
    ];
    for (const content of contents) {
      const authorization = formatAuthorization(schemes.user, await host.seal(content));
      const answer = await host.request('GET', '/api/auth', { headers: { authorization } });
      expect(answer.status, JSON.stringify(content)).to.equal(400);
      expect(answer.text).not.to.include(password);
    }
  });

  const odd: Record<string, string> = {
    'a colon': 'pass:word:of:jon',
    NUL: 'pass\0word of jon',
    emoji: '🏋️🏋️🏋️🏋️🏋️',
    '50 CJK characters': '体'.repeat(50),
    'a space behind': 'password of jon ',
    'a byte order mark before': '\ufeffpassword of jon',
    'decomposed letters': 'pa\u0308sswo\u0308rd',
  };
  for (const [what, password] of Object.entries(odd)) {
    it(`are exact: a password with ${what} signs in by every scheme, and no other spelling of it`, async function () {
      this.timeout(20_000);
      const username = uniqueName('o');
      expect((await register(host, { username, password })).status).to.equal(201);
      await host.palestra.database().knex('account').where({ username }).update({ role: 'admin' });
      for (const way of [signIn, signInAsAdmin, clubLogin]) {
        expect((await way(host, username, password)).status).to.equal(200);
        for (const near of [password.trim(), password.normalize('NFC'), password.split('\0')[0] ?? '']) {
          if (near !== password) expect((await way(host, username, near)).status, near).to.equal(401);
        }
      }
    });
  }

  it('sealed for one operation are none at another, and still good at their own', async () => {
    const { username, access_token } = await member(host);
    const content = { username, password: 'password of a member', jti: uniqueName('a-jti-of-16-chars') };
    const sealed = await host.seal({ ...content, aud: '/api/register' });
    const authorization = formatAuthorization(schemes.user, sealed);
    const answer = await host.request('GET', '/api/auth', { headers: { authorization } });
    expect([answer.status, answer.body.exceptionType]).to.deep.equal([401, 'InvalidSealError']);
    expect((await host.request('POST', '/api/register', { json: { sealed } })).status).to.equal(409);
    const own = formatAuthorization(schemes.user, await host.seal({ ...content, jti: undefined, aud: '/api/auth' }));
    expect((await host.request('GET', '/api/auth', { headers: { authorization: own } })).status).to.equal(200);
    expect(await statusOf(host, access_token)).to.equal(200);
  });
});
