/** Faults in the server: backups, idempotency, events, the database, HTTP, the audit and what is purged. */
import { type Killer, type Mutant, mutantsOf } from '../mutant.js';

const server = 'packages/server/src';
const test = (path: string, title: string): Killer => ({ file: `packages/server/test/${path}.test.ts`, title });
const purging = (title: string): Killer => test('host/purging', title);

const shared = (title: string): Killer => test('database/shared-commit', title);

const sharedCommitFaults: readonly Mutant[] = [
  ...mutantsOf(`${server}/database/joined-transaction.ts`, test('database/joined-transaction', 'another one ends'), [
    'the end of one transaction cuts off the writes of another',
    'if (running === 0) current.disable();',
    'current.disable();',
  ]),
  ...mutantsOf(`${server}/database/batch.ts`, shared('undo a unit that fails between'), [
    'a unit that fails is committed with the others',
    'ROLLBACK TO ',
    'SAVEPOINT ',
  ]),
  ...mutantsOf(`${server}/database/batch.ts`, shared('if the COMMIT is not answered'), [
    'a shared commit of unknown outcome is done again',
    "await sendOnce(() => this.#connection.control('COMMIT'));",
    "await this.#connection.control('COMMIT');",
  ]),
  ...mutantsOf(`${server}/database/batch.ts`, shared('goes on after SQLite'), [
    'a unit goes on after SQLite has undone it',
    'if (this.#ended || !this.#connection.holdsTransaction()) throw lost();',
    '',
  ]),
  ...mutantsOf(`${server}/database/batch.ts`, shared('breaks a deferred foreign key'), [
    'all fail with one that breaks a deferred foreign key',
    "databaseFault(error)?.kind === 'reference'",
    'false',
  ]),
  ...mutantsOf(`${server}/database/turn.ts`, shared('answered only after the COMMIT'), [
    'a unit of work is answered before its COMMIT',
    'this.#finish();\n    await batch.committed;',
    'this.#finish();',
  ]),
  ...mutantsOf(`${server}/database/turn.ts`, shared('what was never committed'), [
    'a refusal follows from what was never committed',
    'if (batch.isEmpty) return;',
    'return;',
  ]),
  ...mutantsOf(`${server}/database/batch.ts`, shared('fails after a write, and it is undone'), [
    'a transaction without a savepoint is committed though it failed',
    'return hasWritten ? this.abandon() : undefined;',
    'return;',
  ]),
  ...mutantsOf(`${server}/database/turn.ts`, shared('after a statement of it failed'), [
    'a statement that failed has all others run again',
    'this.#writes -= 1;',
    '',
  ]),
  ...mutantsOf(
    `${server}/database/joined-transaction.ts`,
    test('database/joined-transaction', 'before its first write'),
    ['a transaction that is passed is not opened', 'await this.#open?.(unit);', ''],
  ),
  ...mutantsOf(`${server}/database/turn.ts`, shared('no longer than a moment'), [
    'a slow unit of work holds up the COMMIT of others',
    'this.#setAside(batch), setAside)',
    'this.#setAside(batch), 20_000)',
  ]),
];

const longLists = (title: string): Killer => test('resource/long-lists', title);

const longListFaults: readonly Mutant[] = [
  ...mutantsOf(`${server}/resource/select.ts`, longLists('are read in a turn of the event loop each'), [
    'every list reads a page in every turn of the event loop',
    'turns.run(() => (full ? longPages(() => read(position)) : read(position)))',
    'new Promise((turn) => setImmediate(turn)).then(() => read(position))',
  ]),
  ...mutantsOf(`${server}/resource/select.ts`, { ...longLists('are asked for two at a time'), database: 'MariaDB' }, [
    'MariaDB is asked for a page of every list at once',
    'full ? longPages(() => read(position)) : read(position)',
    'read(position)',
  ]),
  ...mutantsOf(`${server}/steps/respond.ts`, longLists('are made in a turn of the event loop each'), [
    'a list that a plugin streams holds the event loop while it is made',
    'of inTurn(chunks)',
    'of chunks',
  ]),
  ...mutantsOf(`${server}/async/turns.ts`, test('async/turns', 'promises later, in the order of coming'), [
    'what follows from a piece does not count',
    'queueMicrotask(() => process.nextTick(action))',
    'process.nextTick(action)',
  ]),
];

