/**
 * Files in which a test failed, run once more by themselves: other processes on a busy machine may make a test fail.
 * What passes then counts as passed, and is listed as `unsteady`: a test, or the code, to be mended.
 */
import { resolve } from 'node:path';
import { root } from '../set-up.mjs';
import { endedBy } from './processes.mjs';

/** More than so many files fail for a reason. */
const maxFiles = 3;

/** `runAlone` runs one group of files. Resolves to all results, with those of the second run in place of the first. */
export async function runFailedAgain(results, groups, runAlone) {
  // What could not be loaded, or was not run, is no failed test.
  const failed = results.filter(({ failures }) => failures.some(({ title }) => title !== undefined));
  const again = groups.filter((files) => failed.some(isOf(files)));
  if (failed.length === 0 || failed.length > maxFiles || endedBy()) return results;
  console.log('\nOnce more, by themselves:');
  let all = results;
  for (const files of again) {
    const isOfThese = isOf(files);
    const first = all.filter(isOfThese);
    const second = await runAlone(files);
    if (endedBy()) return all;
    markUnsteady(first, second);
    all = [...all.filter((result) => !isOfThese(result)), ...second];
  }
  return all;
}

/** What failed in the first run only. */
function markUnsteady(first, second) {
  const still = new Set(second.flatMap(({ failures }) => failures.map(({ title }) => title)));
  const unsteady = first.flatMap(({ failures }) => failures.filter(({ title }) => !still.has(title)));
  const [result] = second;
  if (result) result.unsteady = unsteady.map(({ line }) => line);
}

/** A result's file is below the root, one that was chosen may be named from elsewhere. */
function isOf(files) {
  const paths = new Set(files.map((file) => resolve(root, file)));
  return ({ file }) => paths.has(resolve(root, file));
}
