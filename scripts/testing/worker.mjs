/** One mocha process over some files. It prints a line for each file that is done, and what failed in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set-up.mjs';
import { endedBy, fork } from './processes.mjs';

const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const reporter = join(root, 'scripts/testing/report.mjs');

/** Resolves to the results by file. A process that ends without having told its end counts as one failure. */
export function runFiles(files, options, env) {
  const { 'node-option': flags, timeout, require = [] } = JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8'));
  const args = ['--no-config', '--extension', 'ts', '--timeout', String(timeout), '--forbid-only'];
  const required = require.flatMap((file) => ['--require', file]);
  const child = fork(mocha, [...args, ...required, '--reporter', reporter, ...options, ...files], {
    cwd: root,
    execArgv: flags.map((flag) => `--${flag}`),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const results = [];
  let ended = false;
  child.on('message', (message) => {
    if (message.end) ended = true;
    else {
      results.push(message);
      print(message, output);
      output = '';
    }
  });
  return new Promise((resolve) => {
    child.once('error', () => undefined);
    child.once('close', (status, killed) => {
      process.stdout.write(output);
      const failed = results.some(({ failures }) => failures.length > 0);
      if (!endedBy() && (!ended || (status !== 0 && !failed))) {
        const line = `A test process ended with ${killed ?? status} after ${results.at(-1)?.file ?? 'no file'}.`;
        const failures = [{ text: `  ✘ ${line}`, line }];
        results.push({ file: 'a test process', ms: 0, passed: 0, skipped: [], failures, times: [] });
      }
      resolve(results);
    });
  });
}

function print({ file, ms, passed, skipped, failures }, output) {
  const counts = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ];
  console.log(`  ${failures.length > 0 ? '✘' : '✔'} ${file}: ${counts.join(', ')} (${(ms / 1000).toFixed(1)} s)`);
  if (output.trim() !== '') process.stdout.write(output);
  for (const { text } of failures) console.log(`\n${text}\n`);
}
