/** Hashes of older systems: read strictly, wrapped at once, and never usable as a password themselves. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createPasswords, type LegacyHash, parseLegacyHash } from '@palestra/core/auth';
import { expect } from 'chai';
import { itTimed, ratioOf } from '../../../../test/setup/timed.js';
import { codeOf, ringOf, secretKey } from './fixtures.js';

/** As crypt(3) of glibc made them; the first two are of the specification. */
const crypted: readonly [password: string, stored: string][] = [
  ['Hello world!', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
  ['Hello world!', '$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA'],
];

/** Perl's crypt is that of the C library, whose every answer ours must equal. */
function crypt(password: string, setting: string): string | undefined {
  try {
    return execFileSync('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', password, setting], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function read(text: string): LegacyHash {
  const legacy = parseLegacyHash(text);
  if (!legacy) throw new Error(`${text} was not read.`);
  return legacy;
}

describe('password hashes of older systems', () => {
  const pepper = ringOf(secretKey());
  const passwords = createPasswords({ pepper });
  const digest = '5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5';

  it('are wrapped so that nothing of them can be read, and their password still fits', async () => {
    const password = 'pass word of 2015';
    for (const stored of [sha256(password), sha256(password).toUpperCase()]) {
      const wrapped = await passwords.wrap(read(stored));
      expect(wrapped).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=[^,]+,inner=sha256\$/);
      expect(wrapped.toLowerCase()).not.to.include(sha256(password));
      expect(await passwords.verify(password, wrapped)).to.deep.equal({ valid: true, outdated: true });
      expect((await passwords.verify(`${password}.`, wrapped)).valid).to.equal(false);
      for (const passed of [stored, wrapped, '[object Object]']) {
        expect((await passwords.verify(passed, wrapped)).valid, passed).to.equal(false);
      }
    }
  });

  it('by SHA-crypt keep its rounds and salt, not its digest', async () => {
    for (const [password, stored] of crypted) {
      const legacy = read(stored);
      const wrapped = await passwords.wrap(legacy);
      expect(wrapped).to.match(/,inner=sha256crypt,rounds=(5000|10000),isalt=saltstring\w*\$/);
      expect(wrapped).not.to.include(legacy.digest);
      expect(await passwords.verify(password, wrapped)).to.deep.equal({ valid: true, outdated: true });
      for (const passed of [stored, legacy.digest, 'Hello world']) {
        expect((await passwords.verify(passed, wrapped)).valid, passed).to.equal(false);
      }
    }
  });

  it('by the crypt(3) of this system fit, whatever the password, salt and rounds', async function () {
    if (crypt('x', '$5$salt$') === undefined) return this.skip();
    this.timeout(60_000);
    const cases: [string, string][] = [
      ['x', '$5$a$'],
      ['short password', '$5$rounds=1000$./09azAZ$'],
      ['a password of exactly 32 bytes..', '$5$rounds=1001$saltstringsaltst$'],
      ['a password of more than thirty-two bytes', '$5$rounds=4999$saltstring$'],
      ['体操'.repeat(40), '$5$rounds=1007$体$'.replace('体', 'b')],
      ['x'.repeat(128), '$5$rounds=20000$Z$'],
      ['x', '$6$a$'],
      [
        'a password of more than thirty-two bytes, and of more than sixty-four bytes as well',
        '$6$rounds=1000$saltstringsaltst$',
      ],
      ['体操'.repeat(40), '$6$rounds=1003$./09azAZ$'],
      ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.'],
      ['x', '$2b$04$./09azAZ./09azAZ./09aO'],
      ['体操 ключ', '$2y$06$abcdefghijklmnopqrstuu'],
    ];
    for (const [password, setting] of cases) {
      const stored = crypt(password, setting) ?? '';
      const wrapped = await passwords.wrap(read(stored));
      expect((await passwords.verify(password, wrapped)).valid, setting).to.equal(true);
      expect((await passwords.verify(`${password}x`, wrapped)).valid, setting).to.equal(false);
    }
  });

  it('by bcrypt keep its cost and salt, not its digest', async () => {
    const stored = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    const wrapped = await passwords.wrap(read(stored));
    expect(wrapped).to.include(',inner=bcrypt,cost=5,rounds=1344,isalt=CCCCCCCCCCCCCCCCCCCCC.$');
    expect(wrapped).not.to.include('E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW');
    expect(await passwords.verify('U*U', wrapped)).to.deep.equal({ valid: true, outdated: true });
    for (const passed of [stored, 'U*U*', 'u*u']) {
      expect((await passwords.verify(passed, wrapped)).valid, passed).to.equal(false);
    }
  });

  const malformed: Record<string, string> = {
    'bcrypt of cost 15': '$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'bcrypt of cost 3': '$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'the faulty bcrypt of 2011': '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'bcrypt with a salt of stray bits': '$2b$05$CCCCCCCCCCCCCCCCCCCCCzE5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'bcrypt without its last character': '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe',
    empty: '',
    'hex of 63 digits': 'a'.repeat(63),
    'hex of 65 digits': 'a'.repeat(65),
    'no hex': 'g'.repeat(64),
    'a space before': ` ${'a'.repeat(64)}`,
    'a line break behind': `${'a'.repeat(64)}\n`,
    'a billion rounds': `$5$rounds=999999999$salt$${digest}`,
    '1,000,001 rounds': `$5$rounds=1000001$salt$${digest}`,
    'scrypt beyond its limits': `$scrypt$ln=18,r=8,p=1$${'a'.repeat(22)}$${digest}`,
    '999 rounds': `$5$rounds=999$salt$${digest}`,
    'no rounds': `$5$rounds=$salt$${digest}`,
    'negative rounds': `$5$rounds=-5000$salt$${digest}`,
    'rounds with a zero before': `$5$rounds=05000$salt$${digest}`,
    'no salt': `$5$$${digest}`,
    'a salt of 17': `$5$${'a'.repeat(17)}$${digest}`,
    'a salt with a comma': `$5$a,b$${digest}`,
    'no digest': '$5$salt$',
    'a digest of 42': `$5$salt$${digest.slice(1)}`,
    'a digest of 44': `$5$salt$${digest}.`,
    'a digest with stray bits': `$5$salt$${digest.slice(0, -1)}z`,
    $1$: `$1$salt$${digest}`,
    $6$: `$6$salt$${digest}`,
    '[object Object]': '[object Object]',
  };
  for (const [what, text] of Object.entries(malformed)) {
    it(`are refused: ${what}`, () => {
      expect(parseLegacyHash(text)).to.equal(undefined);
    });
  }

  it('are read up to 1,000,000 rounds', () => {
    expect(read(`$5$rounds=1000000$salt$${digest}`).rounds).to.equal(1_000_000);
    expect(parseLegacyHash(`$5$rounds=1000001$salt$${digest}`)).to.equal(undefined);
    expect(read(`$5$salt$${digest}`).rounds).to.equal(5_000);
  });

  itTimed('that somebody put into the table are not computed beyond their bounds', async () => {
    const wrapped = await passwords.wrap(read(crypted[0]?.[1] ?? ''));
    const greedy = wrapped.replace('rounds=5000', 'rounds=999999999');
    const unknown = wrapped.replace('inner=sha256crypt', 'inner=md5');
    const times: number[] = [];
    for (let round = 0; round < 10; round++) {
      const started = performance.now();
      expect(await codeOf(() => passwords.verify('Hello world!', greedy))).to.match(/rounds outside/);
      expect(await codeOf(() => passwords.verify('Hello world!', unknown))).to.match(/md5/);
      times.push(performance.now() - started);
    }
    // The shortest: what else the machine does only adds to the others.
    expect(Math.min(...times)).to.be.below(50);
  });

  it('leave the event loop free while they are computed', async () => {
    const wrapped = await passwords.wrap(read(`$5$rounds=500000$salt$${digest}`));
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await passwords.verify('a password', wrapped);
    clearInterval(timer);
    // In one piece they take 700 ms.
    expect(turns).to.be.above(20);
  });

  itTimed('do not tell by the time of a refusal who has one', async function () {
    this.timeout(120_000);
    const rounds = 20_000;
    const slow = await passwords.wrap(read(`$5$rounds=${rounds}$salt$${digest}`));
    const stored = {
      slow,
      fast: await passwords.wrap(read('a'.repeat(64))),
      own: await passwords.hash('x'),
      nobody: undefined,
    };
    const checks = Object.entries(stored).map(
      ([who, hash]) => [who, () => passwords.verify('wrong password', hash, { rounds })] as const,
    );
    expect(await ratioOf(Object.fromEntries(checks), { rounds: 15, limit: 1.4 })).to.be.below(1.4);
  });
});
