/**
 * Temporary files of the tests are kept in memory where Linux has room for them: some thousand databases are made in a
 * run, and a disk makes each of their COMMITs wait. `TMPDIR` chooses another folder.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const memory = '/dev/shm';
const prefix = 'palestra-tests-';
/** Bytes: a run needs less than half, MariaDB's nodes included. */
const enough = 6 * 2 ** 30;

if (process.env.TMPDIR === undefined && isUsable()) {
  removeLeftOver();
  const folder = join(memory, `${prefix}${process.pid}`);
  // Open to others: the daemon of MariaDB has its own user, and each test makes its own folder.
  mkdirSync(folder, { mode: 0o755 });
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}

/** Programs that tests compile are executed there: some containers forbid it. */
function isUsable(): boolean {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .find(([, folder]) => folder === memory);
    if (mount?.[2] !== 'tmpfs' || mount[3]?.split(',').some((option) => option === 'noexec' || option === 'ro')) {
      return false;
    }
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= enough && process.availableMemory() >= enough;
  } catch {
    return false;
  }
}

/** Of runs that were killed. */
function removeLeftOver(): void {
  for (const name of readdirSync(memory)) {
    const pid = name.startsWith(prefix) && Number(name.slice(prefix.length));
    if (pid && !isAlive(pid)) rmSync(join(memory, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
