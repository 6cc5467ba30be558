/** Which test files run, and in which worker: each worker gets about the same seconds, the longest files first. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from '../set-up.mjs';

/** Seconds of the files that take longer than one, written by `npm test -- --record-times`. */
export const timesFile = join(root, 'scripts/testing/times.json');

/** Has tests that measure time, and run when nothing else does. */
const isTimed = (file) => readFileSync(resolve(root, file), 'utf8').includes('itTimed(');

export function allTests() {
  return ['test', 'packages', 'examples'].flatMap(filesIn).filter((file) => /(^|\/)test\/.*\.test\.ts$/.test(file));
}

function filesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'src', 'assets'].includes(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

/** Test files below these stay in one worker: what they share is made once a process. */
const together = ['examples/pwa/test/'];

/** `shares` run at the same time, `timed` tests afterwards. */
export function plan(files) {
  const times = JSON.parse(readFileSync(timesFile, 'utf8'));
  const secondsOf = (group) => group.reduce((sum, file) => sum + (times[file] ?? 0.5), 0);
  const workers = Number(process.env.TEST_WORKERS) || Math.min(2, availableParallelism());
  const shares = Array.from({ length: workers }, () => ({ files: [], seconds: 0 }));
  for (const group of groupsOf(files).sort((a, b) => secondsOf(b) - secondsOf(a))) {
    const share = shares.reduce((least, each) => (each.seconds < least.seconds ? each : least));
    share.files.push(...group);
    share.seconds += secondsOf(group);
  }
  const filled = shares.map((share) => share.files).filter((share) => share.length > 0);
  return { shares: filled, timed: files.filter(isTimed) };
}

function groupsOf(files) {
  const groups = new Map();
  for (const file of files) {
    const key = together.find((folder) => file.startsWith(folder)) ?? file;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}
