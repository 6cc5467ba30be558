/** What it takes to run MariaDB's own programs here: where they are, whose they are, and a data folder. */
import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../deploy/program.js';

export function install(folder: string): void {
  own(folder);
  const program = findProgram('mariadb-install-db') ?? 'mariadb-install-db';
  const options = ['--auth-root-authentication-method=normal', '--skip-test-db', `--tmpdir=${folder}`];
  execFileSync(program, ['--no-defaults', `--datadir=${join(folder, 'data')}`, ...options, ...daemonUser], {
    stdio: 'ignore',
  });
}

const isRoot = process.getuid?.() === 0;
/** MariaDB refuses to run as root, and so does what transfers its state. */
export const daemonUser: readonly string[] = isRoot ? ['--user=mysql'] : [];

export function own(folder: string): void {
  if (!isRoot) return;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
  chownSync(folder, id('-u'), id('-g'));
}

export function mariadbd(): string {
  return findProgram('mariadbd') ?? 'mariadbd';
}
