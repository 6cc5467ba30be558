/** `npm run coverage`: how much of core and of the client their tests run, with the floors that hold. Writes coverage/. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './set-up.mjs';

/** Percent of lines and of branches. */
const floors = { core: { lines: 88, branches: 87 }, 'client-sdk': { lines: 85, branches: 80 } };

for (const [name, { lines, branches }] of Object.entries(floors)) {
  const c8 = [join(root, 'node_modules/c8/bin/c8.js'), '--check-coverage', '--lines', lines, '--branches', branches];
  const files = ['--all', '--src', `packages/${name}/src`, '--include', `packages/${name}/src/**/*.ts`];
  const without = ['--exclude', '**/*.generated.ts', '--exclude', '**/generated/**', '--exclude', '**/types.ts'];
  const reports = ['--functions', '0', '--statements', '0', '--reporter', 'text', '--reporter', 'html'];
  const output = ['--reports-dir', `coverage/${name}`, '--temp-directory', `coverage/${name}/tmp`];
  const mocha = [
    join(root, 'node_modules/mocha/bin/mocha.js'),
    '--reporter',
    'dot',
    `packages/${name}/test/**/*.test.ts`,
  ];
  const args = [...c8, ...files, ...without, ...reports, ...output, process.execPath, ...mocha].map(String);
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    // Without the tests of how long something takes.
    env: { ...process.env, TEST_LANE: 'crowded' },
  });
  if (status !== 0) process.exitCode = 1;
}
