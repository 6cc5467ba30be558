/** Faults in the client SDK: sessions, repeated requests and sealed credentials. */
import { type Killer, type Mutant, mutantsOf } from '../mutant.js';

const client = 'packages/client-sdk/src';
const test = (name: string, title: string): Killer => ({ file: `packages/client-sdk/test/${name}.test.ts`, title });

export const clientFaults: readonly Mutant[] = [
  ...mutantsOf(`${client}/steps/retry.ts`, test('retry', 'does not mark as kept'), [
    'a write that the server does not keep is sent twice (G3)',
    'call.operation.idempotent === true && ',
    '',
  ]),
  ...mutantsOf(`${client}/steps/retry.ts`, test('retry', 'whose key was removed'), [
    'a write without its key is sent twice (G3)',
    " && 'idempotency-key' in call.headers",
    '',
  ]),
  ...mutantsOf(`${client}/steps/retry.ts`, test('retry', 'obeys Retry-After in seconds'), [
    'Retry-After is not obeyed',
    'Math.max(error.retryAfterMs ?? 0, backoff)',
    'backoff',
  ]),
  ...mutantsOf(`${client}/session/session.ts`, test('session', 'has one also where the store cannot exclude'), [
    'each of a hundred calls refreshes',
    'renewals.set(refused, renewal);',
    '',
  ]),
  ...mutantsOf(`${client}/session/session.ts`, test('session', "doesn't resurrect the session"), [
    'a refresh brings a session back that was signed out',
    'stored = current?.refreshToken === spent ? next : current;',
    'stored = next;',
  ]),
  ...mutantsOf(`${client}/session/session.ts`, test('session', 'drops them on nothing else'), [
    'a failure of a proxy signs out',
    "error.status === 401 && error.code !== 'http_401'",
    'error.status !== undefined',
  ]),
  ...mutantsOf(
    `${client}/credentials/sealer.ts`,
    test('seal', 'a pin'),
    ['any key with the pinned name is trusted', ' && digest && base64url(digest) === kid', ''],
    ['any key is trusted', 'pinnedKids.includes(kid) && ', ''],
  ),
  ...mutantsOf(`${client}/credentials/sealer.ts`, test('seal', 'its path is in the value'), [
    'a value is sealed for any operation',
    '{ aud: operation.path, iat,',
    '{ iat,',
  ]),
  ...mutantsOf(`${client}/credentials/sealer.ts`, test('seal', 'by the clock of the server'), [
    "a value is dated by the phone's clock",
    '(clock.now() + skewMs) / 1000',
    'clock.now() / 1000',
  ]),
];
