/**
 * `npm run mutants [-- PART…]`: puts each fault of the table into a copy of the sources and runs the test that must fail
 * by it. PART chooses by path, fault or test. The last line is `N killed, N survived`; a test that fails without a fault is named, and its faults are not tried.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyClone } from '../copy-clone.js';
import { type Mutant, mutated } from './mutant.js';
import { runTest } from './run-test.js';
import { mutants } from './table/index.js';

const parts = process.argv.slice(2);
const chosen = mutants.filter(({ file, fault, killedBy }) =>
  parts.every((part) => [file, fault, killedBy.file, killedBy.title].some((text) => text.includes(part))),
);
const folder = mkdtempSync(join(tmpdir(), 'palestra-mutants-'));
const survivors: string[] = [];
/** Why a test file can kill nothing. */
const unsound = new Map<string, string>();
try {
  const copies = Array.from({ length: Math.min(2, availableParallelism(), chosen.length) }, (_, index) => {
    const copy = join(folder, String(index));
    mkdirSync(copy);
    copyClone(copy);
    return copy;
  });
  await inTurn(copies, [...titlesByFile()], assertSound);
  await inTurn(
    copies,
    chosen.filter(({ killedBy }) => !unsound.has(killedBy.file)),
    tryMutant,
  );
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 1_000 });
}
for (const survivor of survivors) console.log(`survived: ${survivor}`);
for (const [file, why] of unsound) console.log(`${file} ${why}`);
const untried = chosen.filter(({ killedBy }) => unsound.has(killedBy.file)).length;
const killed = chosen.length - survivors.length - untried;
console.log(`${killed} killed, ${survivors.length} survived${untried > 0 ? `, ${untried} not tried` : ''}`);
process.exitCode = killed === chosen.length ? 0 : 1;

/** Every copy takes the next piece of work when it has done one; ends when all have, also after a failure. */
async function inTurn<Work>(
  copies: readonly string[],
  work: readonly Work[],
  act: (copy: string, each: Work) => Promise<void>,
): Promise<void> {
  const left = [...work];
  const ended = await Promise.allSettled(
    copies.map(async (copy) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await act(copy, next);
    }),
  );
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

function titlesByFile(): Map<string, string[]> {
  const titles = new Map<string, string[]>();
  for (const { killedBy } of chosen) {
    const known = titles.get(killedBy.file) ?? [];
    titles.set(killedBy.file, known.includes(killedBy.title) ? known : [...known, killedBy.title]);
  }
  return titles;
}

/** Without a mutant each test must be there and pass: else it would kill any. */
async function assertSound(copy: string, [file, titles]: [string, string[]]): Promise<void> {
  const { passed, failed, output } = await runTest(copy, file, titles);
  const missing = titles.filter((title) => !passed.some((full) => full.includes(title)));
  if (failed.length > 0) unsound.set(file, `fails without a mutant: ${failed.join('; ')}`);
  else if (missing.length > 0) unsound.set(file, `has no such test: ${missing.join('; ')}\n${output}`);
}

async function tryMutant(copy: string, mutant: Mutant): Promise<void> {
  const { file, fault, killedBy } = mutant;
  const path = join(copy, file);
  const source = readFileSync(path);
  writeFileSync(path, mutated(mutant, copy));
  const { failed } = await runTest(copy, killedBy.file, [killedBy.title]);
  writeFileSync(path, source);
  if (failed.length === 0) survivors.push(`${file}: ${fault}`);
  console.log(`  ${failed.length > 0 ? '✔' : '✘'} ${fault} (${file})`);
}