export const serverFaults: readonly Mutant[] = [
  ...longListFaults,
  ...mutantsOf(
    `${server}/management/emptying.ts`,
    { file: 'test/collections-killed.test.ts', title: 'the rest to the same request' },
    ['a large collection is not emptied', 'if (ids.length < size) break;', 'if (ids.length <= size) break;'],
  ),
  ...mutantsOf(`${server}/identity/import.ts`, test('identity/import', 'brings nobody back'), [
    'an import of accounts brings a deleted person back',
    'if (await forgottenNames.has(usernameKey)) faults.push({ line, detail: deletedHere });',
    '',
  ]),
  ...mutantsOf(`${server}/steps/authenticate.ts`, test('http/cross-site', 'is told by Origin'), [
    'a page of another site writes by a cookie',
    '(origin === undefined || hostOf(origin) === host)',
    'true',
  ]),
  ...mutantsOf(`${server}/backup/manifest.ts`, test('backup/backup', 'so that they agree'), [
    'the MAC of a backup is not compared',
    'expected.length !== found.length || !timingSafeEqual(expected, found)',
    'expected.length !== found.length',
  ]),
  ...mutantsOf(`${server}/backup/manifest.ts`, test('backup/backup', 'in a newer format'), [
    'a backup in a newer format is restored',
    "if (signed.manifest.version !== 1) throw backupIncompatible('a newer version of Palestra made it');",
    '',
  ]),
  ...mutantsOf(`${server}/idempotency/cipher.ts`, test('idempotency/idempotency', 'in the clear only where'), [
    'answers that may hold tokens are kept in the clear',
    '(isOpen ? text : cipher.seal(text, context))',
    'text || String(isOpen)',
  ]),
  ...mutantsOf(`${server}/idempotency/index.ts`, purging('idempotency keys'), [
    'the timer deletes live idempotency keys',
    'clock.now() - retentionMs',
    'clock.now() + retentionMs',
  ]),
  ...mutantsOf(`${server}/identity/set-up.ts`, purging('sealed values'), [
    'the timer lets sealed values open again',
    'await usedSeals.purge(now);',
    'await usedSeals.purge(Number.MAX_SAFE_INTEGER + 1);',
  ]),
  ...mutantsOf(`${server}/identity/used-seals.ts`, purging('sealed values'), [
    'the timer deletes the sealed values that are still fresh',
    "where('expires_at', '<', parameter('now'))",
    "where('expires_at', '>', parameter('now'))",
  ]),
  ...mutantsOf(`${server}/identity/set-up.ts`, purging('families of refresh tokens'), [
    'the timer deletes sessions that live',
    'await refreshTokens.purge(now);',
    'await refreshTokens.purge(now * 2);',
  ]),
  ...mutantsOf(`${server}/events/index.ts`, purging('events after a month'), [
    'the timer deletes young events',
    'clock.now() - keptMs',
    'clock.now() + keptMs',
  ]),
  ...mutantsOf(`${server}/rate-limit/index.ts`, purging('rate windows'), [
    'the timer deletes windows that still count',
    'store.purge(clock.now())',
    'store.purge(clock.now() * 2)',
  ]),
  ...mutantsOf(
    `${server}/steps/idempotency-key.ts`,
    test('idempotency/idempotency', 'an idempotency key'),
    ['one key is that of all operations', 'exchange.operationId}', "''}"],
    ['one key is that of all callers', "callerKey(principal) ?? 'guest '", "''"],
  ),
  ...mutantsOf(`${server}/idempotency/leased.ts`, test('idempotency/idempotency', 'while the first call runs'), [
    'a request runs beside itself (G4)',
    'if (left > 0) throw running(',
    'if (left > 1e12) throw running(',
  ]),
  ...mutantsOf(`${server}/idempotency/leased.ts`, test('idempotency/idempotency', 'when its lease has ended'), [
    'a process that died keeps its key',
    'return left > 2 * leaseMs ? 0 : left;',
    'return Math.max(1, left);',
  ]),
  ...mutantsOf(`${server}/events/delivery.ts`, test('events/delivery', 'that hangs'), [
    'a subscriber that hangs is waited for',
    'await withTimeout(timeLimitMs, () => handlers.get(event.name)?.(event));',
    'await handlers.get(event.name)?.(event);',
  ]),
  ...mutantsOf(
    `${server}/events/delivery.ts`,
    test('events/delivery', 'that fails waits'),
    ['a failed delivery is repeated at once', 'const pause = pauseAfter(delivery.attempts);', 'const pause = 0;'],
    ['the pauses of a delivery grow without end', 'Math.min(longestPauseMs, ', 'Math.max(0, '],
  ),
  ...sharedCommitFaults,
  ...mutantsOf(
    `${server}/database/last-writes.ts`,
    { ...test('database/unit-of-work', 'never does it again'), database: 'MariaDB' },
    [
      'a commit of unknown outcome is done again (G9)',
      "await sendOnce(() => connection.control('COMMIT'));",
      "await connection.control('COMMIT');",
    ],
  ),
  ...mutantsOf(
    `${server}/database/last-writes.ts`,
    { ...test('database/last-writes', 'the connection is lost'), database: 'MariaDB' },
    [
      'last writes of unknown outcome are done again (G9)',
      'return sendOnce(() => commitWith(writes.slice(-mostInBlock)));',
      'return commitWith(writes.slice(-mostInBlock));',
    ],
  ),
  ...mutantsOf(
    `${server}/database/mysql-block.ts`,
    { ...test('database/last-writes', 'where one changes no row, with'), database: 'MariaDB' },
    ['a last write that meets no row is committed', 'return options.missing\n', 'return false\n'],
  ),
  ...mutantsOf(`${server}/database/retry.ts`, test('database/unit-of-work', 'unavailable after five tries'), [
    'a unit of work is tried six times (G9)',
    'tries: 5,',
    'tries: 6,',
  ]),
  ...mutantsOf(
    `${server}/steps/read-body.ts`,
    test('http/body-limit', 'bytes of JSON'),
    [
      'a chunked body may be longer by one byte',
      'if (length > rule.limit) reject',
      'if (length > rule.limit + 1) reject',
    ],
    ['a body of the limit is refused', 'if (length > rule.limit) reject', 'if (length >= rule.limit) reject'],
  ),
  ...mutantsOf(`${server}/steps/koa-body.ts`, test('http/body-limit', 'text/plain; charset=iso-8859-1'), [
    'a text may have 100 MB',
    'textLimit: bytes,',
    "textLimit: '100mb',",
  ]),
  ...mutantsOf(
    `${server}/http/cors.ts`,
    test('http/cors', 'lets a named origin call'),
    ['a browser cannot read ETag', 'Deprecation, ETag, ', 'Deprecation, '],
    ['a browser cannot tell a replayed answer', 'Idempotency-Replayed, ', ''],
  ),
  ...mutantsOf(`${server}/http/cors.ts`, test('http/cors', 'cors'), [
    'every origin is allowed',
    'origin === undefined || !allowed.has(origin)',
    'origin === undefined',
  ]),
  ...mutantsOf(`${server}/steps/privilege.ts`, test('management/privileges', 'below level 1 neither grant'), [
    'no privilege is checked (G19)',
    'if (includes(principal.privilege, required)) return;',
    'return;',
  ]),
  ...mutantsOf(
    `${server}/audit/verify.ts`,
    test('audit/verify', 'the check of the audit'),
    ['a changed entry goes unseen (G23)', 'if (hashOf({ chain, seq, prev, ...rest }) !== hash)', 'if (hash === "")'],
    ['a missing entry goes unseen (G23)', 'if (seq !== (last?.seq ?? 0) + 1)', 'if (seq === 0)'],
    [
      'a head without our seal is taken (G23)',
      'else if (!isSealed(head, head.seal, keys))',
      'else if (head.seal === "" && keys)',
    ],
    [
      'an anchor that was lost goes unseen (G23)',
      'for (const seq of points.keys()) say(lost(chain, seq));',
      'for (const seq of points.keys()) lost(chain, seq);',
    ],
  ),
  ...mutantsOf(
    `${server}/resource/select.ts`,
    { file: 'packages/plugins/gym/test/gym.test.ts', title: 'wherever a search' },
    [
      'a search skips one row at each pause',
      'from: full ? (rows.at(-1)?.[0] as number) : reached,',
      'from: full ? (rows.at(-1)?.[0] as number) : reached + 1,',
    ],
  ),
];
