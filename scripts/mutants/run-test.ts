/** Runs chosen tests of one file in a copy of the repository. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Killer } from './mutant.js';

export interface Outcome {
  readonly passed: readonly string[];
  /** What failed, a process that crashed or did not end included. */
  readonly failed: readonly string[];
  readonly output: string;
}

interface Reported {
  readonly fullTitle: string;
  readonly err?: { readonly message?: string };
}

const mocha = 'node_modules/mocha/bin/mocha.js';
const timeoutMs = 300_000;

/** Those whose full title has one of `titles`, on one database. */
export function runTest(
  copy: string,
  { file, database = 'SQLite' }: Omit<Killer, 'title'>,
  titles: readonly string[],
): Promise<Outcome> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const pattern = titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${report}`];
  const args = [mocha, ...reporter, '--exit', '--timeout', '120000', file, '--grep', pattern];
  const env = { ...process.env, TEST_DATABASES: database, REQUIRE_ALL: '' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: copy, env, timeout: timeoutMs, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        const output = `${stdout}\n${stderr}`;
        try {
          const { passes, failures } = JSON.parse(readFileSync(report, 'utf8'));
          resolve({
            passed: passes.map(({ fullTitle }: Reported) => fullTitle),
            failed: failures.map(({ fullTitle, err }: Reported) => `${fullTitle}: ${err?.message}`),
            output,
          });
        } catch {
          resolve({ passed: [], failed: error ? ['the process'] : [], output });
        }
      },
    );
  });
}
