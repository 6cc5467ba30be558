/** Packages as they would be published: packed into tarballs, and unpacked where a stranger's project looks for them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repository } from './workspace.js';

/** Of a run of `npm test`, which has built everything: what its workers share. */
const shared = process.env.TEST_RUN_FOLDER;

/** Compiles what has changed below `folders`; everything, if none is named. */
export function compile(...folders: readonly string[]): void {
  if (shared !== undefined) return;
  for (const args of [['node_modules/typescript/bin/tsc', '-b', ...folders], ['scripts/build-packages.mjs']]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
    if (status !== 0) throw new Error(stdout + stderr);
  }
}

/** As `pack`, but each package only once in a run of `npm test`. */
export function packForTests(names: readonly string[], folder: string): ReadonlyMap<string, string> {
  if (shared === undefined) return pack(names, folder);
  const done = join(shared, 'packs');
  const missing = existsSync(done) ? namesMissingIn(done, names) : names;
  if (missing.length > 0) {
    // Another worker may pack the same at the same time: whole files are moved into place.
    mkdirSync(done, { recursive: true });
    for (const file of pack(missing, mkdtempSync(join(shared, 'packing-'))).values())
      renameSync(file, join(done, basename(file)));
  }
  return tarballsIn(done, names);
}

/** Packs the built packages of these names into `folder`; the file of each. */
export function pack(names: readonly string[], folder: string): ReadonlyMap<string, string> {
  mkdirSync(folder, { recursive: true });
  const workspaces = names.flatMap((name) => ['--workspace', name]);
  execFileSync('npm', ['pack', '--silent', ...workspaces, '--pack-destination', folder], {
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

function namesMissingIn(folder: string, names: readonly string[]): readonly string[] {
  const files = readdirSync(folder);
  return names.filter((name) => fileOf(name, files) === undefined);
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
