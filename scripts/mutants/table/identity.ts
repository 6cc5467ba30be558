/** Faults in accounts, sessions, roles and limits of tries. */
import { type Killer, type Mutant, mutantsOf } from '../mutant.js';

const identity = 'packages/server/src/identity';
const test = (path: string, title: string): Killer => ({ file: `packages/server/test/${path}.test.ts`, title });
const refreshTokens = (title: string): Killer => ({ file: 'packages/core/test/auth/refresh-tokens.test.ts', title });

export const identityFaults: readonly Mutant[] = [
  ...mutantsOf(`${identity}/authenticator.ts`, test('identity/authenticator', 'when its time is over'), [
    'a remembered token is good beyond its time',
    'Math.min(token.expiresAt ?? Number.POSITIVE_INFINITY, now + maxVerifiedAgeMs)',
    'now + maxVerifiedAgeMs',
  ]),
  ...mutantsOf(`${identity}/authenticator.ts`, test('identity/authenticator', 'after its key was taken away'), [
    'a remembered token outlives its key',
    'const maxVerifiedAgeMs = 60_000;',
    'const maxVerifiedAgeMs = 600_000;',
  ]),
  ...mutantsOf(
    `${identity}/authenticator.ts`,
    test('identity/authenticator', 'where the account disagrees'),
    ['a disabled account is let in', 'state.disabled || !state.live', '!state.live'],
    ['a session that has ended is let in', 'state.disabled || !state.live', 'state.disabled'],
  ),
  ...mutantsOf(`${identity}/authenticator.ts`, test('identity/authenticator', 'forgets at once what was written'), [
    'a revocation is not heard by what is remembered (G13)',
    'revocations.onRevoked(() => states.clear());',
    '',
  ]),
  ...mutantsOf(`${identity}/account-statements.ts`, test('management/privileges', 'a disabled DBA does not count'), [
    'a disabled DBA counts as one who can sign in',
    "role: parameter('role'), disabled: 0",
    "role: parameter('role')",
  ]),
  ...mutantsOf(`${identity}/privileges.ts`, test('management/privileges', 'a disabled DBA does not count'), [
    'the last DBA can be revoked',
    "if (from === 'dba' && (await accounts.count('dba', unit)) < 2) throw lastDba();",
    '',
  ]),
  ...mutantsOf(`${identity}/privileges.ts`, test('management/privileges', 'cannot change their own role'), [
    'an account changes its own role',
    'target.id === grantor.accountId || ',
    '',
  ]),
  ...mutantsOf(`${identity}/privileges.ts`, test('management/privileges', 'whose token still says dba'), [
    'a role that was lost still grants',
    ' || account.role !== privilege',
    '',
  ]),
  ...mutantsOf(`${identity}/privileges.ts`, test('management/privileges', ' makes a '), [
    'a role is taken from one above',
    ' || !mayGrant(held, target.role)',
    '',
  ]),
  ...mutantsOf(`${identity}/sessions.ts`, test('identity/session', 'not refreshed for a disabled account'), [
    'a disabled account refreshes',
    'if (!account || account.disabled) {',
    'if (!account) {',
  ]),
  ...mutantsOf(`${identity}/refresh-token-statements.ts`, test('identity/session', 'die unused after seven days'), [
    'a refresh token never expires',
    "        .where('expires_at', '>', parameter('now'))\n",
    '',
  ]),
  ...mutantsOf(`${identity}/refresh-token-store.ts`, test('identity/session', 'comes back after its grace'), [
    'reuse of a refresh token leaves the access tokens alive (G13)',
    'if (affected > 0) await accounts.endAccessTokens(accountId, unit);',
    '',
  ]),
  ...mutantsOf(`${identity}/refresh-token-statements.ts`, test('identity/session', 'one successor for a hundred'), [
    'a refresh token is used twice (I7)',
    "hash: parameter('hash'), used_at: null, revoked_at: null",
    "hash: parameter('hash')",
  ]),
  ...mutantsOf('packages/core/src/auth/refresh-tokens.ts', refreshTokens('used again after ten seconds'), [
    'a spent refresh token is forgiven for minutes',
    'const graceMs = 10_000;',
    'const graceMs = 600_000;',
  ]),
  ...mutantsOf('packages/core/src/auth/refresh-tokens.ts', refreshTokens('of a grandparent have no grace'), [
    'a grandparent of the live token is forgiven',
    'child?.usedAt === null && ',
    'child !== undefined && ',
  ]),
  ...mutantsOf('packages/core/src/auth/refresh-tokens.ts', refreshTokens('and in any case after thirty'), [
    'a family lives without end',
    'Math.min(now + idleMs, parent.familyExpiresAt)',
    'now + idleMs',
  ]),
  ...mutantsOf(`${identity}/limits.ts`, test('rate-limit/limits', 'thirty guesses an hour'), [
    'wrong passwords are not limited by the hour',
    "refuse('user and network', 30, hourMs), ",
    '',
  ]),
  ...mutantsOf(`${identity}/limits.ts`, test('rate-limit/limits', 'let five guesses a minute'), [
    'six wrong passwords a minute are tried (G16)',
    "refuse('user and network', 5, minuteMs)",
    "refuse('user and network', 6, minuteMs)",
  ]),
  ...mutantsOf(`${identity}/limits.ts`, test('rate-limit/limits', 'count a network, not an address'), [
    'a network signs in 31 times a minute',
    "login: [{ by: 'network', requests: 30, seconds: 60 }]",
    "login: [{ by: 'network', requests: 31, seconds: 60 }]",
  ]),
  ...mutantsOf(
    'packages/server/src/rate-limit/limiter.ts',
    test('rate-limit/limiter', 'give back what a refused one took'),
    ['a refused try keeps the tokens of the limits before it', 'giveBack(counters.slice(0, index));', ''],
  ),
  ...mutantsOf(
    'packages/server/src/personal-data/assert-owner.ts',
    test('identity/wechat', 'by a fresh code of that user'),
    [
      'a code of another WeChat user deletes the account',
      'if (owner !== account.id) throw',
      'if (owner === undefined) throw',
    ],
  ),
  ...mutantsOf(
    'packages/server/src/personal-data/assert-owner.ts',
    test('identity/host-schemes', 'within five minutes of a sign-in'),
    ['an old sign-in deletes the account', 'age >= 0 && age < freshMs', 'age >= 0'],
    ['a sign-in to come deletes the account', 'age >= 0 && age < freshMs', 'age < freshMs'],
    ['a stolen token deletes the account', 'if (!isHosts) throw', 'if (!isHosts) return;\n  if (!isHosts) throw'],
  ),
];
