/** Sign-in by WeChat against a fake that speaks its protocol: who signs in is who WeChat says, within five seconds. */
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { type FakeUser, type FakeWechat, startFakeWechat, type Trouble } from './fake-wechat.js';
import { claimsOf, refresh, register, statusOf } from './fixture.js';

const secrets = { wxMini: 'secret-of-the-mini-program', wxWeb: 'secret-of-the-web-page', wxForeign: 'another' };
const apps = [
  { appId: 'wxMini', appSecret: secrets.wxMini },
  { appId: 'wxWeb', appSecret: secrets.wxWeb, kind: 'oauth' },
];

let users = 0;
function newUser(unionid?: string): FakeUser {
  users += 1;
  return { openid: `oUser_${process.pid}-${users}`, ...(unionid && { unionid }) };
}

describeOnEachDatabase('sign-in by WeChat', (fresh) => {
  let wechat: FakeWechat;
  let host: TestHost;

  before(async function () {
    this.timeout(60_000);
    wechat = await startFakeWechat(secrets);
    const config = { identity: { wechat: { apps, baseUrl: wechat.url, timeoutMs: 1_000 } } };
    host = await startTestHost({ plugins: [], database: await fresh(), config });
  });
  after(async () => {
    await host.stop();
    await wechat.stop();
  });
  afterEach(() => {
    wechat.trouble = undefined;
  });

  const send = async (plaintext: object, to = host) =>
    to.request('POST', '/api/wechat_auth', { json: { sealed: await to.seal(plaintext) } });
  const signIn = (appId: string, user: FakeUser) => send({ code: wechat.issue(appId, user), appId });
  const accountOf = (answer: { body: { data: { access_token: string } } }) =>
    claimsOf(answer.body.data.access_token).sub;

  it('registers at the first sight, and knows its user again', async () => {
    const user = newUser();
    const first = await signIn('wxMini', user);
    expect(first.status).to.equal(200);
    expect(first.body.data).to.have.all.keys('token_type', 'access_token', 'refresh_token', 'expires_in');
    expect(await statusOf(host, first.body.data.access_token)).to.equal(200);
    expect((await refresh(host, first.body.data.refresh_token)).status).to.equal(200);
    const again = await send({ code: wechat.issue('wxMini', user) });
    expect(accountOf(again)).to.equal(accountOf(first));
    expect(claimsOf(again.body.data.access_token)).to.include({ scope: 'player', level: 4 });
    expect(accountOf(await signIn('wxMini', newUser()))).not.to.equal(accountOf(first));
  });

  it('asks the endpoint of the kind of app, as WeChat documents it', async () => {
    const seen = wechat.calls.length;
    await signIn('wxMini', newUser());
    await signIn('wxWeb', newUser());
    const asked = wechat.calls
      .slice(seen)
      .map(({ pathname, searchParams }) => [
        pathname,
        Object.fromEntries([...searchParams].filter(([name]) => !/code$/.test(name))),
      ]);
    expect(asked).to.deep.equal([
      ['/sns/jscode2session', { appid: 'wxMini', secret: secrets.wxMini, grant_type: 'authorization_code' }],
      ['/sns/oauth2/access_token', { appid: 'wxWeb', secret: secrets.wxWeb, grant_type: 'authorization_code' }],
    ]);
  });

  it('joins the apps of one person by the unionid, and nothing else does', async () => {
    const unionid = `uPerson_${process.pid}-${users}`;
    const person = newUser(unionid);
    const mini = accountOf(await signIn('wxMini', person));
    expect(accountOf(await signIn('wxWeb', newUser(unionid)))).to.equal(mini);
    expect(accountOf(await signIn('wxWeb', { openid: person.openid }))).not.to.equal(mini);
  });

  it('joins them also where the unionid came later', async () => {
    const user = newUser();
    const account = accountOf(await signIn('wxMini', user));
    const unionid = `uLater_${process.pid}-${users}`;
    expect(accountOf(await signIn('wxMini', { ...user, unionid }))).to.equal(account);
    expect(accountOf(await signIn('wxWeb', newUser(unionid)))).to.equal(account);
  });

  it('makes one account of ten first sign-ins at once, over both apps', async function () {
    this.timeout(30_000);
    const unionid = `uAtOnce_${process.pid}-${users}`;
    const [mini, web] = [newUser(unionid), newUser(unionid)];
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 ? signIn('wxMini', mini) : signIn('wxWeb', web))),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(200));
    expect(new Set(answers.map(accountOf)).size).to.equal(1);
  });

  it('never takes a name for an identity', async () => {
    const user = newUser();
    const registered = await register(host, { username: user.openid, password: 'password of a namesake' });
    const account = accountOf(await signIn('wxMini', user));
    expect(account).not.to.equal(accountOf(registered));
  });

  it('refuses a code that was used, is of another app, or was never issued', async () => {
    const code = wechat.issue('wxMini', newUser());
    expect((await send({ code })).status).to.equal(200);
    const foreign = wechat.issue('wxForeign', newUser());
    const web = wechat.issue('wxWeb', newUser());
    for (const body of [{ code }, { code: foreign }, { code: web, appId: 'wxMini' }, { code: 'x&appid=wxForeign' }]) {
      const answer = await send(body);
      expect([answer.status, answer.body.exceptionType]).to.deep.equal([401, 'InvalidCredentialsError']);
      expect(answer.headers.get('www-authenticate')).to.equal('tnt-user-auth-scheme realm="user"');
    }
  });

  it('refuses what is no code, without asking WeChat', async () => {
    const asked = wechat.calls.length;
    const code = wechat.issue('wxMini', newUser());
    const bodies: object[] = [
      {},
      { code: 1 },
      { code: '' },
      { code: ['x'] },
      { code, openid: 'oX' },
      { code, appId: 'wxForeign' },
      { code, unionid: 'uX' },
      { appId: 'wxMini' },
    ];
    for (const body of bodies) expect((await send(body)).status, JSON.stringify(body)).to.equal(400);
    expect((await host.request('POST', '/api/wechat_auth', { json: { code } })).status).to.equal(400);
    expect(wechat.calls.length).to.equal(asked);
  });

  it('refuses an openid that is not vouched for, and says why', async () => {
    const { openid } = newUser();
    const answer = await send({ openid });
    expect(answer.status).to.equal(400);
    expect(answer.body.exceptionMessage).to.match(/openid alone proves nothing/);
  });

  const troubles: Record<string, Trouble> = {
    'that WeChat is busy': { errcode: -1, errmsg: 'system error' },
    'that our secret is wrong': { errcode: 40125, errmsg: 'invalid appsecret' },
    'too many calls': { errcode: 45011, errmsg: 'api minute-quota reach limit' },
    'an errcode as text': { errcode: '40029', errmsg: 'invalid code' },
    'no openid': { session_key: 'x' },
    'an openid that is no text': { openid: 7 },
    'an openid out of bounds': { openid: "o' OR 1=1 --" },
    'a unionid out of bounds': { openid: 'oX', unionid: 'u'.repeat(129) },
    'a list': [{ openid: 'oX' }],
    HTML: 'html',
    'ten megabytes': '10 MB',
    'a redirect': 'redirect',
    'status 500 with an openid': 500,
    'a closed connection': 'hang up',
    'nothing at all': 'stall',
    'half an answer': 'stall within the body',
    'a space at a time': 'drip',
  };
  for (const [what, trouble] of Object.entries(troubles)) {
    it(`answers 502 in time to ${what}, and tells nothing of it`, async () => {
      wechat.trouble = trouble;
      const started = performance.now();
      const answer = await signIn('wxMini', newUser());
      expect([answer.status, answer.body.exceptionType]).to.deep.equal([502, 'BadGatewayError']);
      expect(performance.now() - started).to.be.below(8_000);
      expect(answer.text).not.to.match(/secret|errcode|oX|oBig|oStranger|html/i);
    });
  }

  it('is not for a disabled account', async () => {
    const user = newUser();
    const id = Number(accountOf(await signIn('wxMini', user)));
    await host.palestra.database().knex('account').where({ id }).update({ disabled: 1 });
    expect((await signIn('wxMini', user)).status).to.equal(401);
  });

  it('has an account without a password: no scheme of passwords opens it', async () => {
    const id = Number(accountOf(await signIn('wxMini', newUser())));
    const { knex } = host.palestra.database();
    const [row] = await knex('account').select('username', 'password_hash').where({ id });
    expect(row.password_hash).to.equal(null);
    for (const password of ['null', '', 'undefined']) {
      const sealed = await host.seal({ username: row.username, password });
      const headers = { authorization: `tnt-user-auth-scheme ${sealed}` };
      expect((await host.request('GET', '/api/auth', { headers })).status).to.equal(401);
    }
  });

  it('exports the account to its user, and deletes it by a fresh code of that user', async () => {
    const [user, other] = [newUser(), newUser()];
    const signedIn = await signIn('wxMini', user);
    const token = signedIn.body.data.access_token;
    await signIn('wxMini', other);
    const exported = await host.request('GET', '/api/profile/export', { token });
    expect([exported.status, exported.text.includes(user.openid)]).to.deep.equal([200, true]);
    const remove = async (proof: object) => {
      const sealed = await host.seal(proof);
      const { status, body } = await host.request('POST', '/api/profile/delete', { token, json: { sealed } });
      return [status, body.exceptionMessage];
    };
    const known = await host.palestra.database().knex('account').count({ rows: '*' });
    expect(await remove({ password: 'null' })).to.deep.equal([401, 'The password is wrong.']);
    expect(await remove({})).to.deep.equal([400, 'code is required for the request']);
    const proofs = [other, newUser()].map((each) => ({ code: wechat.issue('wxMini', each) }));
    for (const proof of proofs) expect(await remove(proof)).to.deep.equal([401, 'The code is of another account.']);
    expect((await remove({ code: 'never issued' }))[0]).to.equal(401);
    const both = { code: wechat.issue('wxMini', user), password: 'x' };
    expect(await remove(both)).to.deep.equal([400, 'Send password or code, not both']);
    expect(await host.palestra.database().knex('account').count({ rows: '*' })).to.deep.equal(known);
    expect(await remove({ code: wechat.issue('wxMini', user) })).to.deep.equal([200, '']);
    expect(await statusOf(host, token)).to.equal(401);
    expect(accountOf(await signIn('wxMini', user))).not.to.equal(accountOf(signedIn));
  });
});

