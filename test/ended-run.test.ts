/** A run of `npm test` that is told to end does, at any moment, and leaves no process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { repository } from '../scripts/workspace.js';

/** A test that never ends, with a process of its own that does not hear SIGTERM where it is stubborn. */
const endless = (stubborn: boolean) => `
import { spawn } from 'node:child_process';
describe('an endless test', () => {
  it('waits', () => {
    const deaf = ${stubborn} ? 'process.on("SIGTERM", () => undefined);' : '';
    spawn(process.execPath, ['-e', deaf + 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    ${stubborn} && process.prependListener('SIGTERM', () => { for (;;); });
    return new Promise(() => undefined);
  }).timeout(0);
});
`;

interface Run {
  readonly child: ChildProcess;
  readonly printed: () => string;
}

describe('a run of npm test that is ended by a signal', function () {
  this.timeout(120_000);
  let folder: string;
  const runs: Run[] = [];

  before(function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'palestra-ended-'));
  });
  after(() => {
    for (const { child } of runs) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: readonly string[]): Run {
    const { TEST_RUN_FOLDER: _, TEST_LANE: __, ...env } = process.env;
    const child = spawn(process.execPath, ['scripts/test.mjs', ...args], { cwd: repository, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += String(bytes)));
    const run = { child, printed: () => output };
    runs.push(run);
    return run;
  }

  const endlessTest = (stubborn: boolean) => {
    const file = join(folder, `${stubborn ? 'stubborn' : 'endless'}.test.ts`);
    writeFileSync(file, endless(stubborn));
    return start('--without-checks', file);
  };

  it('ends during its checks, and runs no test', async () => {
    const run = start('test/errors-guide.test.ts');
    const started = await untilBelow(run, /generate\.ts/);
    run.child.kill('SIGTERM');
    expect(await once(run.child, 'close'), run.printed()).to.deep.equal([1, null]);
    expect(run.printed()).to.contain('failed: The run was ended by SIGTERM.');
    expect(run.printed()).not.to.match(/errors-guide|The ten slowest/);
    expect(stillAlive(started)).to.deep.equal([]);
  });

  it('ends during its tests, with what they have started', async () => {
    const run = endlessTest(false);
    const started = await untilBelow(run, /setInterval/);
    run.child.kill('SIGINT');
    expect(await once(run.child, 'close'), run.printed()).to.deep.equal([1, null]);
    expect(run.printed()).to.contain('failed: The run was ended by SIGINT.');
    expect(stillAlive(started)).to.deep.equal([]);
  });

  it('is killed by a second signal, with what does not end', async () => {
    const run = endlessTest(true);
    const started = await untilBelow(run, /setInterval/);
    run.child.kill('SIGTERM');
    // A terminal and npm both pass on one Ctrl-C.
    run.child.kill('SIGTERM');
    await sleep(1_100);
    expect(run.child.exitCode).to.equal(null);
    run.child.kill('SIGTERM');
    expect(await once(run.child, 'exit')).to.deep.equal([1, null]);
    await until(() => stillAlive(started).length === 0);
  });
});

/** Processes that the run has started, once one has a command line like this. */
async function untilBelow({ child, printed }: Run, command: RegExp): Promise<number[]> {
  const found = () => {
    expect(child.exitCode, printed()).to.equal(null);
    return below(child.pid ?? 0);
  };
  await until(() => found().some(({ line }) => command.test(line)));
  return found().map(({ pid }) => pid);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly line: string;
}

/** As Linux lists them; one that has ended and that its parent has not asked for yet is none. */
function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, state, parent] = /^.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), line }];
      } catch {
        return [];
      }
    });
}

function below(ancestor: number): Process[] {
  const all = processes();
  const children = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((each) => [each, ...children(each.pid)]);
  return children(ancestor);
}

const stillAlive = (pids: readonly number[]): string[] =>
  processes()
    .filter(({ pid }) => pids.includes(pid))
    .map(({ pid, line }) => `${pid} ${line}`);

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !holds(); ) {
    if (Date.now() > deadline) throw new Error('It took longer than 60 s.');
    await sleep(100);
  }
}
