/** Forged tokens are refused, each with its documented kind of failure; ours pass. */
import { createHmac, createSign, generateKeyPairSync, sign } from 'node:crypto';
import { createTokens, type Subject, type TokenKey } from '@palestra/core/auth';
import { expect } from 'chai';
import { codeOf, createClock, ringOf, tokenKey } from './fixtures.js';

const subject: Subject = { accountId: 7, username: 'jon', role: 'player', tokenVersion: 3 };
const clock = createClock();
const now = Math.floor(clock.now() / 1000);
const key = tokenKey();
const rsaKey = tokenKey('RS256');
const machineKey = tokenKey();
const machineKeys = ringOf(machineKey);
const tokens = createTokens({ keys: ringOf(key), machineKeys, clock, issuer: 'palestra' });

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const goodHeader = { alg: 'HS256', typ: 'at+jwt', kid: key.kid };
const goodClaims = {
  iss: 'palestra',
  sub: '7',
  user: 'jon',
  level: 4,
  scope: 'player',
  tv: 3,
  iat: now,
  exp: now + 3600,
  jti: 'an id',
};

function hmac(input: string, secret: Parameters<typeof createHmac>[1] = key.verify): string {
  return createHmac('sha256', secret).update(input).digest('base64url');
}

/** By default signed with the right key: only what is changed is wrong. */
function forge(header: unknown, claims: unknown, secret?: Parameters<typeof createHmac>[1]): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${hmac(input, secret)}`;
}

const withHeader = (change: object): string => forge({ ...goodHeader, ...change }, goodClaims);
const withClaims = (change: object): string => forge(goodHeader, { ...goodClaims, ...change });
const without = (claim: keyof typeof goodClaims): string => {
  const { [claim]: _, ...rest } = goodClaims;
  return forge(goodHeader, rest);
};

describe('access tokens', () => {
  it('hold what was issued, for each algorithm', () => {
    for (const algorithm of ['HS256', 'ES256', 'RS256'] as const) {
      const some = createTokens({
        keys: ringOf(tokenKey(algorithm)),
        machineKeys,
        clock,
        issuer: 'palestra',
        audience: 'app',
      });
      const verified = some.verify(some.issue({ ...subject, session: 'family' }, 60).token);
      expect(verified).to.deep.include({ ...subject, session: 'family', kind: 'account' });
      expect(verified.expiresAt).to.equal((now + 60) * 1000);
    }
  });

  it('carry at least the claims of the TNT-Backend API', () => {
    const { token } = tokens.issue({ ...subject, role: 'admin' }, 2_628_000);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).to.include({ user: 'jon', level: 2, iat: now, exp: now + 2_628_000 });
  });

  it('are accepted when hand-made by the same rules, so that a forgery below fails by its change alone', () => {
    expect(tokens.verify(forge(goodHeader, goodClaims))).to.include({ accountId: 7, tokenVersion: 3 });
  });

  const machine = { tokenId: 'an id', scope: 'stams_io', subject: '12', issuedAt: clock.now() } as const;

  it('of a machine have no expiry, and can be made again from their row', () => {
    const token = tokens.issueMachine(machine);
    expect(tokens.verify(token)).to.deep.include({ kind: 'machine', scope: 'stams_io', expiresAt: undefined });
    expect(tokens.verify(token)).to.deep.include({ subject: '12', tokenId: 'an id' });
    expect(tokens.issueMachine(machine)).to.equal(token);
  });

  it('are signed by the key of their kind: neither makes tokens of the other', async () => {
    const swapped = createTokens({ keys: machineKeys, machineKeys: ringOf(key), clock, issuer: 'palestra' });
    for (const token of [swapped.issue(subject, 60).token, swapped.issueMachine(machine)]) {
      swapped.verify(token);
      expect(await codeOf(() => tokens.verify(token))).to.equal('token_invalid');
    }
  });

  it('outlive a rotation while the old key is kept, and not its removal', async () => {
    const { token } = tokens.issue(subject, 60);
    const next = tokenKey();
    const rotated = createTokens({ keys: ringOf(next, key), machineKeys, clock, issuer: 'palestra' });
    expect(rotated.verify(token)).to.include({ accountId: 7 });
    const removed = createTokens({ keys: ringOf(next), machineKeys, clock, issuer: 'palestra' });
    expect(await codeOf(() => removed.verify(token))).to.equal('token_invalid');
  });

  it('tell the documented failures apart', async () => {
    const kinds: [string, string][] = [
      [withClaims({ exp: now - 1 }), 'token_expired'],
      [withClaims({ exp: now }), 'token_expired'],
      [withClaims({ iss: 'another' }), 'token_issuer'],
      [without('iss'), 'token_issuer'],
      [withClaims({ iat: now + 3600 }), 'token_issued_at'],
    ];
    for (const [token, code] of kinds) expect(await codeOf(() => tokens.verify(token))).to.equal(code);
  });

  const instants: readonly (readonly [claims: object, code: string | undefined])[] = [
    [{ exp: now + 1 }, undefined],
    [{ exp: now }, 'token_expired'],
    [{ exp: now - 1 }, 'token_expired'],
    [{ iat: now + 59 }, undefined],
    [{ iat: now + 60 }, undefined],
    [{ iat: now + 61 }, 'token_issued_at'],
    [{ nbf: now }, undefined],
    [{ nbf: now + 1 }, 'token_invalid'],
  ];
  for (const [claims, code] of instants) {
    const [[claim, at] = ['', 0]] = Object.entries(claims);
    it(`with ${claim} ${at - now} s from now are ${code ?? 'accepted'}`, async () => {
      expect(await codeOf(() => tokens.verify(withClaims(claims)))).to.equal(code);
    });
  }

  it('name the audience that is expected, where one is', async () => {
    const forApp = createTokens({ keys: ringOf(key), machineKeys, clock, issuer: 'palestra', audience: 'app' });
    expect(forApp.verify(withClaims({ aud: 'app' }))).to.include({ accountId: 7 });
    for (const aud of [undefined, 'other', ['app'], ['app', 'other'], '', null]) {
      expect(await codeOf(() => forApp.verify(withClaims({ aud }))), JSON.stringify(aud)).to.equal('token_invalid');
    }
    expect(await codeOf(() => tokens.verify(withClaims({ aud: 'app' }))), 'none is expected').to.equal('token_invalid');
  });

  const forgeries: Record<string, string> = {
    ...headerForgeries(),
    ...claimForgeries(),
    ...shapeForgeries(),
    ...keyForgeries(rsaKey),
  };
  for (const [name, token] of Object.entries(forgeries)) {
    it(`are refused: ${name}`, async () => {
      expect(await codeOf(() => tokens.verify(token))).to.equal('token_invalid');
    });
  }

  it('of an RSA key are refused where its public half served as an HMAC secret or the padding differs', async () => {
    const rsaTokens = createTokens({ keys: ringOf(rsaKey), machineKeys, clock, issuer: 'palestra' });
    for (const [name, token] of Object.entries(publicKeyForgeries(rsaKey))) {
      expect(await codeOf(() => rsaTokens.verify(token)), name).to.equal('token_invalid');
    }
    expect(rsaTokens.verify(rsaTokens.issue(subject, 60).token)).to.include({ accountId: 7 });
  });
});

function headerForgeries(): Record<string, string> {
  return {
    'alg none': `${encode({ ...goodHeader, alg: 'none' })}.${encode(goodClaims)}.`,
    'alg NONE with a signature': withHeader({ alg: 'NONE' }),
    'alg nOnE': withHeader({ alg: 'nOnE' }),
    'alg HS512': withHeader({ alg: 'HS512' }),
    'alg ES256': withHeader({ alg: 'ES256' }),
    'alg missing': withHeader({ alg: undefined }),
    'kid missing': withHeader({ kid: undefined }),
    'kid empty': withHeader({ kid: '' }),
    'kid a path': withHeader({ kid: '../../dev/null' }),
    'kid SQL': withHeader({ kid: "' OR 1=1 --" }),
    'kid __proto__': withHeader({ kid: '__proto__' }),
    'kid constructor': withHeader({ kid: 'constructor' }),
    'kid of 10 kB': withHeader({ kid: 'x'.repeat(10_000) }),
    'kid a number': withHeader({ kid: 1 }),
    'typ JWT': withHeader({ typ: 'JWT' }),
    'typ missing': withHeader({ typ: undefined }),
    'typ of an ID token': withHeader({ typ: 'id+jwt' }),
    jku: withHeader({ jku: 'https://evil.example/jwks.json' }),
    x5u: withHeader({ x5u: 'https://evil.example/cert' }),
    jwk: withHeader({ jwk: { kty: 'oct', k: 'AA' } }),
    x5c: withHeader({ x5c: ['AA'] }),
    crit: withHeader({ crit: ['exp'] }),
    'b64 false': withHeader({ b64: false }),
    zip: withHeader({ zip: 'DEF' }),
    'header an array': forge([goodHeader], goodClaims),
    'header null': forge(null, goodClaims),
    'header no JSON': forge('{', goodClaims),
  };
}

function claimForgeries(): Record<string, string> {
  return {
    'exp missing': without('exp'),
    'exp a string': withClaims({ exp: String(now + 3600) }),
    'exp a fraction': withClaims({ exp: now + 3600.5 }),
    'exp null': withClaims({ exp: null }),
    'exp beyond numbers': forge(goodHeader, JSON.stringify(goodClaims).replace(String(now + 3600), '1e400')),
    'nbf in the future': withClaims({ nbf: now + 600 }),
    'iat missing': without('iat'),
    'iat a string': withClaims({ iat: String(now) }),
    'sub missing': without('sub'),
    'sub a number': withClaims({ sub: 7 }),
    'sub a path': withClaims({ sub: '../7' }),
    'sub zero': withClaims({ sub: '0' }),
    'jti missing': without('jti'),
    'scope missing': without('scope'),
    'scope unknown': withClaims({ scope: 'root' }),
    'scope a list': withClaims({ scope: ['dba'] }),
    'tv missing': without('tv'),
    'tv a string': withClaims({ tv: '3' }),
    'user missing': without('user'),
    'user an object': withClaims({ user: {} }),
    'sid a number': withClaims({ sid: 1 }),
    'aud of another host': withClaims({ aud: 'another' }),
    'aud a list': withClaims({ aud: ['another'] }),
    'claims null': forge(goodHeader, null),
    'claims a text': forge(goodHeader, JSON.stringify('claims')),
  };
}

function shapeForgeries(): Record<string, string> {
  const good = forge(goodHeader, goodClaims);
  const [header = '', claims = '', signature = ''] = good.split('.');
  const raised = encode({ ...goodClaims, scope: 'dba', level: 0 });
  const last = signature.at(-1) ?? '';
  const stray = String.fromCharCode(last.charCodeAt(0) + 1);
  return {
    empty: '',
    'two dots': '..',
    'claims raised under the old signature': `${header}.${raised}.${signature}`,
    'no signature': `${header}.${claims}.`,
    'two parts': `${header}.${claims}`,
    'four parts': `${good}.${signature}`,
    'a space behind': `${good} `,
    'a line break inside': `${header}.\n${claims}.${signature}`,
    padding: `${good}=`,
    'stray bits in the last character': `${header}.${claims}.${signature.slice(0, -1)}${stray}`,
    'a byte cut off': `${header}.${claims}.${signature.slice(0, -2)}`,
    'bytes behind': `${header}.${claims}.${signature}AAAA`,
    'one bit flipped': `${header}.${claims}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`,
    'base64 instead of base64url': inBase64(),
    '2 MB': forge(goodHeader, { ...goodClaims, user: 'x'.repeat(2_000_000) }),
  };
}

/** A good token whose signature has a character that the two alphabets write differently. */
function inBase64(): string {
  for (let attempt = 0; ; attempt++) {
    const [header, claims, signature = ''] = withClaims({ jti: String(attempt) }).split('.');
    const other = signature.replaceAll('-', '+').replaceAll('_', '/');
    if (other !== signature) return `${header}.${claims}.${other}`;
  }
}

function keyForgeries(rsa: TokenKey): Record<string, string> {
  const pem = rsa.verify.export({ type: 'spki', format: 'pem' });
  return {
    'HMAC with an empty secret': forge(goodHeader, goodClaims, Buffer.alloc(0)),
    'HMAC with the kid': forge(goodHeader, goodClaims, key.kid),
    'HMAC with a public key': forge({ ...goodHeader, kid: rsa.kid }, goodClaims, pem),
    'HMAC with a secret of another server': forge(goodHeader, goodClaims, tokenKey().verify),
  };
}

function publicKeyForgeries(rsa: TokenKey): Record<string, string> {
  const header = { ...goodHeader, kid: rsa.kid };
  const signed = (alg: string, make: (input: string) => string) => {
    const input = `${encode({ ...header, alg })}.${encode(goodClaims)}`;
    return `${input}.${make(input)}`;
  };
  const pem = rsa.verify.export({ type: 'spki', format: 'pem' });
  const der = rsa.verify.export({ type: 'spki', format: 'der' });
  const jwk = JSON.stringify(rsa.verify.export({ format: 'jwk' }));
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return {
    'HS256 with the PEM': signed('HS256', (input) => hmac(input, pem)),
    'HS256 with the DER': signed('HS256', (input) => hmac(input, der)),
    'HS256 with the JWK': signed('HS256', (input) => hmac(input, jwk)),
    'RS256 said, HMAC made': signed('RS256', (input) => hmac(input, pem)),
    'RS256 by another key': signed('RS256', (input) =>
      createSign('RSA-SHA256').update(input).sign(stranger, 'base64url'),
    ),
    PS256: signed('PS256', (input) =>
      sign('sha256', Buffer.from(input), { key: rsa.sign, padding: 6 }).toString('base64url'),
    ),
    'RS256 said, PSS made': signed('RS256', (input) =>
      sign('sha256', Buffer.from(input), { key: rsa.sign, padding: 6 }).toString('base64url'),
    ),
  };
}
