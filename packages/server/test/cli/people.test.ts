/** `palestra user`, `token` and `keys`: beside a running server, which follows them. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Account,
  type Answer,
  describeOnEachDatabase,
  signInAdmin,
  startTestHost,
  type TestHost,
} from '@palestra/server/testing';
import { expect } from 'chai';
import { refresh, signIn } from '../identity/fixture.js';
import { type CollectedTimers, collectTimers } from '../timers.js';
import { createPalestraCommand, type Palestra } from './palestra.js';

/** A running server, and the command beside it. */
interface Beside {
  readonly host: TestHost;
  readonly palestra: Palestra;
  readonly dba: Account;
  entries(): Promise<Record<string, unknown>[]>;
  profile(token: string): Promise<Answer>;
  close(): Promise<void>;
}

async function start(database?: string): Promise<Beside> {
  const host = await startTestHost({ plugins: [], ...(database !== undefined && { database }) });
  const url = database ?? `sqlite:${host.dataDir}/test.sqlite`;
  const [palestra, remove] = await createPalestraCommand({ dataDir: host.dataDir, database: url });
  const dba = await host.account('dba');
  return {
    host,
    palestra,
    dba,
    entries: async () => (await host.request('GET', '/api/admin/audit', { token: dba.token })).body.data,
    profile: (token) => host.request('GET', '/api/profile', { token }),
    async close() {
      await remove();
      await host.stop();
    },
  };
}

/** The server asks the database again after a second for an account, after five for a key. */
async function becomes(expected: number, request: () => Promise<{ readonly status: number }>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await request()).status !== expected) {
    if (Date.now() > deadline) expect.fail(`it does not become ${expected}`);
    await sleep(50);
  }
}

describeOnEachDatabase('palestra beside a running server', (fresh) => {
  let at: Beside;
  let host: TestHost;
  let palestra: Palestra;
  let dba: Account;
  before(async () => {
    at = await start(await fresh());
    ({ host, palestra, dba } = at);
  });
  after(() => at.close());

  const profile = (token: string) => at.profile(token);

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
  });

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
  });

  it('gives a new password, which ends every session', async () => {
    const person = await host.account();
    const set = await palestra(['user', 'password', person.username], { input: 'another password\n' });
    expect([set.code, set.stdout]).to.deep.equal([
      0,
      `${person.username} has the new password; every session of the account has ended.\n`,
    ]);
    await becomes(401, () => profile(person.token));
    expect((await signIn(host, person.username, 'another password')).status).to.equal(200);
    expect((await signIn(host, person.username, person.password)).status).to.equal(401);
    const unknown = await palestra(['user', 'password', 'nobody'], { input: 'another password\n' });
    expect([unknown.code, unknown.stderr]).to.deep.equal([1, 'User nobody does not exist\n']);
    const short = await palestra(['user', 'password', person.username], { input: 'short\n' });
    expect([short.code, short.stderr]).to.deep.equal([1, 'password must have at least 8 characters\n']);
    expect((await palestra(['user', 'password', person.username])).code).to.equal(2);
  });

  it('grants and revokes, and the server follows', async () => {
    const person = await host.account('coach');
    const granted = await palestra(['user', 'grant', person.username, 'operator']);
    expect(granted.stdout).to.equal(`${person.username} was coach and is now operator.\n`);
    await becomes(401, () => profile(person.token));
    expect((await palestra(['user', 'grant', person.username, 'operator'])).stdout).to.contain('operator already');
    expect((await palestra(['user', 'revoke', person.username])).stdout).to.contain('is now player');
    const unknown = await palestra(['user', 'grant', 'nobody', 'admin']);
    expect([unknown.code, unknown.stderr]).to.deep.equal([1, 'User nobody does not exist\n']);
    expect((await palestra(['user', 'grant', person.username, 'stams_io'])).code).to.equal(2);
    expect((await palestra(['user', 'grow', person.username])).code).to.equal(2);
    const by = (await at.entries()).filter(({ actorKind }) => actorKind === 'program');
    expect(by.map(({ action, actor }) => [action, actor])).to.deep.equal([
      ['account.create', 'palestra user add'],
      ['account.create', 'palestra user add'],
      ['account.password', 'palestra user password'],
      ['privilege.grant', 'palestra user grant'],
      ['privilege.revoke', 'palestra user revoke'],
    ]);
  });

  it('keeps the last DBA, also from those who run the server', async () => {
    const { knex } = host.palestra.database();
    await knex('account').where({ role: 'dba' }).whereNot({ id: dba.id }).update({ role: 'player' });
    const kept = await palestra(['user', 'revoke', dba.username]);
    expect([kept.code, kept.stderr]).to.deep.equal([
      1,
      'The last dba cannot be removed. Grant dba to another user first.\n',
    ]);
    const second = await host.account();
    await palestra(['user', 'grant', second.username, 'dba']);
    expect((await palestra(['user', 'revoke', second.username])).code).to.equal(0);
  });

  it("prints the provisioner's token alone, the same each time, until it is revoked", async () => {
    const first = await palestra(['token', 'provisioner']);
    expect(first.stdout).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(first.stderr).to.equal('');
    const again = await palestra(['token', 'provisioner']);
    expect((await profile(again.stdout.trim())).status).to.equal(403);
    expect(again.stdout).to.equal(first.stdout);

    expect((await palestra(['token', 'revoke', first.stdout.trim()])).code).to.equal(0);
    await becomes(401, () => profile(first.stdout.trim()));
    const gone = await palestra(['token', 'revoke', first.stdout.trim()]);
    expect([gone.code, gone.stdout]).to.deep.equal([1, 'There is no such token, or it has ended already.\n']);

    const next = await palestra(['token', 'provisioner']);
    expect(next.stdout).not.to.equal(first.stdout);
    const { jti } = JSON.parse(Buffer.from(next.stdout.split('.')[1] ?? '', 'base64url').toString());
    expect((await palestra(['token', 'revoke', jti])).stdout).to.equal(`Token ${jti} has ended.\n`);
    await becomes(401, () => profile(next.stdout.trim()));
  });

  it("ends every session of a person by any of the person's tokens", async () => {
    const sealed = { username: 'carla', password: 'password of carla' };
    await palestra(['user', 'add', 'carla'], { input: `${sealed.password}\n` });
    const pair = (await signIn(host, sealed.username, sealed.password)).body.data;
    expect((await palestra(['token', 'revoke', pair.access_token])).code).to.equal(0);
    await becomes(401, () => profile(pair.access_token));
    expect((await refresh(host, pair.refresh_token)).status).to.equal(401);
    expect((await palestra(['token', 'revoke', 'a.b.c'])).code).to.equal(2);
    expect((await palestra(['token', 'revoke', 'no-such-jti'])).code).to.equal(1);
  });
});

