/** `npm test`: sets the clone up, then every check and every test. The last line is `N passed, N failed, N skipped`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from './set-up.mjs';

const modules = join(root, 'node_modules');
const typescript = join(modules, 'typescript/bin/tsc');
const biome = join(modules, '@biomejs/biome/bin/biome');
const tsx = ['--conditions=@palestra/source', '--import', 'tsx'];

const tests = ['test', 'packages/*/test', 'packages/plugins/*/test', 'examples/*/test'].map(
  (path) => `${path}/**/*.test.ts`,
);

const checks = {
  'generated files are fresh': () => node([...tsx, 'scripts/generate.ts', '--check']),
  'packages build': build,
  'types of tests and scripts hold': () => node([typescript, '-p', 'tsconfig.test.json']),
  'types of the docs page hold': () => node([typescript, '-p', 'packages/server/docs-page']),
  'style and lint': () => node([biome, 'check', '--error-on-warnings', '.']),
};

const total = { passed: 0, failed: 0, skipped: [] };
const ready = await install();
for (const [promise, holds] of Object.entries(ready ? checks : { 'packages are installed': () => false })) {
  const held = await holds();
  total[held ? 'passed' : 'failed'] += 1;
  console.log(`  ${held ? '✔' : '✘'} ${promise}`);
}
if (ready) add(await mocha(process.argv.slice(2)));

for (const title of total.skipped) console.log(`skipped: ${title}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** A run that ends badly without a failed test (it crashed, or found no test) counts as one failure. */
async function mocha(args) {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-test-'));
  const file = join(folder, 'report.json');
  try {
    const report = ['--reporter', join(root, 'scripts/mocha-report.mjs'), '--reporter-option', `file=${file}`];
    const chosen = args.some((arg) => arg.endsWith('.test.ts')) ? args : [...args, ...tests];
    const good = await node([join(modules, 'mocha/bin/mocha.js'), '--forbid-only', ...report, ...chosen]);
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return !good && result.failed === 0 ? { ...result, failed: 1 } : result;
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function add({ passed, failed, skipped }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped.push(...skipped);
}

/** Runs Node with our streams and resolves to whether it ended well. */
function node(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject).once('exit', (status) => resolve(status === 0));
  });
}
