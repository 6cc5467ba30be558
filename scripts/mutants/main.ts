/**
 * `npm run mutants [-- PART…]`: puts each fault of the table into a copy of the sources and runs the test that must fail
 * by it. PART chooses by path, fault or test. The last line is `N killed, N survived`.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyClone } from '../copy-clone.js';
import { repository } from '../workspace.js';
import { type Killer, type Mutant, mutated } from './mutant.js';
import { mutants } from './table/index.js';

interface Outcome {
  readonly tests: number;
  readonly failed: number;
  readonly output: string;
}

const parts = process.argv.slice(2);
const chosen = mutants.filter((mutant) =>
  parts.every((part) =>
    [mutant.file, mutant.fault, ...Object.values(mutant.killedBy)].some((text) => text.includes(part)),
  ),
);
const folder = mkdtempSync(join(tmpdir(), 'palestra-mutants-'));
const workers = Math.min(2, availableParallelism(), chosen.length);
const survivors: string[] = [];
try {
  const copies = Array.from({ length: workers }, (_, index) => join(folder, String(index)));
  for (const copy of copies) {
    mkdirSync(copy);
    copyClone(copy);
  }
  await assertSound(copies);
  const left = [...chosen];
  await Promise.all(copies.map((copy) => work(copy, left)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const survivor of survivors) console.log(`survived: ${survivor}`);
console.log(`${chosen.length - survivors.length} killed, ${survivors.length} survived`);
process.exitCode = survivors.length === 0 ? 0 : 1;

/** Each test must pass without a mutant: else it would kill any. */
async function assertSound(copies: readonly string[]): Promise<void> {
  const titles = new Map<string, Set<string>>();
  for (const { killedBy } of chosen)
    titles.set(killedBy.file, (titles.get(killedBy.file) ?? new Set()).add(killedBy.title));
  const left = [...titles];
  await Promise.all(
    copies.map(async (copy) => {
      for (let next = left.pop(); next; next = left.pop()) {
        const [file, wanted] = next;
        for (const title of wanted) {
          const { tests, failed, output } = await runTest(copy, { file, title });
          if (tests === 0) throw new Error(`${file} has no test whose title has ${JSON.stringify(title)}.\n${output}`);
          if (failed > 0) throw new Error(`${file} fails without a mutant: ${title}\n${output}`);
        }
      }
    }),
  );
}

async function work(copy: string, left: Mutant[]): Promise<void> {
  for (let mutant = left.shift(); mutant; mutant = left.shift()) {
    const path = join(copy, mutant.file);
    const source = readFileSync(path);
    writeFileSync(path, mutated(mutant, copy));
    const { failed } = await runTest(copy, mutant.killedBy);
    writeFileSync(path, source);
    if (failed === 0) survivors.push(`${mutant.file}: ${mutant.fault}`);
    console.log(`  ${failed > 0 ? '✔' : '✘'} ${mutant.fault} (${mutant.file})`);
  }
}

/** A process that does not end counts as failed, as does one that crashes. */
function runTest(copy: string, { file, title }: Killer): Promise<Outcome> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${report}`];
  const args = [
    join(repository, 'node_modules/mocha/bin/mocha.js'),
    ...reporter,
    '--bail',
    '--exit',
    file,
    '--fgrep',
    title,
  ];
  const env = { ...process.env, PALESTRA_TEST_DATABASES: 'SQLite', REQUIRE_ALL: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: copy, env, timeout: 180_000, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`;
      try {
        const { stats } = JSON.parse(readFileSync(report, 'utf8'));
        resolve({ tests: stats.tests, failed: stats.failures, output });
      } catch {
        resolve({ tests: error ? 1 : 0, failed: error ? 1 : 0, output });
      }
    });
  });
}
