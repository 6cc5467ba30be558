/** A forgotten password: a code by email through a real SMTP server, or from an administrator, and a new password. */
import { formatId } from '@palestra/core';
import {
  type Account,
  type Answer,
  describeOnEachDatabase,
  startTestHost,
  type TestHost,
} from '@palestra/server/testing';
import { expect } from 'chai';
import {
  createClock,
  member,
  memberPassword,
  refresh,
  register,
  signIn,
  statusOf,
  uniqueName,
} from '../identity/fixture.js';
import { codeIn, type SmtpInbox, startSmtpInbox } from '../mail/smtp-inbox.js';

const password = 'the new password';

describeOnEachDatabase('recovery', (fresh) => {
  const clock = createClock();
  let host: TestHost;
  let inbox: SmtpInbox;
  let admin: Account;

  before(async () => {
    inbox = await startSmtpInbox({ user: 'palestra', password: 'of the mail server' });
    const mail = { smtpUrl: inbox.url, from: 'Iron Temple <no-reply@iron.example>' };
    host = await startTestHost({ plugins: [], database: await fresh(), clock, config: { mail } });
    admin = await host.account('system_admin');
  });
  after(async () => {
    await host.stop();
    await inbox.stop();
  });

  const recover = (email: string, key?: string): Promise<Answer> =>
    host.request('POST', '/api/recover', { json: { email }, ...(key && { headers: { 'idempotency-key': key } }) });
  const complete = async (code: string, chosen = password): Promise<Answer> =>
    host.request('POST', '/api/recover/complete', { json: { sealed: await host.seal({ code, password: chosen }) } });

  /** Somebody with an email, whose mail about it was read. */
  async function person() {
    const username = uniqueName();
    const email = `${username}@mail.example`;
    const registered = await register(host, { username, password: memberPassword, email });
    await inbox.next(email);
    return { username, email, ...registered.body.data };
  }

  it('gives a new password by a code that came by mail, and ends every session', async () => {
    const { username, email, access_token, refresh_token } = await person();
    const asked = await recover(email.toUpperCase());
    expect([asked.status, asked.body.data]).to.deep.equal([202, {}]);
    const mail = await inbox.next(email);
    expect(mail.from).to.equal('Iron Temple <no-reply@iron.example>');
    expect(mail.headers.get('subject')).to.equal('Your code for a new password');
    const done = await complete(codeIn(mail).toLowerCase().replaceAll('-', ' '));
    expect([done.status, Object.keys(done.body.data).sort()], done.text).to.deep.equal([
      200,
      ['access_token', 'expires_in', 'refresh_token', 'token_type'],
    ]);
    expect(await statusOf(host, done.body.data.access_token)).to.equal(200);
    expect(await statusOf(host, access_token)).to.equal(401);
    expect((await refresh(host, refresh_token)).status).to.equal(401);
    expect((await signIn(host, username, memberPassword)).status).to.equal(401);
    expect((await signIn(host, email, password)).status).to.equal(200);
    const profile = await host.request('GET', '/api/profile', { token: done.body.data.access_token });
    expect(profile.body.data[0]).to.include({ email, emailVerified: true });
  });

  it('takes a code once, and all others of the account go with it', async () => {
    const { email } = await person();
    await recover(email);
    await recover(email);
    const codes = [codeIn(await inbox.next(email)), codeIn(await inbox.next(email))];
    expect(codes[0]).not.to.equal(codes[1]);
    const [one = '', other = ''] = codes;
    const answers = await Promise.all([complete(one), complete(one), complete(one)]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 400, 400]);
    for (const code of [one, other]) {
      const refused = await complete(code);
      expect([refused.status, refused.body.exceptionType]).to.deep.equal([400, 'InvalidCodeError']);
    }
  });

  it('takes no code after 30 minutes', async () => {
    const { email, username } = await person();
    await recover(email);
    const code = codeIn(await inbox.next(email));
    clock.advance(30 * 60_000 + 1);
    expect((await complete(code)).status).to.equal(400);
    expect((await signIn(host, username, memberPassword)).status).to.equal(200);
  });

  it('keeps a code whose password is not accepted', async () => {
    const { email } = await person();
    await recover(email);
    const code = codeIn(await inbox.next(email));
    expect((await complete(code, 'short')).status).to.equal(400);
    expect((await complete(code)).status).to.equal(200);
  });

  it('writes only to the owner of the email, and answers alike', async () => {
    const { email } = await person();
    const { username } = await member(host, `${uniqueName()}@not.an.email`);
    const disabled = await person();
    await host.palestra.database().knex('account').where({ username: disabled.username }).update({ disabled: 1 });
    const seen = inbox.mails.length;
    const answers = [];
    for (const address of ['nobody@mail.example', username, disabled.email, email])
      answers.push(await recover(address));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    await inbox.next(email);
    expect(inbox.mails).to.have.length(seen + 1);
  });

  it('is asked for once under one key, and stored without the email or the code', async () => {
    const { email } = await person();
    for (const _ of [1, 2]) expect((await recover(email, 'the-same-key')).status).to.equal(202);
    const code = codeIn(await inbox.next(email));
    await recover(email);
    await inbox.next(email);
    expect(inbox.mails.filter(({ to }) => to.includes(email))).to.have.length(3);
    const { knex } = host.palestra.database();
    const stored = JSON.stringify([await knex('event'), await knex('idempotency_key')]);
    expect(stored).not.to.contain(email);
    expect(stored + JSON.stringify(await knex('one_time_code'))).not.to.contain(code.slice(0, 11));
  });

  it('is sent again after a failure that may pass, with the same code, and not after a refusal', async () => {
    const { email } = await person();
    inbox.failNext(451);
    await recover(email);
    const code = codeIn(await inbox.next(email));
    const rows = await host.palestra.database().knex('one_time_code').where({ email, purpose: 'recovery' });
    expect(rows).to.have.length(1);
    expect((await complete(code)).status).to.equal(200);
    inbox.failNext(550);
    await recover(email);
    await recover(email);
    await inbox.next(email);
    expect(inbox.mails.filter(({ to }) => to.includes(email))).to.have.length(3);
  });

  it('is refused by one answer for every code that is not good', async () => {
    const { email, access_token } = await person();
    await host.request('POST', '/api/profile/email/send', { token: access_token });
    const forEmail = codeIn(await inbox.next(email));
    const answers = [];
    for (const code of ['', 'x', '00000-00000-00000-00000', forEmail]) answers.push(await complete(code));
    expect(answers.map(({ status }) => status)).to.deep.equal([400, 400, 400, 400]);
    expect(new Set(answers.slice(1).map(({ text }) => text)).size).to.equal(1);
  });

  describe('by an administrator', () => {
    const issue = (id: number, token = admin.token) =>
      host.request('POST', `/api/admin/user/${formatId(id)}/recovery`, { token });

    it('gives a code to hand over, shown once and audited without it', async () => {
      const forgetful = await host.account();
      const { status, body } = await issue(forgetful.id);
      expect(status).to.equal(201);
      expect(Date.parse(body.data.expiresAt) - clock.now()).to.be.within(29 * 60_000, 30 * 60_000);
      expect((await complete(body.data.code)).status).to.equal(200);
      expect((await signIn(host, forgetful.username, password)).status).to.equal(200);
      const audit = await host.request('GET', '/api/admin/audit', { token: admin.token });
      const actions = audit.body.data.map(({ action }: { action: string }) => action);
      expect(actions.slice(-2)).to.deep.equal(['account.recovery_code', 'account.recover']);
      expect(audit.text).not.to.contain(body.data.code);
    });

    it('is not for those above them, not for themselves, and not for accounts that do not exist', async () => {
      const dba = await host.account('dba');
      expect((await issue(dba.id)).status).to.equal(403);
      expect((await issue(admin.id)).status).to.equal(403);
      expect((await issue(999_999)).status).to.equal(404);
      expect((await issue(dba.id, (await host.account('admin')).token)).status).to.equal(403);
    });
  });
});
