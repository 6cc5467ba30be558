/** Passwords: what is accepted, how it is stored, and that a storm of sign-ins is turned away in order. */
import { createHash, scryptSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { hash as argon2Hash } from '@node-rs/argon2';
import { assertAcceptable, createPasswords } from '@palestra/core/auth';
import { expect } from 'chai';
import { itTimed } from '../../../../test/setup/timed.js';
import { codeOf, ringOf, secretKey } from './fixtures.js';

const password = 'correct horse battery staple';
const passwords = createPasswords();

describe('passwords', () => {
  it('are stored as argon2id PHC strings with the decided costs and a salt of their own', async () => {
    const [one, other] = await Promise.all([passwords.hash(password), passwords.hash(password)]);
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.to.equal(other);
    expect(await passwords.verify(password, one)).to.deep.equal({ valid: true, outdated: false });
    expect(await passwords.verify(`${password}.`, one)).to.deep.equal({ valid: false, outdated: false });
  });

  it('cost what is asked for, and a hash of another cost is outdated', async () => {
    const cheap = createPasswords({ cost: { m: 64, t: 3, p: 2 } });
    const stored = await cheap.hash(password);
    expect(stored).to.match(/^\$argon2id\$v=19\$m=64,t=3,p=2\$/);
    expect(await cheap.verify(password, stored)).to.deep.equal({ valid: true, outdated: false });
    expect(await passwords.verify(password, stored)).to.deep.equal({ valid: true, outdated: true });
    expect(await cheap.verify(password, await passwords.hash(password))).to.deep.equal({ valid: true, outdated: true });
    expect(await cheap.verify('another', stored)).to.include({ valid: false });
  });

  it('verify against a hash that another argon2 made, and are outdated if it cost less', async () => {
    const weak = await argon2Hash(password, { memoryCost: 8192, timeCost: 1 });
    expect(await passwords.verify(password, weak)).to.deep.equal({ valid: true, outdated: true });
  });

  it('verify against scrypt, and are outdated', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const digest = scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 });
    const trim = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
    const stored = `$scrypt$ln=14,r=8,p=1$${trim(salt)}$${trim(digest)}`;
    expect(await passwords.verify(password, stored)).to.deep.equal({ valid: true, outdated: true });
    expect((await passwords.verify('another one', stored)).valid).to.equal(false);
  });

  it('are hashed with a pepper whose id is in the string, and need it to verify', async () => {
    const [old, next] = [secretKey(), secretKey()];
    const peppered = createPasswords({ pepper: ringOf(old) });
    const stored = await peppered.hash(password);
    expect(stored).to.match(/,keyid=[A-Za-z0-9+/]{43}\$/);
    expect(await peppered.verify(password, stored)).to.deep.equal({ valid: true, outdated: false });
    const rotated = createPasswords({ pepper: ringOf(next, old) });
    expect(await rotated.verify(password, stored)).to.deep.equal({ valid: true, outdated: true });
    expect(await codeOf(() => createPasswords().verify(password, stored))).to.match(/pepper/);
    const unpeppered = await passwords.hash(password);
    expect(await peppered.verify(password, unpeppered)).to.deep.equal({ valid: true, outdated: true });
  });

  it('are never valid against no hash, the hash itself, or what is no PHC string', async () => {
    const stored = await passwords.hash(password);
    const sha256 = createHash('sha256').update(password).digest('hex');
    for (const against of [undefined, null, '', '!', sha256, '$5$rounds=1000$salt$hash', '$argon2id$v=19$m=1$x']) {
      expect((await passwords.verify(password, against)).valid, String(against)).to.equal(false);
    }
    for (const passed of [stored, sha256, '[object Object]', '']) {
      expect((await passwords.verify(passed, stored)).valid, passed).to.equal(false);
    }
  });

  it('cost as much for a name that no account has as for one that has', async () => {
    const stored = await passwords.hash(password);
    await passwords.verify(password, undefined);
    for (const against of [stored, undefined, null]) {
      const verdict = passwords.verify(password, against);
      await setImmediate();
      expect(passwords.load().running, String(against)).to.equal(1);
      await verdict;
    }
  });

  it('refuse a stored hash whose costs are out of bounds', async () => {
    const stored = (await passwords.hash(password)).replace('m=19456', 'm=4000000');
    expect(await codeOf(() => passwords.verify(password, stored))).to.match(/outside/);
  });

  it('are taken as they are: no trimming, no normalisation, no end at NUL', async () => {
    for (const odd of [
      'trailing ',
      ' leading',
      'nul\0inside',
      'e\u0301e\u0301e\u0301e\u0301',
      'co:lo:ns:',
      '🏋️🏋️🏋️🏋️🏋️',
      '体'.repeat(64),
    ]) {
      const stored = await passwords.hash(odd);
      expect((await passwords.verify(odd, stored)).valid, JSON.stringify(odd)).to.equal(true);
      for (const near of [odd.trim(), odd.normalize('NFC'), odd.split('\0')[0] ?? '']) {
        if (near !== odd) expect((await passwords.verify(near, stored)).valid, JSON.stringify(near)).to.equal(false);
      }
    }
  });

  it('have 8 to 128 characters of well-formed Unicode', async () => {
    const at = (text: string) => codeOf(() => assertAcceptable(text, '/password'));
    for (const good of ['8 charss', 'x'.repeat(128), '🏋'.repeat(128), '体'.repeat(8)])
      expect(await at(good)).to.equal(undefined);
    for (const bad of ['', '7 chars', 'x'.repeat(129), '🏋'.repeat(7), 'password\ud800', '\udc00password']) {
      expect(await at(bad), JSON.stringify(bad)).to.equal('invalid_request');
    }
  });

  itTimed('are not hashed at all when longer than 1024 bytes', async () => {
    const stored = await passwords.hash(password);
    const times: number[] = [];
    for (let round = 0; round < 20; round++) {
      const started = performance.now();
      expect((await passwords.verify('x'.repeat(1_000_000), stored)).valid).to.equal(false);
      times.push(performance.now() - started);
    }
    // The shortest: what else the machine does only adds to the others.
    expect(Math.min(...times)).to.be.below(5);
  });

  it('are hashed at most so many at once; a queue waits, the rest is told to come back', async () => {
    const narrow = createPasswords({ gate: { concurrency: 2, queue: 3 } });
    const stored = await narrow.hash(password);
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => codeOf(() => narrow.verify(password, stored))));
    expect(outcomes.filter((code) => code === undefined)).to.have.length(5);
    expect(outcomes.filter((code) => code === 'unavailable')).to.have.length(7);
    expect((await narrow.verify(password, stored)).valid).to.equal(true);
  });
});
