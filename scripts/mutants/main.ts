/**
 * `npm run mutants [-- PART…]`: puts each fault of the table into a copy of the sources and runs the test that must fail
 * by it. PART chooses by path, fault or test. The last line is `N killed, N survived`; a test that fails without a fault is named, and its faults are not tried.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyClone } from '../copy-clone.js';
import { type Killer, type Mutant, mutated } from './mutant.js';
import { runTest } from './run-test.js';
import { mutants } from './table/index.js';

const parts = process.argv.slice(2);
const chosen = mutants.filter(({ file, fault, killedBy }) =>
  parts.every((part) => [file, fault, killedBy.file, killedBy.title].some((text) => text.includes(part))),
);
const folder = mkdtempSync(join(tmpdir(), 'palestra-mutants-'));
const survivors: string[] = [];
/** Why a test file on its database can kill nothing. */
const unsound = new Map<string, string>();
try {
  const copies = Array.from({ length: Math.min(2, availableParallelism(), chosen.length) }, (_, index) => {
    const copy = join(folder, String(index));
    mkdirSync(copy);
    copyClone(copy);
    return copy;
  });
  await inTurn(copies, suites(), assertSound);
  await inTurn(
    copies,
    chosen.filter(({ killedBy }) => !unsound.has(nameOf(killedBy))),
    tryMutant,
  );
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 1_000 });
}
for (const survivor of survivors) console.log(`survived: ${survivor}`);
for (const [suite, why] of unsound) console.log(`${suite} ${why}`);
const untried = chosen.filter(({ killedBy }) => unsound.has(nameOf(killedBy))).length;
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

interface Suite extends Omit<Killer, 'title'> {
  readonly titles: Set<string>;
}

function suites(): Suite[] {
  const byName = new Map<string, Suite>();
  for (const { killedBy } of chosen) {
    const { title, ...where } = killedBy;
    const suite = byName.get(nameOf(killedBy)) ?? { ...where, titles: new Set() };
    byName.set(nameOf(killedBy), suite);
    suite.titles.add(title);
  }
  return [...byName.values()];
}

function nameOf({ file, database }: Omit<Killer, 'title'>): string {
  return database ? `${file} on ${database}` : file;
}

/** Without a mutant each test must be there and pass: else it would kill any. */
async function assertSound(copy: string, suite: Suite): Promise<void> {
  const titles = [...suite.titles];
  const { passed, failed, output } = await runTest(copy, suite, titles);
  const missing = titles.filter((title) => !passed.some((full) => full.includes(title)));
  if (failed.length > 0) unsound.set(nameOf(suite), `fails without a mutant: ${failed.join('; ')}`);
  else if (missing.length > 0) unsound.set(nameOf(suite), `has no such test: ${missing.join('; ')}\n${output}`);
}

async function tryMutant(copy: string, mutant: Mutant): Promise<void> {
  const { file, fault, killedBy } = mutant;
  const path = join(copy, file);
  const source = readFileSync(path);
  writeFileSync(path, mutated(mutant, copy));
  const { failed } = await runTest(copy, killedBy, [killedBy.title]);
  writeFileSync(path, source);
  if (failed.length === 0) survivors.push(`${file}: ${fault}`);
  console.log(`  ${failed.length > 0 ? '✔' : '✘'} ${fault} (${file})`);
}
