/** Emails: verified by a code that is sent there, and changed only once the new address has given one back. */
import { formatId } from '@palestra/core';
import { type Answer, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { memberPassword, register, signIn, uniqueName } from '../identity/fixture.js';
import { codeIn, type SmtpInbox, startSmtpInbox } from '../mail/smtp-inbox.js';

describeOnEachDatabase('an email', (fresh) => {
  let host: TestHost;
  let inbox: SmtpInbox;

  before(async () => {
    inbox = await startSmtpInbox();
    const mail = { smtpUrl: inbox.url, from: 'no-reply@iron.example' };
    host = await startTestHost({ plugins: [], database: await fresh(), config: { mail } });
  });
  after(async () => {
    await host.stop();
    await inbox.stop();
  });

  interface Person {
    readonly username: string;
    readonly email: string;
    readonly token: string;
    readonly _id: string;
  }

  async function person(email = `${uniqueName('mail')}@mail.example`): Promise<Person> {
    const username = uniqueName();
    const answer = await register(host, { username, password: memberPassword, email });
    const token = answer.body.data.access_token;
    const [{ _id }] = (await host.request('GET', '/api/profile', { token })).body.data;
    return { username, email, token, _id };
  }
  const verify = ({ token }: Person, code: string): Promise<Answer> =>
    host.request('POST', '/api/profile/email/verify', { token, json: { code } });
  const send = ({ token }: Person) => host.request('POST', '/api/profile/email/send', { token });
  const change = ({ token, _id }: Person, email: string | null) =>
    host.operate('/api/profile', token, 'update', { _id, email });
  const shown = async ({ token, _id }: Person) => {
    const { email, emailVerified, pendingEmail } = (await host.request('GET', `/api/profile/${_id}`, { token })).body
      .data;
    return { email, emailVerified, pendingEmail };
  };

  it('is verified by the code that comes after registration', async () => {
    const anna = await person();
    expect(await shown(anna)).to.deep.equal({ email: anna.email, emailVerified: false, pendingEmail: null });
    const code = codeIn(await inbox.next(anna.email));
    const other = await person();
    expect((await verify(other, code)).status).to.equal(400);
    const verified = await verify(anna, code);
    expect([verified.status, verified.body.data]).to.deep.equal([200, { email: anna.email, emailVerified: true }]);
    expect((await verify(anna, code)).body.exceptionType).to.equal('InvalidCodeError');
    expect((await shown(anna)).emailVerified).to.equal(true);
    expect((await send(anna)).status).to.equal(409);
  });

  it('gets another code if its owner asks', async () => {
    const berta = await person();
    const first = codeIn(await inbox.next(berta.email));
    expect((await send(berta)).status).to.equal(202);
    const second = codeIn(await inbox.next(berta.email));
    expect(second).not.to.equal(first);
    expect((await verify(berta, second)).status).to.equal(200);
  });

  it('is changed when the new address has confirmed it, and the old one is told', async () => {
    const carla = await person();
    await verify(carla, codeIn(await inbox.next(carla.email)));
    const next = `new-${carla.email}`;
    const asked = await change(carla, next);
    expect(asked.body.data).to.include({ email: carla.email, emailVerified: true, pendingEmail: next });
    expect((await signIn(host, next, memberPassword)).status).to.equal(401);
    const code = codeIn(await inbox.next(next));
    expect((await verify(carla, code)).body.data.email).to.equal(next);
    expect(await shown(carla)).to.deep.equal({ email: next, emailVerified: true, pendingEmail: null });
    const told = await inbox.next(carla.email);
    expect(told.headers.get('subject')).to.equal('Your email address was changed');
    expect(told.text).not.to.contain(next);
    expect((await signIn(host, next, memberPassword)).status).to.equal(200);
    expect((await signIn(host, carla.email, memberPassword)).status).to.equal(401);
  });

  it('is not changed by a code for an address that was given up', async () => {
    const dora = await person();
    await inbox.next(dora.email);
    await change(dora, `first-${dora.email}`);
    const code = codeIn(await inbox.next(`first-${dora.email}`));
    await change(dora, `second-${dora.email}`);
    expect((await verify(dora, code)).status).to.equal(400);
    await change(dora, dora.email);
    expect((await shown(dora)).pendingEmail).to.equal(null);
    expect((await verify(dora, codeIn(await inbox.next(`second-${dora.email}`)))).status).to.equal(400);
    expect((await shown(dora)).email).to.equal(dora.email);
  });

  it('of somebody else is 409, also if it was taken while the code was under way', async () => {
    const [emil, fred] = [await person(), await person()];
    expect((await change(emil, fred.email)).status).to.equal(409);
    const wanted = `${uniqueName('wanted')}@mail.example`;
    await change(emil, wanted);
    const code = codeIn(await inbox.next(wanted));
    await person(wanted);
    expect((await verify(emil, code)).status).to.equal(409);
    expect((await shown(emil)).email).to.equal(emil.email);
  });

  it('is changed at once by an administrator or where it is taken away, and the old address is told', async () => {
    const gina = await person();
    await inbox.next(gina.email);
    const admin = await host.account('system_admin');
    const next = `office-${gina.email}`;
    await host.operate('/api/profile', admin.token, 'update', { _id: gina._id, email: next });
    expect(await shown(gina)).to.deep.equal({ email: next, emailVerified: false, pendingEmail: null });
    await inbox.next(gina.email);
    expect((await change(gina, null)).body.data.email).to.equal(null);
    await inbox.next(next);
    expect((await send(gina)).status).to.equal(409);
    const users = await host.request('GET', `/api/admin/user/${gina._id}`, { token: admin.token });
    expect(users.body.data).to.include({ email: null, emailVerified: false });
  });

  it('is changed at once where no mail can be sent', async () => {
    const quiet = await startTestHost({ plugins: [], config: { mail: { log: false } } });
    try {
      const hans = await quiet.account();
      const _id = formatId(hans.id);
      const changed = await quiet.operate('/api/profile', hans.token, 'update', { _id, email: 'hans@mail.example' });
      expect(changed.body.data).to.include({ email: 'hans@mail.example', emailVerified: false, pendingEmail: null });
    } finally {
      await quiet.stop();
    }
  });
});