describe('sign-in by WeChat where it is set up otherwise', () => {
  const start = (wechat?: object) =>
    startTestHost({ plugins: [], ...(wechat && { config: { identity: { wechat } } }) });
  const send = async (host: TestHost, plaintext: object) =>
    host.request('POST', '/api/wechat_auth', { json: { sealed: await host.seal(plaintext) } });

  it('says that it is not configured', async () => {
    const host = await start();
    try {
      const answer = await send(host, { code: 'x' });
      expect(answer.status).to.equal(503);
      expect(answer.body.exceptionMessage).to.equal('Sign-in by WeChat is not configured on this server.');
    } finally {
      await host.stop();
    }
  });

  it('trusts an openid only where it is told to, for the app it is told', async () => {
    const host = await start({ trustOpenid: true });
    try {
      const first = await send(host, { openid: 'oTrusted' });
      expect(first.status).to.equal(200);
      const again = await send(host, { openid: 'oTrusted' });
      expect(claimsOf(again.body.data.access_token).sub).to.equal(claimsOf(first.body.data.access_token).sub);
      for (const openid of ['', 'o X', "o'--", 'o'.repeat(129), 7]) {
        expect((await send(host, { openid })).status, String(openid)).to.equal(400);
      }
    } finally {
      await host.stop();
    }
  });

  it('does not start with half an app', async () => {
    for (const apps of [
      [{ appId: 'wx' }],
      [{ appId: 'a b', appSecret: 'x' }],
      [{ appId: 'wx', appSecret: 'x', kind: 'y' }],
    ]) {
      const error = await start({ apps }).catch((thrown: Error) => thrown);
      expect(error).to.be.instanceOf(Error);
      expect(error).to.have.property('message').that.does.not.include('secret of');
    }
  });
});