// Keys are files, whichever the database.
describe('palestra keys beside a running server', () => {
  let at: Beside;
  let host: TestHost;
  let palestra: Palestra;
  let collected: CollectedTimers;
  before(async () => {
    collected = collectTimers();
    at = await start();
    ({ host, palestra } = at);
  });
  after(() => {
    collected.restore();
    return at.close();
  });

  /** The server looks at its keys now, and not after five seconds. */
  function look(): void {
    collected.tick(5_000);
  }

  it('rotates keys, which the server follows, with tokens and seals of the old ones still good', async () => {
    const person = await host.account();
    const before = (await host.request('GET', '/api/gpk')).body;
    const sealed = await host.seal({ username: person.username, password: person.password });
    const rotated = await palestra(['keys', 'rotate', '--now', 'seal', 'token-hs256']);
    expect(rotated.stdout).to.match(/^seal: \S+ is active; \S+ stays until .*\ntoken-hs256: \S+ is active/);
    // The status is that of the key being another one.
    await becomes(1, async () => ({ status: Number((await host.request('GET', '/api/gpk')).body.kid !== before.kid) }));
    expect((await host.request('GET', '/api/profile', { token: person.token })).status).to.equal(200);
    const opened = await host.request('GET', '/api/auth', {
      headers: { authorization: `tnt-user-auth-scheme ${sealed}` },
    });
    expect(opened.status).to.equal(200);
    const rotations = (await at.entries()).filter(({ action }) => action === 'key.rotate');
    expect(rotations.map(({ object }) => object)).to.deep.equal(['key/seal', 'key/token-hs256']);
    expect((await palestra(['keys', 'rotate', 'passwords'])).code).to.equal(2);
    expect((await palestra(['doctor'])).code).to.equal(0);
  });

  it('revokes a retired key that leaked: its tokens end at once, those of the new key stay', async () => {
    const person = await host.account();
    const { rotations } = JSON.parse((await palestra(['keys', 'rotate', '--now', '--json', 'token-hs256'])).stdout);
    const [{ from, to }] = rotations;
    await becomes(1, async () => {
      look();
      const { access_token } = (await signIn(host, person.username, person.password)).body.data;
      return { status: Number(JSON.parse(Buffer.from(access_token.split('.')[0], 'base64url').toString()).kid === to) };
    });
    const after = (await signIn(host, person.username, person.password)).body.data.access_token;
    expect((await at.profile(person.token)).status, 'within its grace').to.equal(200);
    const active = await palestra(['keys', 'revoke', to]);
    expect([active.code, active.stderr]).to.deep.equal([
      1,
      `${to} is the active key of token-hs256. Rotate it first: palestra keys rotate token-hs256\n`,
    ]);
    expect((await palestra(['keys', 'revoke', 'unknown'])).stderr).to.equal('No key here has the kid unknown.\n');

    expect(await palestra(['keys', 'revoke', from])).to.deep.equal({
      code: 0,
      stdout: `token-hs256: ${from} has ended; a running server knows within 5 s.\n`,
      stderr: '',
    });
    await becomes(401, () => {
      look();
      return at.profile(person.token);
    });
    expect((await at.profile(after)).status, 'of the new key').to.equal(200);
    expect((await palestra(['keys', 'revoke', from])).stderr).to.contain(`${from} of token-hs256 ended at`);
    expect((await palestra(['doctor'])).code).to.equal(0);
    const revoked = await host.palestra.database().knex('audit_entry').where({ action: 'key.revoke' });
    expect(revoked.map(({ object, detail }) => [object, JSON.parse(detail)])).to.deep.equal([
      ['key/token-hs256', { kid: from }],
    ]);
  });

  it('does not revoke a key that hashes, the audit or backups need', async () => {
    const { rotations } = JSON.parse((await palestra(['keys', 'rotate', '--now', '--json', 'pepper'])).stdout);
    const { code, stderr } = await palestra(['keys', 'revoke', rotations[0].from]);
    expect([code, stderr.split(':')[0]]).to.deep.equal([1, 'A key of pepper is not revoked']);
  });
});
