/** Servers as processes of their own, with what the operating system says of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';

export interface MeasuredProcess {
  readonly url: string;
  /** Resident memory now, in bytes. */
  memory(): number;
  /** User and system time so far, in microseconds. */
  cpu(): number;
  stop(): Promise<void>;
}

export interface ServerProcess extends Omit<MeasuredProcess, 'stop'> {
  readonly dataDir: string;
  /** Access token of the DBA. */
  signIn(): Promise<string>;
  stop(options?: { keep?: boolean }): Promise<void>;
}

const command = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url));
const credentials = { username: 'dba', password: 'benchmark-only-password' };

/** Palestra as `npm start` runs it, on a free port and a fresh data folder. */
export async function startServerProcess(environment: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'palestra-bench-'));
  const started = await startProcess([command, 'serve'], {
    ...process.env,
    PORT: '0',
    PALESTRA_DATA_DIR: dataDir,
    PALESTRA_DBA_USERNAME: credentials.username,
    PALESTRA_DBA_PASSWORD: credentials.password,
    PALESTRA_RATE_LIMIT: 'off',
    ...environment,
  });
  return {
    ...started,
    dataDir,
    signIn: () => signIn(started.url),
    stop: async ({ keep = false } = {}) => {
      await started.stop();
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A Node program that prints `serves on <url>`. */
export async function startProcess(args: readonly string[], env: NodeJS.ProcessEnv): Promise<MeasuredProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const url = await servedAt(child);
  const status = () => readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return {
    url,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(status())?.[1] ?? 0) * 1024,
    cpu: () => cpuOf(child.pid ?? 0),
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function servedAt(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The server has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /serves on (http:\S+)/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('The server ended before it served.');
}

/** Fields 14 and 15 of /proc/<pid>/stat, in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function signIn(url: string): Promise<string> {
  const value = formatUserPass(credentials.username, credentials.password);
  const response = await fetch(`${url}/api/auth`, {
    headers: { authorization: formatAuthorization(schemes.admin, value) },
  });
  const { data } = (await response.json()) as { data: { access_token: string } };
  return data.access_token;
}
