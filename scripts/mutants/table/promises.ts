/** Faults against the promises of docs/promises.md that no other table has: money, stock, visits, passwords, input, the log. */
import { type Killer, type Mutant, mutantsOf } from '../mutant.js';

const transaction = 'packages/plugins/transaction/src';
const database = 'packages/server/src/database';
const test =
  (folder: string) =>
  (name: string, title: string): Killer => ({ file: `${folder}/${name}.test.ts`, title });
const shop = test('packages/plugins/transaction/test');
const server = test('packages/server/test');
const password = test('packages/core/test/auth');

export const promiseFaults: readonly Mutant[] = [
  ...mutantsOf(`${transaction}/store.ts`, shop('races', 'records once under'), [
    'a purchase ends twice (G1)',
    ".where({ id: parameter('id'), state: 'pending' })\n        .update({ state: parameter('state')",
    ".where({ id: parameter('id') })\n        .update({ state: parameter('state')",
  ]),
  ...mutantsOf(`${transaction}/state/transitions.ts`, shop('simulation', 'violate no invariant'), [
    'a schedule in which stock is lost is not found (G2)',
    'if (stock_taken === 1) await merchandise.giveBack(merchandise_id, unit);',
    '',
  ]),
  ...mutantsOf('packages/plugins/merchandise/src/store.ts', shop('races', 'sells 50 items'), [
    'more is sold than there is (G6)',
    "      .where('stock', '>', 0)\n",
    '',
  ]),
  ...mutantsOf('packages/plugins/merchandise/src/store.ts', shop('sale', 'is taken from its stock'), [
    'a stock that was not limited stays so (G6)',
    'if (row?.stock === null) return { terms: toTerms(row), taken: true };',
    'if (row) return { terms: toTerms(row), taken: true };',
  ]),
  ...mutantsOf(`${transaction}/store.ts`, shop('races', 'to 100 visits'), [
    'a visit is not counted (I1)',
    "visits: knex.raw('visits + 1'),",
    '',
  ]),
  ...mutantsOf(`${transaction}/visit/at-once.ts`, shop('races', 'to 100 visits'), [
    'a record that is not as it was read admits all the same (G5)',
    'if (error instanceof RecordChanged ||',
    'if (',
  ]),
  ...mutantsOf(`${transaction}/state/transitions.ts`, shop('simulation', 'violate no invariant'), [
    'the history of a purchase has gaps (I4)',
    'history.add({ record: record.id, from, to, now: clock.now() }, unit);',
    '',
  ]),
  ...mutantsOf(`${database}/sqlite-connection.ts`, server('database/statement', 'concurrent decrements of 20'), [
    'a change that met no row counts as done (G7)',
    'affected: changes,',
    'affected: 1,',
  ]),
  ...mutantsOf(`${database}/errors.ts`, server('database/errors', 'knows numbers, codes'), [
    'a unit on a node that left its cluster fails at once (G8)',
    "  1047: 'retry',",
    "  1047: 'other',",
  ]),
  ...mutantsOf(`${database}/sqlite.ts`, server('database/connect', 'synchronous=FULL'), [
    'SQLite runs without the fsync of each COMMIT (G11)',
    "handle.pragma('synchronous = FULL');",
    "handle.pragma('synchronous = NORMAL');",
  ]),
  ...mutantsOf(`${database}/turn.ts`, server('database/shared-commit', 'where the process is killed'), [
    'a write is answered that a kill can take back (G12, I3)',
    'this.#finish();\n    await batch.committed;',
    'this.#finish();\n    void batch.committed;',
  ]),
  ...mutantsOf(
    'packages/core/src/auth/passwords.ts',
    password('passwords', 'cost as much for a name that no account has'),
    [
      'time tells who exists (G15)',
      'if (!isPlausible(password)) return refused;',
      'if (!isPlausible(password) || stored == null) return refused;',
    ],
  ),
  ...mutantsOf('packages/core/src/auth/passwords.ts', password('passwords', 'hashed at most so many at once'), [
    'sign-ins take every thread (G17)',
    'await gated.run(() => checkHash({ ...hashing, password, stored: against, rounds }), share)',
    'await checkHash({ ...hashing, password, stored: against, rounds })',
  ]),
  ...mutantsOf(
    'packages/core/src/auth/passwords.ts',
    server('identity/import', 'lets everybody in by the old password'),
    [
      'a hash of an older system is kept as it is (G18)',
      'legacy.stored ?? gated.run(() => wrapHash(legacy, hashing))',
      'legacy.stored ?? JSON.stringify(legacy)',
    ],
  ),
  ...mutantsOf(
    'packages/server/src/steps/failures.ts',
    server('http/requests', 'shows neither a credential nor a token'),
    [
      'the log shows a token of the query (G22)',
      'path: withoutEmails(ctx.path)',
      "path: withoutEmails(ctx.req.url ?? '')",
    ],
  ),
  ...mutantsOf('packages/server/src/management/collections.ts', test('test')('fuzz/fuzz', 'find no 5xx'), [
    'an answer does not fit its schema (G20)',
    'count: await countOf(name),',
    'count: String(await countOf(name)),',
  ]),
];
