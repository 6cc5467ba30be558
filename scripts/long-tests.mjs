/**
 * The long forms of tests, repeatable by seed: `npm run test:races`, `npm run test:faults` and `npm run test:cluster
 * [-- --seed 7 [file…]]`. Faults: databases that fall silent, clocks that jump, processes that are killed.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './set-up.mjs';

const transaction = 'packages/plugins/transaction/test';
const database = 'packages/server/test/database';
const client = 'packages/client-sdk/test';
const testsIn = (folder, names) => names.map((name) => `${folder}/${name}.test.ts`);
const sets = {
  races: [
    ...testsIn(transaction, [
      'races',
      'lost-replies',
      'faults',
      'kills',
      'wechat',
      'notifications',
      'guard',
      'simulation',
    ]),
    ...testsIn(client, ['session-model', 'properties']),
  ],
  faults: [
    ...testsIn(database, ['silence']),
    ...testsIn('packages/server/test/host', ['silent-database']),
    ...testsIn('packages/server/test/import', ['killed']),
    'test/idempotent-writes.test.ts',
    'test/collections-killed.test.ts',
    'examples/firmware-c/test/firmware.test.ts',
  ],
  cluster: ['test/cluster/cluster.test.ts'],
};

const [set, ...args] = process.argv.slice(2);
const { values, positionals } = parseArgs({
  args,
  options: { seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 1_000_000)) } },
  allowPositionals: true,
});
const files = positionals.length > 0 ? positionals : (sets[set] ?? []);

console.log(`seed ${values.seed}`);
const child = spawn(process.execPath, [join(root, 'node_modules/mocha/bin/mocha.js'), '--forbid-only', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PALESTRA_TEST_LONG: 'on', PALESTRA_TEST_SEED: values.seed },
});
child.on('exit', (status) => {
  process.exitCode = status ?? 1;
});
