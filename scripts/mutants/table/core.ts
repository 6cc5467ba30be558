/** Faults in the package `core`: tokens, sealed values, passwords, roles, JSON. */
import { type Killer, type Mutant, mutantsOf } from '../mutant.js';

const auth = 'packages/core/src/auth';
const test = (name: string, title: string): Killer => ({ file: `packages/core/test/${name}.test.ts`, title });

export const coreFaults: readonly Mutant[] = [
  ...mutantsOf(
    `${auth}/tokens.ts`,
    test('auth/tokens', 'name the audience'),
    [
      'a token without an audience is taken where one is expected',
      'claims.aud !== audience',
      'claims.aud !== undefined && claims.aud !== audience',
    ],
    ['a token for another audience is taken', 'if (claims.aud !== audience) throw tokenInvalid();', ''],
  ),
  ...mutantsOf(
    `${auth}/tokens.ts`,
    test('auth/tokens', 's from now are'),
    ['a token may come an hour from the future', 'const skewSeconds = 60;', 'const skewSeconds = 3_000;'],
    [
      'a token of a clock that is one minute ahead is refused',
      'claims.iat > now + skewSeconds',
      'claims.iat >= now + skewSeconds',
    ],
    ['an expired token is good for a second more', 'clockTimestamp: now', 'clockTimestamp: now - 1'],
  ),
  ...mutantsOf(
    `${auth}/tokens.ts`,
    test('auth/tokens', 'are refused'),
    ['a token of another type is taken (G14)', ' || header.typ !== typ', ''],
    [
      'a token may have further header members (G14)',
      'if (Object.keys(header).length !== 3) throw tokenInvalid();',
      '',
    ],
    ['a token needs no jti', "typeof sub !== 'string' || typeof tokenId !== 'string'", "typeof sub !== 'string'"],
    ["a person's token needs no expiry", '!isPositive(exp) || ', ''],
  ),
  ...mutantsOf(
    `${auth}/tokens.ts`,
    { file: 'packages/server/test/identity/forged-tokens.test.ts', title: 'are refused, all of them' },
    ['a token may be spelled in several ways (G14)', ' || !parts.every(isCanonical)', ''],
  ),
  ...mutantsOf(`${auth}/tokens.ts`, test('auth/tokens', 'tell the documented failures apart'), [
    'a token of another issuer is taken',
    'if (claims.iss !== issuer) throw tokenIssuer();',
    '',
  ]),
  ...mutantsOf(`${auth}/tokens.ts`, test('auth/tokens', 'are signed by the key of their kind'), [
    "a machine's key signs for persons",
    'if (verified.kind !== kind) throw tokenInvalid();',
    '',
  ]),
  ...mutantsOf(
    `${auth}/sealing.ts`,
    test('auth/sealing', 'with '),
    ['a value with jti alone opens again after five minutes', 'now + undatedMs', 'now + oldestMs'],
    ['a value may be an hour old', 'const oldestMs = 5 * 60_000;', 'const oldestMs = 60 * 60_000;'],
    ['a value may come ten minutes from the future', 'const futureMs = 120_000;', 'const futureMs = 600_000;'],
    ['a value of five minutes ago is refused', 'iat * 1000 >= now - oldestMs', 'iat * 1000 > now - oldestMs'],
    ['a short jti is taken', 'jti.length < 16', 'jti.length < 1'],
    ['a jti may be of any length', 'jti.length > 256', 'jti.length > 1e9'],
  ),
  ...mutantsOf(`${auth}/sealing.ts`, test('auth/sealing', 'open once'), [
    'a value opens twice',
    'if (!(await replay.use(id, expiresAt))) throw sealInvalid();',
    'await replay.use(id, expiresAt);',
  ]),
  ...mutantsOf(`${auth}/sealing.ts`, test('auth/sealing', 'open at the path they name'), [
    'a value opens at any path',
    'if (aud !== undefined && aud !== path) throw sealInvalid();',
    '',
  ]),
  ...mutantsOf(`${auth}/sealing.ts`, test('auth/sealing', 'without iat or jti'), [
    'a value needs no iat though it is required',
    "replayProtection === 'required' && (iat === undefined || jti === undefined)",
    "replayProtection === 'required' && iat === undefined && jti === undefined",
  ]),
  ...mutantsOf(`${auth}/password-hashes.ts`, test('auth/passwords', 'hashed with a pepper'), [
    'passwords are hashed without the pepper',
    'const digest = key ? peppered(raw, key) : raw;',
    'const digest = raw;',
  ]),
  ...mutantsOf(`${auth}/passwords.ts`, test('auth/passwords', 'have 8 to 128 characters'), [
    'a password of seven characters is taken',
    'length < shortest',
    'length < shortest - 1',
  ]),
  ...mutantsOf('packages/core/src/privilege.ts', test('privilege', 'keeps machines outside'), [
    'a machine may do what its scope does not say (G19)',
    'return held === required;',
    'return true;',
  ]),
  ...mutantsOf('packages/core/src/privilege.ts', test('privilege', 'grants up to its own rank'), [
    'a role is granted by one below it',
    'return rankOf(grantor) <= rankOf(granted);',
    'return true;',
  ]),
];
