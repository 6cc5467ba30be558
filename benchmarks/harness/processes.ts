/** Servers as processes of their own, with what the operating system says of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';

export interface MeasuredProcess {
  readonly url: string;
  readonly pid: number;
  /** `performance.now()` when it was started. */
  readonly startedAt: number;
  /** Resident memory now, in bytes. */
  memory(): number;
  /** User and system time so far, in microseconds. */
  cpu(): number;
  /** Of the main thread alone, in microseconds. */
  mainCpu(): number;
  stop(): Promise<void>;
}

export interface ServerProcess extends Omit<MeasuredProcess, 'stop'> {
  readonly dataDir: string;
  /** Access token of the DBA. */
  signIn(): Promise<string>;
  /** On the same data; the port is another. */
  restart(): Promise<MeasuredProcess>;
  stop(options?: { keep?: boolean }): Promise<void>;
}

export const serverCommand: string = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url));
export const credentials = { username: 'dba', password: 'benchmark-only-password' } as const;

export interface ServerOptions {
  /** Node's own arguments. */
  readonly nodeArgs?: readonly string[];
}

/** Palestra as `palestra serve` runs it, on a free port and a fresh data folder. */
export async function startServerProcess(
  environment: NodeJS.ProcessEnv = {},
  { nodeArgs = [] }: ServerOptions = {},
): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'palestra-bench-'));
  const env = {
    ...process.env,
    PORT: '0',
    PALESTRA_DATA_DIR: dataDir,
    PALESTRA_DBA_USERNAME: credentials.username,
    PALESTRA_DBA_PASSWORD: credentials.password,
    PALESTRA_RATE_LIMIT: 'off',
    ...environment,
  };
  const start = () => startProcess([...nodeArgs, serverCommand, 'serve'], env);
  let running = await start();
  return {
    get url() {
      return running.url;
    },
    get pid() {
      return running.pid;
    },
    get startedAt() {
      return running.startedAt;
    },
    memory: () => running.memory(),
    cpu: () => running.cpu(),
    mainCpu: () => running.mainCpu(),
    dataDir,
    signIn: () => signIn(running.url),
    async restart() {
      await running.stop();
      running = await start();
      return running;
    },
    stop: async ({ keep = false } = {}) => {
      await running.stop();
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** None of them outlives a run that ends early. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A Node program that prints `serves on <url>`. */
export async function startProcess(args: readonly string[], env: NodeJS.ProcessEnv): Promise<MeasuredProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  children.add(child);
  child.once('exit', () => children.delete(child));
  void showErrors(child);
  const url = await servedAt(child);
  const pid = child.pid ?? 0;
  const status = () => readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    url,
    pid,
    startedAt,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(status())?.[1] ?? 0) * 1024,
    cpu: () => cpuOf(pid),
    mainCpu: () => cpuOfTask(pid, pid),
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** What a log says below a warning is not shown. */
async function showErrors({ stderr }: ChildProcess): Promise<void> {
  if (!stderr) return;
  for await (const line of createInterface({ input: stderr })) {
    if (!/^{"level":[1-3]0,/.test(line)) console.error(line);
  }
}

async function servedAt(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The server has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /serves on (http:\S+)/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('The server ended before it served.');
}

/** User and system time of all threads in microseconds: `/proc/<pid>/stat` has it in steps of 10 ms only. */
export function cpuOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + cpuOfTask(pid, task), 0);
}

function cpuOfTask(pid: number, task: number | string): number {
  return Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

async function signIn(url: string): Promise<string> {
  const value = formatUserPass(credentials.username, credentials.password);
  const response = await fetch(`${url}/api/auth`, {
    headers: { authorization: formatAuthorization(schemes.admin, value) },
  });
  const { data } = (await response.json()) as { data: { access_token: string } };
  return data.access_token;
}
