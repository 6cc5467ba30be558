/** A real Galera cluster on this machine: MariaDB nodes that can be killed, frozen and cut off, and come back. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { withTimeout } from '../../packages/server/src/async/with-timeout.js';
import { findProgram, freePort } from '../deploy/program.js';
import { Line } from './line.js';
import { daemonUser, install, mariadbd, own } from './mariadb.js';

const library = '/usr/lib/galera/libgalera_smm.so';
const startTimeoutMs = 90_000;
const database = 'palestra';

/** Why there can be no cluster here. */
export function missingGalera(): string | undefined {
  if (!findProgram('mariadbd') || !findProgram('mariadb-install-db')) return 'MariaDB is not installed';
  if (!existsSync(library)) return 'Galera is not installed';
  return findProgram('rsync') ? undefined : 'rsync is not installed';
}

interface Ports {
  readonly sql: number;
  /** Of the group, of incremental and of full state transfers. */
  readonly group: number;
  readonly incremental: number;
  readonly full: number;
}

export class GaleraNode {
  #daemon: ChildProcess | undefined;

  constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly ports: Ports,
    private readonly line: Line,
    private readonly members: string,
  ) {}

  get url(): string {
    return `mysql://root@${this.address}/${database}`;
  }

  /** By the line that can be pulled. */
  get address(): string {
    return `127.0.0.1:${this.line.port}`;
  }

  /** A connection beside the line. */
  connect(): Promise<Connection> {
    const { sql: port } = this.ports;
    return mysql.createConnection({ host: '127.0.0.1', port, user: 'root', connectTimeout: 2_000 });
  }

  /** The first node of a new cluster; later nodes and those that come back join it. */
  async start({ first = false } = {}): Promise<void> {
    const position = first ? [] : await this.#recover();
    rmSync(join(this.folder, 'error.log'), { force: true });
    this.#daemon = this.#spawn([...position, ...(first ? ['--wsrep-new-cluster'] : [])]);
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** From its clients and from the other nodes. */
  async cutOff(): Promise<void> {
    this.line.pull();
    await this.#isolate(true);
  }

  async reconnect(): Promise<void> {
    await this.#isolate(false);
    this.line.plug();
  }

  /** It is one of so many nodes that serve, and has all that the others have. */
  async isSynced(size: number): Promise<boolean> {
    const status = await this.status().catch(() => undefined);
    return (
      status?.wsrep_local_state_comment === 'Synced' &&
      status.wsrep_ready === 'ON' &&
      status.wsrep_cluster_size === String(size)
    );
  }

  async untilSynced(size: number, timeoutMs: number = startTimeoutMs): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await this.isSynced(size))) {
      const log = this.#log();
      if (Date.now() > deadline || log.includes('[ERROR] Aborting')) {
        throw new Error(`${this.name} does not take part:\n${log.split('\n').slice(-30).join('\n')}`);
      }
      await sleep(100);
    }
  }

  async status(): Promise<Readonly<Record<string, string>>> {
    const connection = await this.connect();
    try {
      const [rows] = await withTimeout(2_000, () => connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'wsrep%'"));
      return Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
    } finally {
      connection.destroy();
    }
  }

  async stop(): Promise<void> {
    await this.line.close();
    if (!this.#daemon || this.#daemon.exitCode !== null) return;
    const exited = once(this.#daemon, 'exit');
    this.#daemon.ref();
    this.#daemon.stdin?.end();
    await exited;
  }

  /** What a crash left behind: with it, the node asks for what it missed instead of everything. */
  async #recover(): Promise<string[]> {
    if (!existsSync(join(this.#data, 'grastate.dat'))) return [];
    const log = join(this.folder, 'recover.log');
    rmSync(log, { force: true });
    await promisify(execFile)(mariadbd(), [...this.#options(), `--log-error=${log}`, '--wsrep-recover']);
    const position = /Recovered position: (\S+)/.exec(readFileSync(log, 'utf8'))?.[1];
    return position ? [`--wsrep-start-position=${position}`] : [];
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  #options(): string[] {
    const { sql, group, incremental, full } = this.ports;
    const address = (port: number) => `127.0.0.1:${port}`;
    const provider = [
      `gmcast.listen_addr=tcp://${address(group)}`,
      `ist.recv_addr=${address(incremental)}`,
      'gcache.size=64M',
      // A node that is silent for so long is no longer waited for; the defaults are 5 s and 15 s.
      'evs.keepalive_period=PT0.5S',
      'evs.suspect_timeout=PT2S',
      'evs.inactive_timeout=PT5S',
    ];
    return [
      '--no-defaults',
      `--datadir=${this.#data}`,
      `--socket=${join(this.folder, 'socket')}`,
      `--pid-file=${join(this.folder, 'pid')}`,
      `--tmpdir=${this.folder}`,
      `--port=${sql}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--binlog-format=ROW',
      '--innodb-autoinc-lock-mode=2',
      '--innodb-buffer-pool-size=32M',
      '--innodb-log-file-size=16M',
      '--innodb-flush-log-at-trx-commit=1',
      '--wsrep-on=ON',
      `--wsrep-provider=${library}`,
      '--wsrep-cluster-name=palestra-test',
      `--wsrep-cluster-address=gcomm://${this.members}`,
      `--wsrep-node-name=${this.name}`,
      `--wsrep-node-address=${address(group)}`,
      '--wsrep-sst-method=rsync',
      `--wsrep-sst-receive-address=${address(full)}`,
      `--wsrep-provider-options=${provider.join(';')}`,
      '--wsrep-slave-threads=2',
      ...daemonUser,
    ];
  }

  /** It lives as long as its guard's standard input, which is our end of a pipe: a test run that is killed leaves none. */
  #spawn(options: readonly string[]): ChildProcess {
    const guard = '"$@" & cat >/dev/null; kill -9 $!; wait $!';
    const log = `--log-error=${join(this.folder, 'error.log')}`;
    const child = spawn('/bin/sh', ['-c', guard, 'guard', mariadbd(), ...this.#options(), log, ...options], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    return child;
  }

  #signal(signal: NodeJS.Signals): void {
    process.kill(Number(readFileSync(join(this.folder, 'pid'), 'utf8')), signal);
    if (signal === 'SIGKILL') this.#daemon?.stdin?.end();
  }

  setReadOnly(readOnly: boolean): Promise<void> {
    return this.run(`SET GLOBAL read_only = ${readOnly ? 'ON' : 'OFF'}`);
  }

  #isolate(isolated: boolean): Promise<void> {
    return this.run(`SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${isolated ? 1 : 0}'`);
  }

  async run(sql: string): Promise<void> {
    const connection = await this.connect();
    await connection.query(sql);
    connection.destroy();
  }

  #log(): string {
    const file = join(this.folder, 'error.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}

export interface GaleraCluster {
  readonly nodes: readonly GaleraNode[];
  /** What an instance is given: every node, the preferred one first. */
  readonly url: string;
  /** Every node takes part, and knows it of the others. */
  untilWhole(timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startGalera(count = 3): Promise<GaleraCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-galera-'));
  own(folder);
  const nodes = await makeNodes(folder, count);
  const cluster: GaleraCluster = {
    nodes,
    url: `mysql://root@${nodes.map(({ address }) => address).join()}/${database}`,
    async untilWhole(timeoutMs?: number) {
      await Promise.all(nodes.map((node) => node.untilSynced(count, timeoutMs)));
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    for (const [index, node] of nodes.entries()) {
      await node.start({ first: index === 0 });
      await node.untilSynced(index + 1);
    }
    await nodes[0]?.run(`CREATE DATABASE ${database}`);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function makeNodes(folder: string, count: number): Promise<GaleraNode[]> {
  const all: Ports[] = [];
  for (let index = 0; index < count; index++) {
    all.push({ sql: await freePort(), group: await freePort(), incremental: await freePort(), full: await freePort() });
  }
  const members = all.map(({ group }) => `127.0.0.1:${group}`).join(',');
  return Promise.all(
    all.map(async (ports, index) => {
      const own = join(folder, `node-${index + 1}`);
      mkdirSync(own);
      // Only the first begins a cluster; the others get everything from it.
      if (index === 0) install(own);
      else prepare(own);
      return new GaleraNode(`node-${index + 1}`, own, ports, await Line.to(ports.sql), members);
    }),
  );
}

function prepare(folder: string): void {
  mkdirSync(join(folder, 'data'));
  for (const each of [folder, join(folder, 'data')]) own(each);
}
