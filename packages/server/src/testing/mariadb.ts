/** A private MariaDB for tests: own folder, free port, gone with this process however that ends. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';

export interface Mariadb {
  /** Of the server, without a database: `mysql://root@127.0.0.1:port/`. */
  readonly url: string;
  /** Makes an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export interface MariadbOptions {
  /** One fsync a commit, as in production; without it tests run faster and a power cut would lose them. */
  readonly durable?: boolean;
  /** Further options of the daemon, such as `--innodb-snapshot-isolation=ON`. */
  readonly daemon?: readonly string[];
}

const startTimeoutMs = 30_000;
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/**
 * Starts a server of its own; undefined if MariaDB is not installed.
 * @throws Error if it is not installed and `REQUIRE_ALL=1` (as CI sets it), or does not start
 */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb | undefined> {
  const daemon = findProgram('mariadbd');
  const installer = findProgram('mariadb-install-db');
  if (!daemon || !installer) {
    if (process.env.REQUIRE_ALL === '1') throw new Error('MariaDB is not installed, and REQUIRE_ALL=1 demands it.');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'palestra-mariadb-'));
  const user = daemonUser(folder);
  const data = join(folder, 'data');
  // Two servers that are made at once would use the same names in /tmp; and it may be a folder of another user.
  const shared = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, ...user, ...small];
  const install = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
  await promisify(execFile)(installer, [...shared, ...quick, ...install]);
  const port = await freePort();
  const child = spawnDaemon(folder, daemon, [
    ...shared,
    `--socket=${join(folder, 'socket')}`,
    `--port=${port}`,
    `--log-error=${join(folder, logFile)}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    ...(options.durable ? ['--innodb-flush-log-at-trx-commit=1'] : quick),
    ...(options.daemon ?? []),
  ]);
  await untilReady(port, child);
  return running(port, child);
}

function running(port: number, child: ChildProcess): Mariadb {
  const url = `mysql://root@127.0.0.1:${port}/`;
  return {
    url,
    async createDatabase() {
      const name = `palestra_${randomBytes(6).toString('hex')}`;
      const connection = await mysql.createConnection(url);
      await connection.query(`CREATE DATABASE ${name}`);
      await connection.end();
      return url + name;
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.ref();
      child.stdin?.end();
      await once(child, 'exit');
    },
  };
}

const logFile = 'error.log';
/** Also when it is installed: another size of the log would have the first start write a new one. */
const small = ['--innodb-buffer-pool-size=32M', '--innodb-log-file-size=16M'];
/** Nothing waits for the disk, no table is a file of its own, and those of many hosts stay open: making them takes half. */
const quick = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-flush-method=nosync',
  '--skip-innodb-doublewrite',
  '--skip-sync-frm',
  '--skip-innodb-file-per-table',
  '--table-definition-cache=4000',
  '--table-open-cache=4000',
];

/**
 * The daemon lives as long as its guard's standard input, which is our end of a pipe: even a killed test run leaves
 * neither a process nor a folder behind. The guard ends when the daemon does, and prints the end of its log.
 */
const guard = `folder=$1; shift
exec 3<&0
"$@" & daemon=$!
{ cat <&3 >/dev/null; kill -9 $daemon; } 2>/dev/null & watch=$!
wait $daemon; status=$?
kill $watch 2>/dev/null
tail -n 20 "$folder/${logFile}" >&2
rm -rf "$folder"
exit $status`;

function spawnDaemon(folder: string, daemon: string, options: readonly string[]): ChildProcess {
  const child = spawn('/bin/sh', ['-c', guard, 'guard', folder, daemon, ...options], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.unref();
  for (const stream of [child.stdin, child.stderr])
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  return child;
}

/** @throws Error with the end of the log if it ends before it is ready, or is not ready in time */
async function untilReady(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  let ended = false;
  child.once('close', () => {
    ended = true;
  });
  for (;;) {
    try {
      const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root' });
      await connection.end();
      return;
    } catch (cause) {
      if (ended) throw new Error(`MariaDB ended with ${child.exitCode} before it was ready:\n${log}`, { cause });
      if (Date.now() < deadline) await sleep(50);
      else {
        child.stdin?.end();
        await once(child, 'close');
        throw new Error(`MariaDB is not ready after ${startTimeoutMs / 1000} s:\n${log}`, { cause });
      }
    }
  }
}

/** The daemon refuses to run as root: Debian's user `mysql` then owns the folder. */
function daemonUser(folder: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const id = (flag: string) => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
  chownSync(folder, id('-u'), id('-g'));
  return ['--user=mysql'];
}

function findProgram(name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The free port has no number.');
  return address.port;
}

/** True where a test on MariaDB can run. */
export function hasMariadb(): boolean {
  return findProgram('mariadbd') !== undefined && findProgram('mariadb-install-db') !== undefined;
}
