/** Packages as they would be published: packed into tarballs, and unpacked where another project looks for them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { compiler } from './set-up.mjs';
import { manifestOf, packages, repository } from './workspace.js';

/** Of a run of `npm test`, which has built everything: what its workers share. */
const shared = process.env.TEST_RUN_FOLDER;

/** Compiles what has changed below the folders that are named, or everything; takes options of `tsc -b` too. */
export function compile(...args: readonly string[]): void {
  if (shared !== undefined) return;
  for (const command of [[compiler, '-b', ...args], ['scripts/build-packages.mjs']]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: repository, encoding: 'utf8' });
    if (status !== 0) throw new Error(stdout + stderr);
  }
}

/** As `pack`, but all packages together and once in a run of `npm test`, which has built what their scripts build. */
export function packForTests(names: readonly string[], folder: string): ReadonlyMap<string, string> {
  if (shared === undefined) return pack(names, folder);
  const done = join(shared, 'packs');
  if (!existsSync(done)) {
    const making = mkdtempSync(join(shared, 'packing-'));
    pack(packageNames(), making, ['--ignore-scripts']);
    try {
      renameSync(making, done);
    } catch (error) {
      // Another worker was there first.
      if (!existsSync(done)) throw error;
    }
  }
  return tarballsIn(done, names);
}

function packageNames(): string[] {
  return packages(repository).map((folder) => manifestOf(repository, folder).name ?? folder);
}

/** Packs the built packages of these names into `folder`; the file of each. */
export function pack(
  names: readonly string[],
  folder: string,
  options: readonly string[] = [],
): ReadonlyMap<string, string> {
  mkdirSync(folder, { recursive: true });
  const workspaces = names.flatMap((name) => ['--workspace', name]);
  execFileSync('npm', ['pack', '--silent', ...options, ...workspaces, '--pack-destination', folder], {
    cwd: repository,
    stdio: 'pipe',
  });
  return tarballsIn(folder, names);
}

function tarballsIn(folder: string, names: readonly string[]): ReadonlyMap<string, string> {
  const files = readdirSync(folder);
  return new Map(
    names.map((name) => {
      const file = fileOf(name, files);
      if (file === undefined) throw new Error(`${name} was not packed.`);
      return [name, join(folder, file)];
    }),
  );
}

/** Puts each tarball under `node_modules` of `project`, and nothing beside them: no dependency of theirs. */
export function unpack(tarballs: ReadonlyMap<string, string>, project: string): void {
  for (const [name, tarball] of tarballs) {
    const target = join(project, 'node_modules', name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  }
}

/** `@palestra/client` is packed as `palestra-client-<version>.tgz`. */
function fileOf(name: string, files: readonly string[]): string | undefined {
  const prefix = `${name.replace('@', '').replace('/', '-')}-`;
  return files.find((each) => each.startsWith(prefix) && /^\d/.test(each.slice(prefix.length)));
}
