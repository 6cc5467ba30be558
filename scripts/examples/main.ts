/**
 * `npm run examples`: runs tests, records what they send and are answered, and writes the best exchange of each operation
 * into `examples.json` beside the fragment that describes it. `npm run generate` then puts them into the contract.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OpenApiDocument } from '@palestra/core';
import type { OperationExample } from '@palestra/server/generate';
import { parse } from 'yaml';
import { composedFragments } from '../generated-files.js';
import { repository } from '../workspace.js';
import { chooseExamples, type Exchange } from './choose.js';

/** Between them they call every operation. */
const tests = [
  'test/authorization-matrix.test.ts',
  'test/personal-data.test.ts',
  'packages/server/test/recovery/*.test.ts',
  'packages/server/test/sessions/*.test.ts',
  'packages/server/test/identity/wechat.test.ts',
  'packages/server/test/identity/profile.test.ts',
  'packages/server/test/backup/*.test.ts',
  'packages/plugins/gym/test/*.test.ts',
  'packages/plugins/merchandise/test/*.test.ts',
  'packages/plugins/team/test/*.test.ts',
  ...['device', 'played', 'starball-api'].map((name) => `packages/plugins/stams/test/${name}.test.ts`),
  ...['purchase', 'record', 'refund', 'reconcile', 'notifications'].map(
    (name) => `packages/plugins/transaction/test/${name}.test.ts`,
  ),
];

const [recorded] = process.argv.slice(2);
const document: OpenApiDocument = parse(readFileSync(join(repository, 'openapi.yaml'), 'utf8'));
const chosen = chooseExamples(document, recorded === undefined ? record() : read(recorded));
for (const [path, ids] of composedFragments(repository)) {
  const own = [...chosen].filter(([key]) => ids.has(key.split(' ')[0] ?? ''));
  write(join(repository, dirname(path), 'examples.json'), Object.fromEntries(own));
}
console.log(`${chosen.size} examples. Now npm run format and npm run generate.`);

function record(): Exchange[] {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-examples-'));
  const traffic = join(folder, 'traffic.jsonl');
  const recorder = pathToFileURL(join(import.meta.dirname, 'record-traffic.mjs')).href;
  const env = {
    ...process.env,
    EXAMPLES_TRAFFIC: traffic,
    NODE_OPTIONS: `--import ${recorder}`,
    TEST_DATABASES: 'SQLite',
  };
  const mocha = join(repository, 'node_modules/mocha/bin/mocha.js');
  try {
    const { status } = spawnSync(process.execPath, [mocha, ...tests], { cwd: repository, env, stdio: 'inherit' });
    if (status !== 0) throw new Error('A test failed: what it sent is no example.');
    return read(traffic);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(file: string): Exchange[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Exchange);
}

/** An example of an operation that this run has not called stays. */
function write(file: string, examples: Readonly<Record<string, OperationExample>>): void {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, OperationExample>) : {};
  const all = { ...known, ...examples };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (Object.keys(sorted).length > 0) writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}
