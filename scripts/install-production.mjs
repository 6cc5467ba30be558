/**
 * Installs in the current folder, which holds the manifests of this repository, the packages that the server runs with:
 * those of the lock file that its workspaces depend on, and none that only developers need.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { neededPackages } from './needed-packages.mjs';

const workspaces = ['packages/server', 'packages/plugins'];
const record = 'node_modules/.package-lock.json';

npm(
  'ci',
  '--omit=dev',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  ...workspaces.map((path) => `--workspace=${path}`),
);
// The one package whose install script is run: it downloads its binary or, where it cannot, compiles it.
npm('rebuild', 'better-sqlite3', '--foreground-scripts');
removeUnneeded(JSON.parse(readFileSync(record, 'utf8')).packages);
removeBuildFiles('node_modules/better-sqlite3');

/** npm also installs optional peers of the server, such as the compiler, because the root of this repository has them. */
function removeUnneeded(packages) {
  const needed = neededPackages(packages, workspaces);
  for (const path of Object.keys(packages)) {
    if (path.includes('node_modules/') && !needed.has(path)) rmSync(path, { recursive: true, force: true });
  }
  // They name what is gone.
  for (const stale of [record, 'node_modules/.bin']) rmSync(stale, { recursive: true, force: true });
}

/** Only the binary is loaded; SQLite's source and the object files are three times its size. */
function removeBuildFiles(sqlite) {
  const build = join(sqlite, 'build');
  const keep = ['Release', 'better_sqlite3.node'];
  for (const folder of [build, join(build, 'Release')]) {
    for (const name of readdirSync(folder)) {
      if (!keep.includes(name)) rmSync(join(folder, name), { recursive: true });
    }
  }
  for (const sources of ['deps', 'src']) rmSync(join(sqlite, sources), { recursive: true, force: true });
}

function npm(...args) {
  const { status, error } = spawnSync('npm', args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(1);
}
