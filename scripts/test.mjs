/** `npm test`: sets the clone up, then every check and every test. The last line is `N passed, N failed, N skipped`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, compiler, install, root } from './set-up.mjs';
import { allTests, plan, timesFile } from './testing/plan.mjs';
import { endBySignals, endedBy, spawn } from './testing/processes.mjs';
import { runFailedAgain } from './testing/second-run.mjs';
import { runFiles } from './testing/worker.mjs';

const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
const tsx = ['--conditions=@palestra/source', '--import', 'tsx'];

/** What was found is kept, so that the next run checks only what has changed. */
const types = ['--incremental', '--tsBuildInfoFile', join(root, 'node_modules/.cache/palestra/tests.tsbuildinfo')];
/** Before all else, since tests and types of tests need it. */
const builds = async () => ({ held: await build({ start: spawn }) });
/** Beside the tests, one after another, in place of one of their processes. */
const checks = {
  'generated files are fresh': () => node([...tsx, 'scripts/generate.ts', '--check']),
  'types of tests and scripts hold': () => node([compiler, '-p', 'tsconfig.test.json', ...types]),
  'types of the docs page hold': () => node([compiler, '-p', 'packages/server/docs-page']),
  'style and lint': () => node([biome, 'check', '--error-on-warnings', '.']),
};

endBySignals();
const began = performance.now();
const args = process.argv.slice(2);
/** Says that what is checked and built before the tests is left out. */
const withoutChecks = '--without-checks';
const recordTimes = '--record-times';
const ours = [withoutChecks, recordTimes];
const total = { passed: 0, failures: [], unsteady: [], skipped: [] };

if (await holds('packages are installed', async () => ({ held: await install({ start: spawn }) }))) {
  const checked = !args.includes(withoutChecks);
  if (checked) await holds('packages build', builds);
  const checking = checked ? checkAll() : undefined;
  await runTests(checking);
  await checking;
}
if (endedBy()) total.failures.push({ line: `The run was ended by ${endedBy()}.` });
for (const title of total.skipped) console.log(`skipped: ${title}`);
for (const { text } of total.failures) if (text) console.log(`\n${text}`);
for (const line of total.unsteady) console.log(`unsteady, passed when run again: ${line}`);
// Once more, in brief: of a long log, the end is what people see.
for (const { line } of total.failures) console.log(`failed: ${line}`);
console.log(`\n${Math.round((performance.now() - began) / 1000)} s`);
console.log(`${total.passed} passed, ${total.failures.length} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failures.length === 0 ? 0 : 1;

async function checkAll() {
  for (const [promise, check] of Object.entries(checks)) await holds(promise, check);
}

async function holds(promise, check) {
  if (endedBy()) return false;
  const { held, output = '' } = await check();
  if (endedBy()) return false;
  if (held) total.passed += 1;
  else total.failures.push({ text: output, line: `${promise}: see above` });
  console.log(`  ${held ? '✔' : '✘'} ${promise}`);
  if (!held) process.stdout.write(output);
  return held;
}

/** Paths of test files choose; every other argument is mocha's. Until `checking` is settled there is one process less. */
async function runTests(checking) {
  if (endedBy()) return;
  const chosen = args.filter((arg) => arg.endsWith('.test.ts'));
  const options = args.filter((arg) => !arg.endsWith('.test.ts') && !ours.includes(arg));
  const { groups, timed } = plan(chosen.length > 0 ? chosen : allTests());
  const shared = mkdtempSync(join(tmpdir(), 'palestra-run-'));
  // Built a moment ago: no test compiles again, and each package is packed once.
  const env = { ...process.env, TEST_RUN_FOLDER: shared };
  const run = async (queue, lane, more = []) => {
    const runThese = (files) => runFiles(files, [...options, ...more], { ...env, TEST_LANE: lane }, checking);
    return runFailedAgain(await runThese(queue), queue, (files) => runThese([files]));
  };
  try {
    // Mocha takes one choice by name: where there is one, timed tests run with the others.
    const named = options.some((option) => /^(-g|-f|--f?grep)/.test(option));
    const lane = named ? 'alone' : 'crowded';
    const results = await run(groups, lane);
    await checking;
    if (!named && timed.length > 0 && !endedBy()) {
      results.push(...(await run([timed], 'alone', ['--fgrep', '(timed)'])));
    }
    for (const { passed, failures, unsteady = [], skipped } of results) {
      total.passed += passed;
      total.failures.push(...failures);
      total.unsteady.push(...unsteady);
      total.skipped.push(...skipped);
    }
    if (endedBy()) return;
    if (results.every(({ passed, skipped }) => passed + skipped.length === 0))
      total.failures.push({ line: 'No test ran.' });
    report(results);
  } finally {
    rmSync(shared, { recursive: true, force: true });
  }
}

function report(results) {
  const slowest = results.flatMap(({ times }) => times).sort(([, a], [, b]) => b - a);
  console.log('\nThe ten slowest tests:');
  for (const [title, ms] of slowest.slice(0, 10)) console.log(`  ${(ms / 1000).toFixed(1)} s  ${title}`);
  if (!args.includes(recordTimes)) return;
  const sums = new Map();
  for (const { file, ms } of results) sums.set(file, (sums.get(file) ?? 0) + ms / 1000);
  const seconds = [...sums].map(([file, sum]) => [file, Math.round(sum)]).filter(([, sum]) => sum > 1);
  writeFileSync(timesFile, `${JSON.stringify(Object.fromEntries(seconds.sort()), null, 2)}\n`);
}

/** Runs Node, and resolves to whether it ended well and to what it printed. */
function node(args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, [process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR']: '1' };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject).once('close', (status) => resolve({ held: status === 0, output }));
  });
}
