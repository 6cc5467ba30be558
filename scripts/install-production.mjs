/**
 * Installs in the current folder, which holds the manifests of this repository, the packages that the server runs with:
 * those of the lock file that its workspaces depend on, and none that only developers need.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';

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
  const needed = new Set();
  for (const [path, { link, resolved }] of Object.entries(packages)) {
    if (link && workspaces.some((folder) => resolved.startsWith(folder))) need(path);
  }
  for (const path of Object.keys(packages)) {
    if (path.includes('node_modules/') && !needed.has(path)) rmSync(path, { recursive: true, force: true });
  }
  // They name what is gone.
  for (const stale of [record, 'node_modules/.bin']) rmSync(stale, { recursive: true, force: true });

  function need(path) {
    if (needed.has(path)) return;
    needed.add(path);
    const entry = packages[path];
    if (entry.link) return need(entry.resolved);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = entry;
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta[name]?.optional);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = resolve(path, name);
      if (found !== undefined) need(found);
    }
  }

  /** As Node does: in the package's own folder, then in each one above. */
  function resolve(from, name) {
    for (let folder = from; ; folder = posix.dirname(folder)) {
      const path = posix.join(folder, 'node_modules', name);
      if (path in packages) return path;
      if (folder === '.') return undefined;
    }
  }
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
