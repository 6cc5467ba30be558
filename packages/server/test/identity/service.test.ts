/** What other plugins get of identity: views without hashes, a raised role, tokens for machines that can be ended. */
import { type AccountsService, accountsService, need, type Role } from '@palestra/core';
import type { Database, Plugin } from '@palestra/server';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createClock, signIn, statusOf } from './fixture.js';

type ProbeTypes = { operations: Record<never, never>; needs: { accounts: AccountsService } };

describeOnEachDatabase('the accounts service', (fresh) => {
  const clock = createClock();
  let host: TestHost;
  let accounts: AccountsService;
  let database: Database;
  let jon: Account;

  const probe: Plugin<ProbeTypes> = {
    name: 'probe',
    version: '0.0.0',
    host: '^1.0.0',
    contract: { paths: {} },
    requires: { accounts: need(accountsService) },
    setup(scope) {
      accounts = scope.services.accounts;
      database = scope.database;
      return { handlers: {} };
    },
  };

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [probe], database: await fresh(), clock });
    jon = await host.account('player');
  });
  after(() => host.stop());

  it('finds accounts as views', async () => {
    const view = {
      id: jon.id,
      username: jon.username,
      email: null,
      emailVerified: false,
      firstName: null,
      lastName: null,
      address: null,
      role: 'player',
      disabled: false,
      shareEmail: false,
      shareAddress: false,
    };
    expect(await accounts.find(jon.id)).to.deep.equal(view);
    expect(await accounts.find(999_999)).to.equal(undefined);
  });

  it('finds many in the order asked, however many', async () => {
    const other = await host.account('coach');
    const ids = [other.id, 999_999, jon.id, ...Array.from({ length: 120 }, (_, at) => 10_000 + at), other.id];
    expect((await accounts.findMany(ids)).map(({ id }) => id)).to.deep.equal([other.id, jon.id, other.id]);
    expect(await accounts.findMany([])).to.deep.equal([]);
  });

  const raise = (id: number, role: Role, options?: { endTokens: boolean }) =>
    database.unitOfWork((unit) => accounts.raise(id, role, unit, options));
  const lower = (id: number, role: Role) => database.unitOfWork((unit) => accounts.lower(id, async () => role, unit));
  const roleOf = async (id: number) => (await accounts.find(id))?.role;
  const grant = async (username: string, role: Role) => {
    const { token } = await host.account('system_admin');
    const { status } = await host.request('POST', '/api/admin/grant_privilege', { token, json: { username, role } });
    expect(status).to.equal(200);
  };

  it('raises a role and never lowers one; a token keeps the lower role that it says', async () => {
    const user = await host.account('player');
    expect(await raise(user.id, 'operator')).to.equal(true);
    expect(await roleOf(user.id)).to.equal('operator');
    expect(await statusOf(host, user.token)).to.equal(200);
    expect(await raise(user.id, 'coach')).to.equal(true);
    expect(await roleOf(user.id)).to.equal('operator');
    expect(await raise(999_999, 'coach')).to.equal(false);
  });

  it('raises a role and ends the tokens that say otherwise, where that is asked for', async () => {
    const user = await host.account('player');
    expect(await raise(user.id, 'operator', { endTokens: true })).to.equal(true);
    expect(await statusOf(host, user.token)).to.equal(401);
    const { access_token } = (await signIn(host, user.username, user.password)).body.data;
    await raise(user.id, 'operator', { endTokens: true });
    expect(await statusOf(host, access_token)).to.equal(200);
  });

  it('takes back what was raised, with its tokens, and never what was granted', async () => {
    const user = await host.account('player');
    await raise(user.id, 'operator');
    const { access_token } = (await signIn(host, user.username, user.password)).body.data;
    await lower(user.id, 'coach');
    expect(await roleOf(user.id)).to.equal('coach');
    expect(await statusOf(host, access_token)).to.equal(401);
    await lower(user.id, 'player');
    expect(await roleOf(user.id)).to.equal('player');

    await grant(user.username, 'coach');
    await raise(user.id, 'operator');
    await lower(user.id, 'player');
    expect(await roleOf(user.id), 'granted before').to.equal('coach');
    await raise(user.id, 'operator');
    await grant(user.username, 'operator');
    await lower(user.id, 'player');
    expect(await roleOf(user.id), 'granted meanwhile').to.equal('operator');
    await lower(user.id, 'coach');
    expect(await roleOf(user.id)).to.equal('operator');
  });

  it('finds an account by its exact email, and by nothing else', async () => {
    const email = `Jon.${Date.now()}@Club.example`;
    const json = { email, password: 'a long enough password', first_name: 'Jon', last_name: 'Dorian' };
    const { body } = await host.request('POST', '/api/v1/public/register', { json });
    expect((await accounts.findByEmail(email.toLowerCase()))?.id).to.equal(body.id);
    expect(await accounts.findByEmail(email.slice(1))).to.equal(undefined);
    expect(await accounts.findByEmail(jon.username), 'a user name').to.equal(undefined);
    expect(await accounts.findByEmail('')).to.equal(undefined);
  });

  it('raises within the transaction it is given', async () => {
    const user = await host.account('player');
    const failed = database.unitOfWork(async (unit) => {
      await accounts.raise(user.id, 'admin', unit);
      throw new Error('undo');
    });
    expect(await failed.catch((error: Error) => error.message)).to.equal('undo');
    expect((await accounts.find(user.id))?.role).to.equal('player');
    expect(await statusOf(host, user.token)).to.equal(200);
  });

  it('issues tokens to machines that never expire and end when revoked', async () => {
    const { token, tokenId } = await accounts.machines.issue('stams_io', '12');
    // 403: it is known who calls, and the profile is for people.
    expect(await statusOf(host, token)).to.equal(403);
    clock.advance(20 * 365 * 24 * 3600 * 1000);
    expect(await statusOf(host, token)).to.equal(403);
    expect(await accounts.machines.revoke(tokenId)).to.equal(true);
    expect(await statusOf(host, token)).to.equal(401);
    expect(await accounts.machines.revoke(tokenId)).to.equal(false);
    expect(await accounts.machines.revoke('unknown')).to.equal(false);
  });

  it('issues no machine token that a rolled-back transaction leaves behind', async () => {
    let token = '';
    const failed = database.unitOfWork(async (unit) => {
      ({ token } = await accounts.machines.issue('secure_provisioner', 'provisioner', unit));
      throw new Error('undo');
    });
    await failed.catch(() => undefined);
    expect(await statusOf(host, token)).to.equal(401);
  });
});
