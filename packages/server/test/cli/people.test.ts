/** `palestra user`, `token` and `keys`: beside a running server, which follows within a second. */
import {
  type Account,
  describeOnEachDatabase,
  signInAdmin,
  startTestHost,
  type TestHost,
} from '@palestra/server/testing';
import { expect } from 'chai';
import { refresh, signIn } from '../identity/fixture.js';
import { createPalestraCommand, type Palestra } from './palestra.js';

/** Each command is a process of its own, about a second on a quiet machine. */
const patience = 90_000;

describeOnEachDatabase('palestra beside a running server', (fresh) => {
  let host: TestHost;
  let palestra: Palestra;
  let remove: () => Promise<void>;
  let dba: Account;

  before(async () => {
    const database = await fresh();
    host = await startTestHost({ plugins: [], database });
    [palestra, remove] = await createPalestraCommand({ dataDir: host.dataDir, database });
    dba = await host.account('dba');
  });
  after(async () => {
    await remove();
    await host.stop();
  });

  const aSecondLater = () => new Promise((resolve) => setTimeout(resolve, 1_050));
  const entries = async (): Promise<Record<string, unknown>[]> =>
    (await host.request('GET', '/api/admin/audit', { token: dba.token })).body.data;

  it('adds an account, its password from standard input', async () => {
    const added = await palestra(['user', 'add', 'anna', 'admin'], { input: 'password of anna\n' });
    expect(added).to.deep.equal({ code: 0, stdout: 'Added anna as admin.\n', stderr: '' });
    expect(await signInAdmin(host, 'anna', 'password of anna')).to.match(/^ey/);
    const again = await palestra(['user', 'add', 'ANNA'], { input: 'password of anna\n' });
    expect([again.code, again.stdout, again.stderr]).to.deep.equal([
      1,
      '',
      'Resource exists with name <ANNA> for User\n',
    ]);
  }).timeout(patience);

  it('adds none without an acceptable password, and takes none as an argument', async () => {
    const short = await palestra(['user', 'add', 'berta'], { input: 'short\n' });
    expect([short.code, short.stdout]).to.deep.equal([1, '']);
    const none = await palestra(['user', 'add', 'berta']);
    expect(none.code).to.equal(2);
    expect(none.stderr).to.contain('PALESTRA_USER_PASSWORD');
    const argument = await palestra(['user', 'add', 'berta', 'player', 'password of berta']);
    expect([argument.code, argument.stdout]).to.deep.equal([2, '']);
    const env = { PALESTRA_USER_PASSWORD: 'password of berta' };
    expect((await palestra(['user', 'add', 'berta'], { env })).stdout).to.equal('Added berta as player.\n');
    expect((await signIn(host, 'berta', 'password of berta')).status).to.equal(200);
  }).timeout(patience);

  it('grants and revokes, and the server follows', async () => {
    const person = await host.account('coach');
    const granted = await palestra(['user', 'grant', person.username, 'operator']);
    expect(granted.stdout).to.equal(`${person.username} was coach, is operator.\n`);
    await aSecondLater();
    expect((await host.request('GET', '/api/profile', { token: person.token })).status).to.equal(401);
    expect((await palestra(['user', 'grant', person.username, 'operator'])).stdout).to.contain('operator already');
    expect((await palestra(['user', 'revoke', person.username])).stdout).to.contain('is player');
    const unknown = await palestra(['user', 'grant', 'nobody', 'admin']);
    expect([unknown.code, unknown.stderr]).to.deep.equal([1, 'User nobody does not exist\n']);
    expect((await palestra(['user', 'grant', person.username, 'stams_io'])).code).to.equal(2);
    expect((await palestra(['user', 'grow', person.username])).code).to.equal(2);
    const by = (await entries()).filter(({ actorKind }) => actorKind === 'program');
    expect(by.map(({ action, actor }) => [action, actor])).to.deep.equal([
      ['account.create', 'palestra user add'],
      ['account.create', 'palestra user add'],
      ['privilege.grant', 'palestra user grant'],
      ['privilege.revoke', 'palestra user revoke'],
    ]);
  }).timeout(patience);

  it('keeps the last DBA, even from whoever runs the server', async () => {
    const { knex } = host.palestra.database();
    await knex('account').where({ role: 'dba' }).whereNot({ id: dba.id }).update({ role: 'player' });
    const kept = await palestra(['user', 'revoke', dba.username]);
    expect([kept.code, kept.stderr]).to.deep.equal([
      1,
      'The last dba cannot be removed. Grant dba to somebody else first.\n',
    ]);
    const second = await host.account();
    await palestra(['user', 'grant', second.username, 'dba']);
    expect((await palestra(['user', 'revoke', second.username])).code).to.equal(0);
  }).timeout(patience);

  it("prints the provisioner's token alone, the same each time, until it is revoked", async () => {
    const first = await palestra(['token', 'provisioner']);
    expect(first.stdout).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(first.stderr).to.equal('');
    const again = await palestra(['token', 'provisioner']);
    const statusOf = async (token: string) => (await host.request('GET', '/api/profile', { token })).status;
    expect(await statusOf(again.stdout.trim())).to.equal(403);
    expect(again.stdout).to.equal(first.stdout);

    expect((await palestra(['token', 'revoke', first.stdout.trim()])).code).to.equal(0);
    await aSecondLater();
    expect(await statusOf(first.stdout.trim())).to.equal(401);
    const gone = await palestra(['token', 'revoke', first.stdout.trim()]);
    expect([gone.code, gone.stdout]).to.deep.equal([1, 'There is no such token alive.\n']);

    const next = await palestra(['token', 'provisioner']);
    expect(next.stdout).not.to.equal(first.stdout);
    const { jti } = JSON.parse(Buffer.from(next.stdout.split('.')[1] ?? '', 'base64url').toString());
    expect((await palestra(['token', 'revoke', jti])).stdout).to.equal(`Token ${jti} has ended.\n`);
    await aSecondLater();
    expect(await statusOf(next.stdout.trim())).to.equal(401);
  }).timeout(patience);

  it("ends every session of a person by any of the person's tokens", async () => {
    const sealed = { username: 'carla', password: 'password of carla' };
    await palestra(['user', 'add', 'carla'], { input: `${sealed.password}\n` });
    const pair = (await signIn(host, sealed.username, sealed.password)).body.data;
    expect((await palestra(['token', 'revoke', pair.access_token])).code).to.equal(0);
    await aSecondLater();
    expect((await host.request('GET', '/api/profile', { token: pair.access_token })).status).to.equal(401);
    expect((await refresh(host, pair.refresh_token)).status).to.equal(401);
    expect((await palestra(['token', 'revoke', 'a.b.c'])).code).to.equal(2);
    expect((await palestra(['token', 'revoke', 'no-such-jti'])).code).to.equal(1);
  }).timeout(patience);

  it('rotates keys, which the server follows, with tokens and seals of the old ones still good', async () => {
    const person = await host.account();
    const before = (await host.request('GET', '/api/gpk')).body;
    const sealed = await host.seal({ username: person.username, password: person.password });
    const rotated = await palestra(['keys', 'rotate', '--now', 'seal', 'token-hs256']);
    expect(rotated.stdout).to.match(/^seal: \S+ is active; \S+ stays until .*\ntoken-hs256: \S+ is active/);
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    expect((await host.request('GET', '/api/gpk')).body.kid).not.to.equal(before.kid);
    expect((await host.request('GET', '/api/profile', { token: person.token })).status).to.equal(200);
    const opened = await host.request('GET', '/api/auth', {
      headers: { authorization: `tnt-user-auth-scheme ${sealed}` },
    });
    expect(opened.status).to.equal(200);
    const rotations = (await entries()).filter(({ action }) => action === 'key.rotate');
    expect(rotations.map(({ object }) => object)).to.deep.equal(['key/seal', 'key/token-hs256']);
    expect((await palestra(['keys', 'rotate', 'passwords'])).code).to.equal(2);
    expect((await palestra(['doctor'])).code).to.equal(0);
  }).timeout(patience);
});
