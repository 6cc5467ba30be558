/**
 * For every test: nothing is cut from a failure, which also shows the last requests that the test made; a rejection that
 * is not handled fails it, and so does a global that its file replaced and did not restore.
 */

import './memory-folder.js';
import { config } from 'chai';
import { exchanges } from '../../packages/server/src/testing/exchanges.js';

config.truncateThreshold = 0;

// Mocha passes such a rejection on to nobody, and the test that caused it would pass.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

/** What tests replace for a while; the files that run next in this process would use what was left. */
const replaceable: readonly (readonly [name: string, object: object, members: readonly string[]])[] = [
  [
    'globalThis',
    globalThis,
    ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Date', 'localStorage'],
  ],
  ['console', console, ['log', 'info', 'warn', 'error']],
  ['Date', Date, ['now']],
  ['Math', Math, ['random']],
  ['process', process, ['cwd', 'emitWarning', 'exit', 'kill']],
];
const current = (): Map<string, unknown> =>
  new Map(
    replaceable.flatMap(([name, object, members]) =>
      members.map((member) => [`${name}.${member}`, Reflect.get(object, member)] as const),
    ),
  );
let before: ReadonlyMap<string, unknown>;

export const mochaHooks = {
  beforeAll(): void {
    before = current();
  },
  afterAll(): void {
    const changed = [...current()].filter(([name, value]) => value !== before.get(name)).map(([name]) => name);
    if (changed.length > 0) throw new Error(`Restore what the tests replaced: ${changed.join(', ')}.`);
  },
  beforeEach(): void {
    exchanges.clear();
  },
  afterEach(this: Mocha.Context): void {
    const { state, err } = this.currentTest ?? {};
    const made = exchanges.list();
    if (state !== 'failed' || err === undefined || made.length === 0) return;
    err.stack = `${err.stack}\n    the last requests:\n${made.map((each) => `      ${each}`).join('\n')}`;
  },
};
