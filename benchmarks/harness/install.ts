/** Installs the peers into this folder and compiles them, where that is not done yet. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

/** @throws Error if npm or the compiler fails */
export function installPeers(): void {
  if (isOlder('node_modules/.package-lock.json', 'package-lock.json')) {
    run('npm', ['ci', '--no-audit', '--no-fund']);
  }
  run(process.execPath, [compiler, '-p', 'peers']);
}

function isOlder(made: string, source: string): boolean {
  return !existsSync(folder + made) || statSync(folder + made).mtimeMs < statSync(folder + source).mtimeMs;
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed in benchmarks.`, { cause: error });
}
