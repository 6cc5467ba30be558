/** A server of its own process on a free port and a fresh data folder, as `npm start` runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';

export interface ServerProcess {
  readonly url: string;
  readonly dataDir: string;
  /** Resident memory now, in bytes. */
  memory(): number;
  /** User and system time so far, in microseconds. */
  cpu(): number;
  /** Access token of the DBA. */
  signIn(): Promise<string>;
  stop(): Promise<void>;
}

const command = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url));
const credentials = { username: 'dba', password: 'benchmark-only-password' };

export async function startServerProcess(environment: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'palestra-bench-'));
  const child = spawn(process.execPath, [command, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      PALESTRA_DATA_DIR: dataDir,
      PALESTRA_DBA_USERNAME: credentials.username,
      PALESTRA_DBA_PASSWORD: credentials.password,
      PALESTRA_RATE_LIMIT: 'off',
      ...environment,
    },
  });
  const url = await servedAt(child);
  return {
    url,
    dataDir,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    cpu: () => cpuOf(child.pid ?? 0),
    signIn: () => signIn(url),
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(dataDir, { recursive: true, force: true });
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
