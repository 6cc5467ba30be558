/** Processes that take test files from one queue. A line is printed for each file that is done, and what failed in it. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from '../set-up.mjs';
import { endedBy, fork } from './processes.mjs';

const program = join(root, 'scripts/testing/run-files.mjs');

/** One more than processors, since tests also wait; each process takes some 700 MB. */
function workers() {
  return Number(process.env.TEST_WORKERS) || Math.min(3, availableParallelism() + 1);
}

/**
 * Runs groups of files, the first ones first, each in whichever process is free. The last process is started when what
 * runs in its place is settled. Resolves to the results by file.
 */
export async function runFiles(groups, options, env, inPlaceOfOne) {
  const queue = [...groups];
  const start = async (_, index) => {
    if (index === workers() - 1) await inPlaceOfOne;
    return endedBy() || queue.length === 0 ? [] : runSome(queue, options, env);
  };
  const results = await Promise.all(Array.from({ length: Math.min(workers(), queue.length) }, start));
  const left = endedBy() ? [] : queue.flat();
  return [...results.flat(), ...left.map((file) => failed(file, `${file} was not run.`))];
}

/** A process that ends before the queue does counts as one failure; the others go on. */
function runSome(queue, options, env) {
  const { 'node-option': flags } = JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8'));
  const child = fork(program, options, {
    cwd: root,
    execArgv: flags.map((flag) => `--${flag}`),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const results = [];
  let files = [];
  child.on('message', (message) => {
    if (message.asks) {
      files = queue.shift();
      // Where it is gone, its end tells.
      child.send({ files }, () => undefined);
    } else {
      results.push(message);
      print(message, output);
      output = '';
    }
  });
  return new Promise((resolve) => {
    child.once('error', () => undefined);
    child.once('close', (status, killed) => {
      process.stdout.write(output);
      const known = results.some(({ failures }) => failures.length > 0);
      const during = files?.join(', ') || 'its start';
      if (!endedBy() && files !== undefined)
        results.push(failed('a test process', `A test process ended with ${killed ?? status} in ${during}.`));
      else if (!endedBy() && status !== 0 && !known)
        results.push(failed('a test process', `A test process ended with ${killed ?? status} after its last test.`));
      resolve(results);
    });
  });
}

function failed(file, line) {
  return { file, ms: 0, passed: 0, skipped: [], failures: [{ text: `  ✘ ${line}`, line }], times: [] };
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
