/** The files of this working tree in another folder, with what is installed here: a clone to try things in. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { manifestOf, repository, workspaces } from './workspace.js';

/** Tracked files and new ones, without what is ignored. */
export function copyClone(target: string): void {
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: repository, encoding: 'utf8' });
  for (const path of listed.split('\0').filter((each) => each !== '' && existsSync(join(repository, each)))) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(repository, path), join(target, path), { force: true });
  }
  linkModules(target);
}

/** Third-party packages are borrowed; our own must be those of the copy. */
function linkModules(target: string): void {
  borrow(target, '');
  cpSync(join(repository, 'node_modules/.bin'), join(target, 'node_modules/.bin'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  mkdirSync(join(target, 'node_modules/@palestra'), { recursive: true });
  for (const folder of workspaces(target)) {
    const { name } = manifestOf(target, folder);
    if (name !== undefined) symlinkSync(join(target, folder), join(target, 'node_modules', name));
    const nested = join(repository, folder, 'node_modules');
    if (existsSync(nested)) symlinkSync(nested, join(target, folder, 'node_modules'));
  }
}

function borrow(target: string, scope: string): void {
  mkdirSync(join(target, 'node_modules', scope), { recursive: true });
  for (const name of readdirSync(join(repository, 'node_modules', scope))) {
    const path = join(scope, name);
    if (path === '.bin' || path === '@palestra' || name.startsWith('.') || name.startsWith('palestra-')) continue;
    if (name.startsWith('@') && scope === '') borrow(target, name);
    else symlinkSync(join(repository, 'node_modules', path), join(target, 'node_modules', path));
  }
}
