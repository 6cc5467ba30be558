/** The people of a gym: its owner, its staff, and the operator and the coaches of its club. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

describeOnEachDatabase('the staff of a gym', (fresh) => {
  let host: TestHost;
  let admin: Account;
  let owner: Account;
  let member: Account;
  before(async () => {
    host = await startTestHost({ plugins: [team, gym, merchandise, transaction], database: await fresh() });
    [admin, owner, member] = await Promise.all([host.account('admin'), host.account('coach'), host.account()]);
  });
  after(() => host.stop());

  let made = 0;
  const name = () => `thing ${++made}`;
  const idOf = ({ id }: Account) => String(id).padStart(12, '0');
  const ask = (method: string, path: string, { token }: Account, json?: object) =>
    host.request(method, path, { token, ...(json && { json }) });
  const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;

  async function openGym(fields: object = {}): Promise<string> {
    const { body, text } = await host.operate('/api/gym', owner.token, 'create', { name: name(), ...fields });
    if (!body.success) throw new Error(text);
    return body.data._id;
  }
  const put = (at: string, who: object, may: readonly string[], as = owner) =>
    ask('POST', `/api/gym/${at}/staff`, as, { ...who, may });
  const remove = (at: string, who: Account, as = owner) => ask('DELETE', `/api/gym/${at}/staff/${who.id}`, as);
  const list = async (at: string, as = owner) => (await ask('GET', `/api/gym/${at}/staff`, as)).body.data;

  async function buy(at: string) {
    const data = { name: name(), type: 1, gym: at, price: { amount: 500, currency: 'EUR' } };
    const sold = (await host.operate('/api/merchandise', admin.token, 'create', data)).body.data._id;
    const order = { merchandiseId: sold, paymentMethod: 'sandbox' };
    const { transactionRecordId, prepayId } = (await ask('POST', '/api/perform_transaction', member, order)).body.data;
    const proof = { transactionRecordId, transactionId: prepayId };
    const { qr } = (await ask('POST', '/api/verify_transaction', member, proof)).body.data;
    return { record: transactionRecordId as string, sold: sold as string, qr: qr as string };
  }

  /** What each task lets somebody do, as statuses. */
  async function tried(at: string, who: Account) {
    const { record, sold, qr } = await buy(at);
    return {
      admit: await statusOf(ask('POST', '/api/verify_transaction_record', who, { qr, merchandiseId: sold })),
      put: await statusOf(host.operate('/api/merchandise', who.token, 'update', { _id: sold, tag: 'new' })),
      sell: await statusOf(host.operate('/api/merchandise', who.token, 'create', { name: name(), type: 1, gym: at })),
      refund: await statusOf(ask('POST', '/api/refund_transaction', who, { transactionRecordId: record })),
      manage: await statusOf(host.operate('/api/gym', who.token, 'update', { _id: at, detail: name() })),
      staff: await statusOf(ask('GET', `/api/gym/${at}/staff`, who)),
      reads: await statusOf(ask('GET', `/api/transaction_record/${record}`, who)),
    };
  }
  const nothing = { admit: 403, put: 403, sell: 403, refund: 403, manage: 403, staff: 403, reads: 404 };
  const elsewhere = { ...nothing, admit: 404, refund: 404 };
  const admits = { ...elsewhere, admit: 200, reads: 200 };
  const sells = { ...elsewhere, put: 200, sell: 201, refund: 200, reads: 200 };
  const manages = { ...elsewhere, manage: 200, staff: 200, reads: 200 };
  const everything = { admit: 200, put: 200, sell: 201, refund: 200, manage: 200, staff: 200, reads: 200 };

  it('may do what it was given, at that gym alone, with the session and the role it has', async () => {
    const [at, other, someone] = [await openGym(), await openGym(), await host.account()];
    expect(await tried(at, someone)).to.deep.equal(nothing);
    const cases = [
      [['admit'], admits],
      [['sell'], sells],
      [['manage'], manages],
      [['manage', 'admit', 'sell'], everything],
    ] as const;
    for (const [index, [may, expected]] of cases.entries()) {
      expect((await put(at, { user: idOf(someone) }, may)).status).to.equal(index === 0 ? 201 : 200);
      expect(await tried(at, someone), may.join()).to.deep.equal(expected);
      expect(await tried(other, someone)).to.deep.equal(elsewhere);
    }
    expect((await remove(at, someone)).status).to.equal(200);
    expect(await tried(at, someone)).to.deep.equal(nothing);
    expect((await remove(at, someone)).status).to.equal(404);
  });

  it('is named by id, user name or exact email, one of them', async () => {
    const at = await openGym();
    const email = `${name().replace(' ', '-')}@gym.example`;
    const sealed = await host.seal({ username: name(), password: 'a long password', email, firstName: 'Ada' });
    await host.request('POST', '/api/register', { json: { sealed } });
    const byId = await host.account();
    const byName = await host.account();
    expect((await put(at, { user: String(byId.id) }, ['admit'])).body.data).to.include({ user: idOf(byId) });
    expect((await put(at, { username: byName.username.toUpperCase() }, ['sell', 'admit'])).status).to.equal(201);
    const byEmail = await put(at, { email: email.toUpperCase() }, ['admit']);
    expect(byEmail.body.data).to.include({ firstName: 'Ada', lastName: null });
    const listed = await list(at);
    expect(listed).to.have.length(3);
    const clerk = listed.find(({ user }: { user: string }) => user === idOf(byName));
    const nameless = { firstName: null, lastName: null, may: ['admit', 'sell'] };
    expect(clerk).to.deep.equal({ user: idOf(byName), username: byName.username, ...nameless });
    for (const [who, message] of [
      [{}, 'user is required for the request'],
      [{ user: '424242' }, 'user cannot be found in User'],
      [{ user: idOf(admin) }, 'user cannot be found in User'],
      [{ username: email.slice(1) }, 'username cannot be found in User'],
      [{ email: byName.username }, 'email cannot be found in User'],
      [{ user: idOf(byId), email }, 'Send user or email, not both'],
    ] as const) {
      const { status, body } = await put(at, who, ['admit']);
      expect([status, body.exceptionMessage]).to.deep.equal([400, message]);
    }
    for (const may of [[], ['fly'], ['admit', 'admit']]) {
      expect((await put(at, { user: idOf(byId) }, may)).status, may.join()).to.equal(400);
    }
  });

  it('is shown by the user name to those who knew it, and not to those who guessed the id', async () => {
    const [at, clerk] = [await openGym(), await host.account()];
    const shown = async () => (await list(at)).map(({ username }: { username: string | null }) => username);
    expect((await put(at, { user: idOf(clerk) }, ['admit'])).body.data.username).to.equal(null);
    expect(await shown()).to.deep.equal([null]);
    const named = await put(at, { username: clerk.username }, ['admit']);
    expect([named.status, named.body.data.username]).to.deep.equal([200, clerk.username]);
    expect((await put(at, { user: idOf(clerk) }, ['sell'])).body.data.username).to.equal(clerk.username);
    expect(await shown()).to.deep.equal([clerk.username]);
  });

  it('finds the gyms where it works, and what it may do there', async () => {
    const [at, other, clerk] = [await openGym(), await openGym(), await host.account('coach')];
    const workplaces = async (who: Account) => (await ask('GET', '/api/profile/workplace', who)).body.data;
    expect(await workplaces(clerk)).to.deep.equal([]);
    const own = await host.operate('/api/gym', clerk.token, 'create', { name: name() });
    await put(other, { user: idOf(clerk) }, ['sell', 'admit']);
    const { body } = await ask('GET', `/api/gym/${other}`, clerk);
    const ofOther = { gym: other, name: body.data.name, owner: false, may: ['admit', 'sell'] };
    const { _id: gym, name: ownName } = own.body.data;
    expect(await workplaces(clerk)).to.deep.equal([
      ofOther,
      { gym, name: ownName, owner: true, may: ['admit', 'sell', 'manage'] },
    ]);
    expect((await workplaces(owner)).map((place: { gym: string }) => place.gym)).to.include.members([at, other]);
    await remove(other, clerk);
    expect((await workplaces(clerk)).map((place: { gym: string }) => place.gym)).to.deep.equal([gym]);
  });

  it('is seen and changed by those who manage the gym; its members may leave', async () => {
    const [at, manager, clerk, stranger] = [
      await openGym(),
      await host.account(),
      await host.account(),
      await host.account('operator'),
    ];
    for (const as of [member, stranger]) {
      expect((await put(at, { user: idOf(clerk) }, ['admit'], as)).status).to.equal(403);
      expect((await ask('GET', `/api/gym/${at}/staff`, as)).status).to.equal(403);
    }
    await put(at, { user: idOf(manager) }, ['manage']);
    expect((await put(at, { user: idOf(clerk) }, ['admit'], manager)).status).to.equal(201);
    expect((await remove(at, manager, clerk)).status).to.equal(403);
    expect(await list(at, admin)).to.have.length(2);
    expect((await remove(at, clerk, clerk)).status).to.equal(200);
    expect((await remove(at, manager, admin)).status).to.equal(200);
    expect(await list(at)).to.deep.equal([]);
    for (const as of [owner, member]) {
      expect((await ask('GET', '/api/gym/424242/staff', as)).status).to.equal(404);
      expect((await remove('424242', member, as)).status).to.equal(404);
    }
  });

  it('does not take the gym over: only an admin says who owns it', async () => {
    const [at, manager] = [await openGym(), await host.account('coach')];
    await put(at, { user: idOf(manager) }, ['manage']);
    const give = (as: Account, to: Account) =>
      host.operate('/api/gym', as.token, 'update', { _id: at, owner: idOf(to) });
    expect((await give(manager, manager)).status).to.equal(403);
    expect((await give(owner, manager)).status).to.equal(403);
    expect((await give(manager, owner)).status).to.equal(200);
    expect((await give(admin, manager)).status).to.equal(200);
    expect((await host.operate('/api/gym', owner.token, 'update', { _id: at, detail: 'x' })).status).to.equal(403);
  });

  it('loses everything with the account, and the owner with the role', async () => {
    const [at, clerk] = [await openGym(), await host.account()];
    await put(at, { user: idOf(clerk) }, ['admit']);
    await host.palestra.database().knex('account').where({ id: clerk.id }).delete();
    expect(await list(at)).to.deep.equal([]);
    const former = await host.account('coach');
    await host.operate('/api/gym', admin.token, 'update', { _id: at, owner: idOf(former) });
    expect(await tried(at, former)).to.deep.include({ admit: 200, reads: 200 });
    const { token } = await host.account('system_admin');
    await host.request('POST', '/api/admin/revoke_privilege', { token, json: { username: former.username } });
    expect(await tried(at, await signIn(former))).to.deep.equal(nothing);
  });

  async function signIn(account: Account): Promise<Account> {
    const basic = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    const path = `/api/v1/login/${encodeURIComponent(account.username)}`;
    return { ...account, token: (await host.request('GET', path, { headers })).body.user_token };
  }

  describe('by a club', () => {
    let operator: Account;
    let coach: Account;
    let club: number;
    before(async () => {
      [operator, coach] = await Promise.all([host.account('operator'), host.account('coach')]);
      const post = async (path: string, json: object) => (await ask('POST', `/api/v1/${path}`, admin, json)).body;
      const { country_id } = (await post('countries', { name: 'Austria' })).country;
      const { city_id } = (await post('cities', { name: 'Salzburg', country_id })).city;
      const { league_id } = (await post('leagues', { name: '1. Landesliga' })).league;
      const place = { address: 'Seestraße 12', country_id, city_id, league_id };
      club = (await post('add_operator', { user_id: operator.id, club_name: 'Union', ...place })).operator.operator_id;
      await post('add_coach', { user_id: coach.id, club_id: club });
    });

    it('has the operator of the club do everything, and its coaches let members in', async () => {
      const at = await openGym({ club: String(club) });
      expect((await ask('GET', `/api/gym/${at}`, member)).body.data.club).to.equal(club);
      expect(await tried(at, operator)).to.deep.equal(everything);
      expect(await tried(at, coach)).to.deep.equal(admits);
      const [place] = (await ask('GET', '/api/profile/workplace', coach)).body.data;
      expect(place).to.deep.include({ gym: at, owner: false, may: ['admit'] });
      const records = (await ask('GET', '/api/transaction_record', coach)).body.data;
      expect(records.every(({ recipient }: { recipient: string }) => recipient === at)).to.equal(true);
      await host.operate('/api/gym', owner.token, 'update', { _id: at, club: null });
      expect(await tried(at, operator)).to.deep.equal(elsewhere);
      expect(await tried(at, coach)).to.deep.equal(elsewhere);
    });

    it('is one that exists', async () => {
      for (const wrong of ['424242', 424242]) {
        const { status, body } = await host.operate('/api/gym', owner.token, 'create', { name: name(), club: wrong });
        expect([status, body.exceptionMessage]).to.deep.equal([400, 'club cannot be found in Gym']);
      }
      for (const wrong of ['x', 0, 1.5, true]) {
        const { status } = await host.operate('/api/gym', owner.token, 'create', { name: name(), club: wrong });
        expect(status, String(wrong)).to.equal(400);
      }
    });

    it('ends with the club, and with the position in it', async () => {
      const at = await openGym({ club });
      const [{ coach_id }] = (await ask('GET', '/api/v1/coaches', admin)).body;
      expect((await ask('DELETE', `/api/v1/coaches/${coach_id}`, admin)).status).to.equal(200);
      expect(await tried(at, coach)).to.deep.equal(elsewhere);
      expect((await ask('DELETE', `/api/v1/operators/${club}`, admin)).status).to.equal(200);
      expect((await ask('GET', `/api/gym/${at}`, member)).body.data.club).to.equal(null);
      expect(await tried(at, operator)).to.deep.equal(elsewhere);
    });
  });
});
