/** Each scheme reads its own header and no other; what is wrong with a credential is answered alike. */
import { constants, publicEncrypt } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { formatUserPass } from '@palestra/core';
import {
  type AccountStore,
  createAdminScheme,
  createBasicScheme,
  createPasswordCheck,
  createPasswordLogin,
  createPasswords,
  createSealing,
  createUserScheme,
  type LoginCall,
  type Scheme,
  type SealingKey,
  type StoredAccount,
  verifyBy,
} from '@palestra/core/auth';
import { expect } from 'chai';
import { itTimed, ratioOf } from '../../../../test/setup/timed.js';
import { codeOf, createClock, createReplay, ringOf, sealingKeys } from './fixtures.js';

const passwords = createPasswords();
const password = 'pass:word of jon';

describe('credential schemes', () => {
  const accounts = new Map<string, StoredAccount>();
  const replaced: string[] = [];
  const store: AccountStore = {
    findByNameKey: async (key) => accounts.get(key),
    legacyRounds: async () => 0,
    replacePasswordHash: async (_id, _from, to) => void replaced.push(to),
  };
  const call: LoginCall = { ip: '192.0.2.1' };
  const logIn = createPasswordLogin({
    accounts: store,
    passwords,
    checkPassword: createPasswordCheck({ accounts: store, passwords }),
  });
  let admin: Scheme<StoredAccount, LoginCall>;
  let user: Scheme<StoredAccount, LoginCall>;
  let key: SealingKey;

  before(async function () {
    this.timeout(20_000);
    [key] = await sealingKeys();
    const passwordHash = await passwords.hash(password);
    const person = { email: null, firstName: null, lastName: null, disabled: false, tokenVersion: 0, passwordHash };
    accounts.set('boss', { ...person, id: 1, username: 'Boss', role: 'admin' });
    accounts.set('jon', { ...person, id: 2, username: 'jon', role: 'player' });
    accounts.set('gone', { ...person, id: 3, username: 'gone', role: 'admin', disabled: true });
    accounts.set('wechat', { ...person, id: 4, username: 'wechat', role: 'admin', passwordHash: null });
    const sealing = createSealing({ keys: ringOf(key), replay: createReplay(), clock: createClock() });
    admin = createAdminScheme(logIn);
    user = createUserScheme({ logIn, sealing });
  });

  const seal = (value: unknown): string => {
    const options = { key: key.publicKey, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING };
    return publicEncrypt(options, Buffer.from(JSON.stringify(value))).toString('base64');
  };
  const adminHeader = (name: string, secret = password) => `tnt-admin-auth-scheme ${formatUserPass(name, secret)}`;
  const signIn = (header: string | string[] | undefined) => verifyBy([admin, user], header, call);

  it('know their user by any spelling of name and scheme', async () => {
    expect(await signIn(adminHeader('BOSS'))).to.include({ id: 1 });
    expect(await signIn(adminHeader('boss').replace('tnt', 'TNT'))).to.include({ id: 1 });
    expect(await signIn(`tnt-user-auth-scheme ${seal({ username: 'JON', password })}`)).to.include({ id: 2 });
    expect(await signIn(`tnt-user-auth-scheme ${seal({ username: 'Boss', password })}`)).to.include({ id: 1 });
  });

  it('answer a missing or foreign scheme with a challenge for each of theirs', async () => {
    for (const header of [undefined, `Basic ${formatUserPass('boss', password)}`, 'Bearer x', 'tnt-admin', '']) {
      const error = await signIn(header).catch((thrown: unknown) => thrown);
      expect(error, String(header)).to.have.nested.property('fact.code', 'credentials_missing');
      expect(error).to.have.deep.property('headers', {
        'www-authenticate': ['tnt-admin-auth-scheme realm="admin"', 'tnt-user-auth-scheme realm="user"'],
      });
    }
  });

  it('refuse two headers and a list in one', async () => {
    const header = adminHeader('boss');
    expect(await codeOf(() => signIn([header, header]))).to.equal('authorization_ambiguous');
    expect(await codeOf(() => signIn(`${header}, ${header}`))).to.equal('authorization_ambiguous');
    expect(await signIn([header])).to.include({ id: 1 });
  });

  it('do not fall through: a credential of one is not accepted by another', async () => {
    const sealed = seal({ username: 'boss', password });
    expect(await codeOf(() => signIn(`tnt-admin-auth-scheme ${sealed}`))).to.equal('credentials_invalid');
    const plain = formatUserPass('jon', password);
    expect(await codeOf(() => signIn(`tnt-user-auth-scheme ${plain}`))).to.equal('seal_invalid');
  });

  it('of admins answer everything wrong alike', async () => {
    const scheme = 'tnt-admin-auth-scheme';
    const good = formatUserPass('boss', password);
    const bytes = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
    const headers = [
      scheme,
      `${scheme} `,
      `${scheme} %%%`,
      `${scheme}  ${good}`,
      `${scheme} ${good} `,
      `${scheme} ${good}=`,
      `${scheme} ${bytes('boss')}`,
      `${scheme} ${bytes(`:${password}`)}`,
      `${scheme} ${bytes('boss:')}`,
      `${scheme} ${bytes(Uint8Array.of(0xff, 0x3a, 0x41))}`,
      `${scheme} ${'A'.repeat(10_000)}`,
      `${scheme} ${Buffer.from('boss:ÿ?>~ÿ?>').toString('base64url')}`,
      adminHeader('boss', 'wrong password'),
      adminHeader('nobody'),
      adminHeader('gone'),
      adminHeader('wechat'),
      adminHeader('jon'),
      adminHeader('[object Object]'),
      adminHeader('boss\u200b'),
    ];
    for (const header of headers) {
      const error = await signIn(header).catch((thrown: unknown) => thrown);
      expect(error, header).to.include({ message: 'The user name or the password is wrong.' });
      expect(error).to.have.deep.property('headers', { 'www-authenticate': `${scheme} realm="admin"` });
    }
  });

  it('of users refuse what is not a pair of texts before any look-up', async () => {
    const contents = [
      {},
      { username: 'jon' },
      { password },
      { username: 0, password },
      { username: ['jon'], password },
      { username: { username: 1 }, password },
      { username: 'jon', password: true },
      { username: null, password },
      { username: 'jon', password, level: 0 },
    ];
    for (const content of contents) {
      const code = await codeOf(() => user.verify(seal(content), call));
      expect(code, JSON.stringify(content)).to.match(/^invalid_(request|resource_parameter)$/);
    }
  });

  it('of the club API tell an unknown user from a wrong password, unless configured to hide it', async () => {
    const basic = (expectedUsername: string, hideUserExistence = false) => {
      const scheme = createBasicScheme({ logIn, hideUserExistence });
      return { verify: async (value: string) => scheme.verify(value, { ...call, expectedUsername }) };
    };
    const messageOf = (scheme: ReturnType<typeof basic>, name: string, secret = password) =>
      scheme.verify(formatUserPass(name, secret)).then(
        ({ username }) => username,
        (error: Error) => error.message,
      );
    expect(await messageOf(basic('jon'), 'jon')).to.equal('jon');
    expect(await messageOf(basic('nobody'), 'nobody')).to.equal('User not found');
    expect(await messageOf(basic('nobody', true), 'nobody')).to.equal('Wrong password');
    expect(await messageOf(basic('jon'), 'jon', 'another one')).to.equal('Wrong password');
    expect(await messageOf(basic('gone'), 'gone')).to.equal('Wrong password');
    expect(await messageOf(basic('boss'), 'jon')).to.equal('Wrong password');
    for (const spelling of ['Jon', 'ＪＯＮ', '\u{1d4bf}on']) {
      expect(await messageOf(basic(spelling), 'jon'), spelling).to.equal('jon');
    }
    expect(await messageOf(basic('nob\u00f3dy'), 'nobo\u0301dy')).to.equal('User not found');
    for (const other of ['', 'jo', 'jon ', 'jonn']) {
      expect(await messageOf(basic(other), 'jon'), other).to.equal('Wrong password');
    }
  });

  it('replace an outdated hash at the first sign-in', async () => {
    const weak = await hash(password, { memoryCost: 8192, timeCost: 1 });
    accounts.set('old', { ...(accounts.get('boss') as StoredAccount), passwordHash: weak });
    replaced.length = 0;
    await admin.verify(formatUserPass('old', password), call);
    expect(replaced).to.have.length(1);
    expect((await passwords.verify(password, replaced[0])).outdated).to.equal(false);
    await codeOf(() => admin.verify(formatUserPass('old', 'wrong password'), call));
    expect(replaced).to.have.length(1);
  });

  itTimed('spend as much on an unknown user as on a wrong password', async () => {
    const refusal = (name: string) => codeOf(() => admin.verify(formatUserPass(name, 'wrong password'), call));
    const kinds = { unknown: () => refusal('nobody'), wrong: () => refusal('boss') };
    expect(await ratioOf(kinds, { rounds: 30, limit: 1.3 })).to.be.below(1.3);
  });
});
