/** Which test files run, and in which order: the longest first, so that no process is left with one at the end. */
import { readdirSync, readFileSync } from 'node:fs';
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

/** Test files below these stay together: what they share ends with the last of them. */
const together = ['examples/pwa/test/'];

/** `groups` run at the same time, `timed` tests afterwards. */
export function plan(files) {
  const times = JSON.parse(readFileSync(timesFile, 'utf8'));
  const secondsOf = (group) => group.reduce((sum, file) => sum + (times[file] ?? 0.5), 0);
  const groups = groupsOf(files).sort((a, b) => secondsOf(b) - secondsOf(a));
  return { groups, timed: files.filter(isTimed) };
}

function groupsOf(files) {
  const groups = new Map();
  for (const file of files) {
    const key = together.find((folder) => file.startsWith(folder)) ?? file;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}
