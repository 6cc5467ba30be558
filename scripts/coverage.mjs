/** `npm run coverage [-- core | client-sdk]`: how much of core and of the client their tests run, with the floors that hold. Writes coverage/. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { root } from './set-up.mjs';

/** Percent of lines and of branches. */
const floors = { core: { lines: 94, branches: 93 }, 'client-sdk': { lines: 95, branches: 94 } };

const [only] = process.argv.slice(2);
for (const [name, floor] of Object.entries(floors)) {
  if (only === undefined || only === name) cover(name, floor);
}

function cover(name, { lines, branches }) {
  const sources = `packages/${name}/src`;
  const options = {
    'check-coverage': true,
    all: true,
    src: sources,
    include: `${sources}/**/*.ts`,
    exclude: ['**/*.generated.ts', '**/generated/**', ...withoutCode(sources)],
    lines,
    branches,
    functions: 0,
    statements: 0,
    reporter: ['text', 'html'],
    'reports-dir': `coverage/${name}`,
    'temp-directory': `coverage/${name}/tmp`,
  };
  const c8 = Object.entries(options).flatMap(([option, value]) => [value].flat().map((each) => `--${option}=${each}`));
  const mocha = [module('mocha/bin/mocha.js'), '--reporter', 'dot', 'scripts/testing/covered.mjs'];
  // Without the tests of how long something takes.
  const env = { ...process.env, TEST_LANE: 'crowded', TEST_FOLDER: join(root, `packages/${name}/test`) };
  const args = [module('c8/bin/c8.js'), ...c8, process.execPath, ...mocha];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exitCode = 1;
}

/** Files of types only: nothing of them ever runs. */
function withoutCode(folder) {
  const files = readdirSync(join(root, folder), { recursive: true }).filter((file) => file.endsWith('.ts'));
  return files
    .map((file) => `${folder}/${file}`)
    .filter((file) => {
      const { code } = transformSync(readFileSync(join(root, file), 'utf8'), { loader: 'ts' });
      return code.trim() === '';
    });
}

function module(path) {
  return join(root, 'node_modules', path);
}
