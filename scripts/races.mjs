/** `npm run test:races [-- --seed 7 [file…]]`: the long forms of races, faults and simulations, repeatable by seed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './set-up.mjs';

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 1_000_000)) } },
  allowPositionals: true,
});
const folder = 'packages/plugins/transaction/test';
const long = ['races', 'lost-replies', 'faults', 'kills', 'wechat', 'notifications', 'guard', 'simulation'];
const client = ['session-model', 'properties'].map((name) => `packages/client-sdk/test/${name}.test.ts`);
const files = positionals.length > 0 ? positionals : [...long.map((name) => `${folder}/${name}.test.ts`), ...client];

console.log(`seed ${values.seed}`);
const child = spawn(process.execPath, [join(root, 'node_modules/mocha/bin/mocha.js'), '--forbid-only', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PALESTRA_TEST_LONG: 'on', PALESTRA_TEST_SEED: values.seed },
});
child.on('exit', (status) => {
  process.exitCode = status ?? 1;
});
