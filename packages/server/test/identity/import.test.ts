/** Accounts of an older system: all of them or none, wrapped at once, and in by their old passwords. */
import { createHash, randomBytes, scryptSync } from 'node:crypto';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import type { ImportAccounts } from '../../src/identity/import.js';
import { identityService } from '../../src/identity/index.js';
import { accountAdministration } from '../../src/management/index.js';
import { clubLogin, createClock, register, signIn, signInAsAdmin, uniqueName } from './fixture.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** `openssl passwd -5 -salt saltstring 'Hello world!'` */
const crypted = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5';
const cryptedPassword = 'Hello world!';

async function* linesOf(rows: readonly unknown[]): AsyncGenerator<string> {
  for (const row of rows) yield typeof row === 'string' ? row : JSON.stringify(row);
}

describeOnEachDatabase('an import of accounts', (fresh) => {
  let host: TestHost;
  let importAccounts: ImportAccounts;
  let jon: Account;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh() });
    ({ importAccounts } = host.palestra.service(identityService).registration);
    jon = await host.account('player');
  });
  after(() => host.stop());

  const actor = { program: 'a test' };
  const load = (...rows: unknown[]) => importAccounts({ lines: linesOf(rows), actor });
  const faultsOf = async (...rows: unknown[]) =>
    (await load(...rows)).faults.map(({ line, detail }) => `${line}: ${detail}`);
  const rowOf = async (username: string) => (await host.palestra.database().knex('account').where({ username }))[0];
  const accountsNow = async () => Number((await host.palestra.database().knex('account').count({ n: '*' }))[0]?.n);

  it('lets everybody in by the old password, and then holds a direct hash of each', async function () {
    this.timeout(60_000);
    const people = Array.from({ length: 8 }, (_, at) => {
      const password = at % 2 ? cryptedPassword : `password ${at} of 2015`;
      return { username: uniqueName('legacy'), password, password_hash: at % 2 ? crypted : sha256(password) };
    });
    const rows = people.map(({ username, password_hash }) => ({ username, password_hash }));
    const progress: string[] = [];
    const report = await importAccounts({
      lines: linesOf(rows),
      actor,
      progress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(report).to.deep.equal({ imported: 8, present: 0, faults: [] });
    expect(progress).to.deep.equal(Array.from({ length: 8 }, (_, at) => `${at + 1}/8`));
    for (const { username, password_hash } of people) {
      const { password_hash: stored } = await rowOf(username);
      expect(stored).to.match(/^\$argon2id\$.*inner=sha256(crypt)?[,$]/);
      expect(stored).not.to.include(password_hash.slice(-43));
      expect((await signIn(host, username, password_hash)).status, 'pass the hash').to.equal(401);
      expect((await signIn(host, username, stored.slice(0, 100))).status).to.equal(401);
    }
    for (const { username, password } of people) {
      expect((await signIn(host, username, 'wrong password')).status).to.equal(401);
      expect((await signIn(host, username, password)).status).to.equal(200);
      const row = await rowOf(username);
      expect(row.password_hash).to.match(/^\$argon2id\$v=19\$m=8,t=1,p=1,keyid=[^,$]+\$/);
      expect(row.legacy_rounds).to.equal(null);
      expect((await signIn(host, username, password)).status).to.equal(200);
    }
  });

  it('takes what an account may have, and signs it in by every scheme and name', async () => {
    const username = uniqueName('Boss');
    const email = `${username}@Example.org`;
    const password_hash = sha256('password of the boss');
    await load({ username, email, password_hash, role: 'admin', first_name: 'Jon', last_name: null, address: 'A 1' });
    expect((await signInAsAdmin(host, username.toUpperCase(), 'password of the boss')).status).to.equal(200);
    expect((await clubLogin(host, email.toLowerCase(), 'password of the boss')).body.user).to.deep.equal({
      email,
      name: 'Jon',
    });
    expect(await rowOf(username)).to.include({ role: 'admin', first_name: 'Jon', last_name: null, address: 'A 1' });
  });

  it('keeps a disabled account out', async () => {
    const username = uniqueName('gone');
    await load({ username, password_hash: sha256('password of 2015'), disabled: true });
    expect((await signIn(host, username, 'password of 2015')).status).to.equal(401);
  });

  it('run again brings what is new and leaves the rest, whatever became of it', async () => {
    const [one, two] = [uniqueName('one'), uniqueName('two')];
    const row = { username: one, password_hash: crypted };
    expect(await load(row)).to.deep.equal({ imported: 1, present: 0, faults: [] });
    await signIn(host, one, cryptedPassword);
    const { password_hash } = await rowOf(one);
    expect(await load(row, '', { ...row, username: two })).to.deep.equal({ imported: 1, present: 1, faults: [] });
    expect(await load({ ...row, username: one.toUpperCase() })).to.deep.equal({ imported: 0, present: 1, faults: [] });
    expect((await rowOf(one)).password_hash).to.equal(password_hash);
  });

  it('brings nobody back who was deleted here, and keeps no name of theirs', async () => {
    const [gone, stays, registered] = [uniqueName('gone'), uniqueName('stays'), (await host.account()).username];
    const rowFor = (username: string) => ({ username, password_hash: crypted });
    await load(rowFor(gone), rowFor(stays));
    const people = host.palestra.service(accountAdministration);
    for (const username of [gone, registered]) await people.remove({ program: 'a test' }, username);
    const told = 'was deleted here, and is not imported again';
    for (const dryRun of [true, false]) {
      const lines = linesOf([rowFor(gone.toUpperCase()), rowFor(stays)]);
      const { imported, present, faults } = await importAccounts({ lines, actor, dryRun });
      expect([imported, present, faults]).to.deep.equal([0, 1, [{ line: 1, detail: told }]]);
    }
    expect((await signIn(host, gone, cryptedPassword)).status).to.equal(401);
    // Only who was imported once is known by an import; a registration is free.
    expect((await load(rowFor(registered))).imported).to.equal(1);
    expect((await register(host, { username: gone, password: 'password of a member' })).status).to.equal(201);
    const { knex } = host.palestra.database();
    const kept: { hash: string }[] = await knex('forgotten_name').select();
    expect(kept).to.have.length(1);
    expect(kept[0]?.hash).to.match(/^[0-9a-f]{64}$/);
    expect(kept[0]?.hash).not.to.equal(sha256(gone));
  });

  it('names every fault by its line, and imports the lines without one', async () => {
    const before = await accountsNow();
    const good = { username: uniqueName('good'), password_hash: crypted };
    const named = (more: object) => ({ ...good, username: uniqueName(), ...more });
    const hash =
      'password_hash must be 64 hex digits (SHA-256), a $5$ or $6$ hash of 1,000 to 1,000,000 rounds, bcrypt up to cost 14, or scrypt as a PHC string';
    const rows: [unknown, string | undefined][] = [
      [good, undefined],
      ['{', 'is not JSON.'],
      ['{"username":"x","username":"y"}', 'The key "username" occurs twice in one object.'],
      ['[]', 'is not an object'],
      ['null', 'is not an object'],
      ['', undefined],
      [named({ username: '\ufffd' }), 'username must be 1 to 254 visible characters without a colon'],
      [{ username: uniqueName() }, 'password_hash is missing'],
      [{ password_hash: crypted }, 'username is missing'],
      [named({ username: 0 }), 'username must be 1 to 254 visible characters without a colon'],
      [named({ username: 'a:b' }), 'username must be 1 to 254 visible characters without a colon'],
      [named({ username: 'a\u200b' }), 'username must be 1 to 254 visible characters without a colon'],
      [named({ password_hash: '$5$rounds=999999999$salt$x' }), hash],
      [named({ password_hash: crypted.replace('$5$', '$5$rounds=1000001$') }), hash],
      [named({ password_hash: 'plain password' }), hash],
      [named({ password_hash: null }), hash],
      [named({ password_hash: '[object Object]' }), hash],
      [named({ email: 'no address' }), 'email must be an email address or null'],
      [named({ role: 'root' }), 'role must be a role of people'],
      [named({ role: 'guest' }), 'role must be a role of people'],
      [named({ role: 'stams_io' }), 'role must be a role of people'],
      [named({ first_name: '' }), 'first_name must be 1 to 100 characters or null'],
      [named({ address: 7 }), 'address must be 1 to 500 characters or null'],
      [named({ disabled: 0 }), 'disabled must be true or false'],
      [named({ level: 0 }), 'level is not known'],
      [named({ toString: 1 }), 'The key toString is not allowed.'],
      [named({ username: good.username.toUpperCase() }), 'has a name of line 1 again'],
      [named({ email: `${good.username}@x.org` }), undefined],
      [named({ username: `${good.username}@X.ORG` }), 'has a name of line 28 again'],
      [named({ username: jon.username }), `username ${jon.username} is taken here`],
    ];
    const faults = await faultsOf(...rows.map(([row]) => row));
    expect(faults).to.deep.equal(rows.flatMap(([, fault], at) => (fault ? `${at + 1}: ${fault}` : [])));
    const sound = rows.filter(([row, fault]) => row !== '' && fault === undefined);
    expect(await accountsNow()).to.equal(before + sound.length);
    expect((await signIn(host, jon.username, jon.password)).status).to.equal(200);
  });

  it('does not take over an email that somebody has', async () => {
    const email = `${uniqueName()}@example.org`;
    await load({ username: uniqueName(), email, password_hash: crypted });
    const row = { username: uniqueName(), email: email.toUpperCase(), password_hash: crypted };
    expect(await faultsOf(row)).to.deep.equal([`1: email ${row.email} is taken here`]);
  });

  it('leaves nothing behind where a name is taken at the last moment', async () => {
    const [first, second] = [uniqueName('first'), uniqueName('second')];
    const rows = [first, second].map((username) => ({ username, password_hash: sha256(username) }));
    let registered: Promise<void> | undefined;
    const takeName = async () => {
      const sealed = await host.seal({ username: second, password: 'password of the other' });
      await host.request('POST', '/api/register', { json: { sealed } });
    };
    const progress = () => (registered ??= takeName());
    const before = await accountsNow();
    const error = await importAccounts({ lines: linesOf(rows), actor, progress }).catch((thrown: unknown) => thrown);
    expect(error).to.have.nested.property('fact.code', 'duplicate_resource_creation');
    expect(await accountsNow()).to.equal(before + 1);
  });

  it('names a bad line by its number and imports the others; a dry run writes nothing', async () => {
    const good = [uniqueName('good'), uniqueName('good')];
    const rows = [
      { username: good[0], password_hash: crypted },
      { username: uniqueName('bad'), password_hash: '$1$salt$x' },
      { username: good[1], password_hash: crypted },
      { username: good[0]?.toUpperCase(), password_hash: crypted },
    ];
    const before = await accountsNow();
    const dry = await importAccounts({ lines: linesOf(rows), actor, dryRun: true });
    expect([dry.imported, dry.faults.map(({ line }) => line)]).to.deep.equal([2, [2, 4]]);
    expect(await accountsNow()).to.equal(before);
    expect(await load(...rows)).to.deep.equal(dry);
    expect(await accountsNow()).to.equal(before + 2);
    const again = await load(...rows.slice(0, 3));
    expect([again.imported, again.present, again.faults.length]).to.deep.equal([0, 2, 1]);
  });

  it('takes SHA-512-crypt and scrypt, and rehashes both at the first sign-in', async () => {
    const stored = {
      [uniqueName('sha512')]: [
        'Hello world!',
        '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
      ],
      [uniqueName('scrypt')]: ['password', scryptPhc('password')],
    } as const;
    const rows = Object.entries(stored).map(([username, [, password_hash]]) => ({ username, password_hash }));
    expect(await load(...rows)).to.deep.equal({ imported: 2, present: 0, faults: [] });
    for (const [username, [password]] of Object.entries(stored)) {
      expect((await signIn(host, username, `${password}.`)).status, username).to.equal(401);
      expect((await signIn(host, username, password)).status, username).to.equal(200);
      const { password_hash, legacy_rounds } = await rowOf(username);
      expect(password_hash).to.match(/^\$argon2id\$v=19\$m=8,t=1,p=1,keyid=[^,$]+\$/);
      expect(legacy_rounds).to.equal(null);
    }
  });

  it('is in the audit, once', async () => {
    await load({ username: uniqueName(), password_hash: crypted }, { username: uniqueName(), password_hash: crypted });
    const [last] = await host.palestra.database().knex('audit_entry').orderBy('seq', 'desc').limit(1);
    expect(JSON.stringify(last)).to.include('account.import');
  });
});

/** `ln` 10, as passlib writes it. */
function scryptPhc(password: string): string {
  const salt = randomBytes(16);
  const digest = scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 });
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(digest)}`;
}

describeOnEachDatabase('a refusal', (fresh) => {
  const clock = createClock();
  let host: TestHost;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh(), clock });
  });
  after(() => host.stop());

  it('costs the rounds of the slowest wrapped hash, as long as there is one', async () => {
    const username = uniqueName('slow');
    const { importAccounts } = host.palestra.service(identityService).registration;
    const rounds = async () =>
      (await host.palestra.database().knex('account').max({ rounds: 'legacy_rounds' }))[0]?.rounds ?? 0;
    expect(await rounds()).to.equal(0);
    await importAccounts({ lines: linesOf([{ username, password_hash: crypted }]), actor: { program: 'a test' } });
    expect(Number(await rounds())).to.equal(5_000);
    await signIn(host, username, cryptedPassword);
    expect(await rounds()).to.equal(0);
  });
});
