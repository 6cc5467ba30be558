/** Packages as they would be published: packed into tarballs, and unpacked where a stranger's project looks for them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './workspace.js';

/** Compiles what has changed below `folders`; everything, if none is named. */
export function compile(...folders: readonly string[]): void {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-b', ...folders], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout);
}

/** Packs the built packages of these names into `folder`; the file of each. */
export function pack(names: readonly string[], folder: string): ReadonlyMap<string, string> {
  mkdirSync(folder, { recursive: true });
  const workspaces = names.flatMap((name) => ['--workspace', name]);
  execFileSync('npm', ['pack', '--silent', ...workspaces, '--pack-destination', folder], {
    cwd: repository,
    stdio: 'pipe',
  });
  const files = readdirSync(folder);
  return new Map(names.map((name) => [name, join(folder, fileOf(name, files))]));
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
function fileOf(name: string, files: readonly string[]): string {
  const prefix = `${name.replace('@', '').replace('/', '-')}-`;
  const file = files.find((each) => each.startsWith(prefix) && /^\d/.test(each.slice(prefix.length)));
  if (file === undefined) throw new Error(`${name} was not packed.`);
  return file;
}
