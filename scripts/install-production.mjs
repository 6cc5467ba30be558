/**
 * Installs in the current folder, which holds the manifests of this repository, the packages that the server runs with:
 * those of the lock file, without what only developers need.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const workspaces = ['packages/server', 'packages/plugins'].map((folder) => `--workspace=${folder}`);
const sqlite = 'node_modules/better-sqlite3';

npm('ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...workspaces);
// The one package whose install script is run: it downloads its binary or, where it cannot, compiles it.
npm('rebuild', 'better-sqlite3', '--foreground-scripts');
removeDeveloperPackages();
removeBuildFiles();

/** Optional peers of the server, such as the compiler: npm installs them because the root depends on them too. */
function removeDeveloperPackages() {
  const record = 'node_modules/.package-lock.json';
  const { packages } = JSON.parse(readFileSync(record, 'utf8'));
  for (const [path, { devOptional }] of Object.entries(packages)) {
    if (devOptional) rmSync(path, { recursive: true, force: true });
  }
  // They named the commands of packages that are gone, and packages that are.
  for (const stale of [record, 'node_modules/.bin']) rmSync(stale, { recursive: true, force: true });
}

/** Of better-sqlite3 only the binary is loaded; SQLite's source and the object files are three times its size. */
function removeBuildFiles() {
  const build = join(sqlite, 'build');
  const keep = ['Release', 'better_sqlite3.node'];
  for (const folder of [build, join(build, 'Release')]) {
    for (const name of readdirSync(folder)) {
      if (!keep.includes(name)) rmSync(join(folder, name), { recursive: true });
    }
  }
  for (const sources of ['deps', 'src']) rmSync(join(sqlite, sources), { recursive: true });
}

function npm(...args) {
  const { status, error } = spawnSync('npm', args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(1);
}
