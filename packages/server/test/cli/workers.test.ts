/** `palestra serve --workers`: several processes behind one port are one server to those who call it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import { createTestClient, describeOnEachDatabase, shareSealingKey } from '@palestra/server/testing';
import { expect } from 'chai';
import { compile } from '../../../../scripts/pack.js';
import { member } from '../identity/fixture.js';

const bin = fileURLToPath(new URL('../../bin/palestra.mjs', import.meta.url));
const gym = new URL('../../../plugins/gym/dist/index.js', import.meta.url).href;
const password = 'test-only-password-of-the-dba';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a body of the API
  readonly body: any;
  readonly text: string;
}

describeOnEachDatabase('several workers', (fresh, name) => {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-workers-'));
  let database: string;
  let server: ChildProcess;
  let url: string;
  let said = '';
  const agents: Agent[] = [];

  before(async function () {
    this.timeout(120_000);
    compile('packages/server', 'packages/plugins/gym');
    database = await fresh();
    await shareSealingKey(join(folder, 'data'));
    writeFileSync(
      join(folder, 'palestra.config.mjs'),
      `import { gym } from '${gym}';\nexport const plugins = [gym];\n`,
    );
    server = start({}, '--workers', '2');
    url = await served(server);
  });
  after(async () => {
    server.kill('SIGKILL');
    for (const agent of agents) agent.destroy();
    await sleep(100);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  function start(settings: Readonly<Record<string, string>>, ...words: string[]): ChildProcess {
    return spawn(process.execPath, [bin, 'serve', ...words], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: database,
        PALESTRA_DATA_DIR: join(folder, 'data'),
        PALESTRA_DBA_PASSWORD: password,
        PALESTRA_METRICS: 'on',
        PALESTRA_LOG_LEVEL: 'error',
        PORT: '0',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function served(child: ChildProcess): Promise<string> {
    said = '';
    child.stderr?.on('data', (bytes) => {
      said += String(bytes);
    });
    for await (const bytes of child.stdout ?? []) {
      said += String(bytes);
      if (said.includes('Docs:')) break;
    }
    const found = /http:\S+/.exec(said)?.[0];
    if (found === undefined) throw new Error(`It does not serve: ${said}`);
    return found;
  }

  /** One connection at a time, kept open. */
  function connection(): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return agent;
  }

  /** One to each worker: while the others are stopped, it alone accepts. */
  async function connectionToEach(): Promise<Agent[]> {
    const workers = workersOf(server);
    const made: Agent[] = [];
    for (const worker of workers) {
      const others = workers.filter((each) => each !== worker);
      for (const other of others) process.kill(other, 'SIGSTOP');
      const agent = connection();
      await send(agent, 'GET', '/livez');
      made.push(agent);
      for (const other of others) process.kill(other, 'SIGCONT');
    }
    return made;
  }

  function send(agent: Agent, method: string, path: string, headers: object = {}, json?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const type = json === undefined ? {} : { 'content-type': 'application/json' };
      const call = request(url + path, { agent, method, headers: { ...headers, ...type } }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const body = /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, body, text });
      });
      call.on('error', reject);
      call.end(json === undefined ? undefined : JSON.stringify(json));
    });
  }

  const bearer = (token: string) => ({ authorization: formatAuthorization(schemes.bearer, token) });
  const signIn = (agent: Agent, username: string, secret: string) =>
    send(agent, 'GET', '/api/auth', {
      authorization: formatAuthorization(schemes.admin, formatUserPass(username, secret)),
    });

  /** By worker. */
  async function sumOf(metric: string): Promise<Map<string, number>> {
    const { text } = await send(connection(), 'GET', '/metrics');
    const sums = new Map<string, number>();
    for (const [, worker = '', value] of text.matchAll(new RegExp(`^${metric}\\{worker="(\\d+)".*\\} (\\S+)$`, 'gm'))) {
      sums.set(worker, (sums.get(worker) ?? 0) + Number(value));
    }
    return sums;
  }

  it('print the first account and the address once', () => {
    expect(said.match(/password {3}/g)).to.have.length(1);
    expect(said.match(/Palestra serves on/g)).to.have.length(1);
    expect(said.match(/Docs:/g)).to.have.length(1);
  });

  it('count guesses together, and show the requests of each in one page of metrics', async () => {
    const workers = await connectionToEach();
    const guesses: number[] = [];
    for (let guess = 0; guess < 10; guess++) {
      guesses.push((await signIn(workers[guess % 2] as Agent, 'nobody', `wrong password ${guess}`)).status);
    }
    expect(guesses).to.deep.equal([401, 401, 401, 401, 401, 429, 429, 429, 429, 429]);
    const requests = await sumOf('palestra_request_seconds_count');
    expect([...requests.keys()].sort()).to.deep.equal(['1', '2']);
    expect(Math.min(...requests.values())).to.equal(5);
    const { text } = await send(connection(), 'GET', '/metrics');
    expect(text).to.contain('\npalestra_workers 2\n');
    expect(text.match(/^# TYPE palestra_request_seconds /gm), 'one TYPE for all').to.have.length(1);
  });

  it('refuse a session that another has ended', async () => {
    const [one, two] = (await connectionToEach()) as [Agent, Agent];
    const { access_token, refresh_token } = await member(createTestClient(url));
    const statuses = async () =>
      Promise.all(
        [one, two].map(async (agent) => (await send(agent, 'GET', '/api/profile', bearer(access_token))).status),
      );
    expect(await statuses()).to.deep.equal([200, 200]);
    const logout = await send(one, 'POST', '/api/logout', {}, { refresh_token });
    expect(logout.status, logout.text).to.equal(200);
    // What the other remembers of the account would be good for a second.
    const begun = performance.now();
    let after = await statuses();
    while (after.includes(200) && performance.now() - begun < 600) after = await statuses();
    expect(after).to.deep.equal([401, 401]);
  });

  it('lose no acknowledged write with a worker that is killed, and replace it', async () => {
    const { access_token } = (await signIn(connection(), 'dba', password)).body.data;
    const acknowledged: string[] = [];
    let broken = 0;
    let stopped = false;
    const create = async (client: number) => {
      const agent = connection();
      for (let at = 0; !stopped; at++) {
        const gymName = `gym ${client}-${at}`;
        const body = { operation: 'create', data: { name: gymName } };
        const answer = await send(agent, 'POST', '/api/gym', bearer(access_token), body).catch(() => undefined);
        if (answer?.status === 201) acknowledged.push(gymName);
        else if (answer === undefined) broken += 1;
        else throw new Error(answer.text);
        await sleep(10);
      }
    };
    const running = [1, 2, 3, 4].map(create);
    while (acknowledged.length < 20) await Promise.race([...running, sleep(10)]);
    const [victim = 0] = workersOf(server);
    process.kill(victim, 'SIGKILL');
    const restarts = async () =>
      /^palestra_worker_restarts_total (\d+)/m.exec((await send(connection(), 'GET', '/metrics')).text)?.[1];
    const replaced = async () => (await restarts()) === '1' && (await sumOf('process_start_time_seconds')).size === 2;
    while (!(await Promise.race([replaced(), ...running]))) await sleep(100);
    stopped = true;
    await Promise.all(running);
    expect(workersOf(server)).to.have.length(2).and.not.include(victim);
    const { body } = await send(connection(), 'GET', '/api/gym?find=0', bearer(access_token));
    const stored = new Set(body.data.map((row: { name: string }) => row.name));
    expect(acknowledged.filter((each) => !stored.has(each))).to.deep.equal([]);
    expect(broken).to.be.below(acknowledged.length);
  });

  it('answer what is under way after SIGTERM, and end with one exit code', async () => {
    const calls = [1, 2, 3, 4].map((at) => signIn(connection(), `somebody-${at}`, 'a password to be checked'));
    await sleep(30);
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    expect((await Promise.all(calls)).map(({ status }) => status)).to.deep.equal([401, 401, 401, 401]);
    expect(code).to.equal(0);
    expect(workersOf(server)).to.deep.equal([]);
  });

  if (name !== 'SQLite') return;

  it('say once why none of them can serve, and refuse a number that is none', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const ends = async (child: ChildProcess) => {
      let text = '';
      child.stderr?.on('data', (bytes) => {
        text += String(bytes);
      });
      const [code] = await once(child, 'close');
      return { code, text };
    };
    const [busy, wrong] = await Promise.all([
      ends(start({ PORT: String(port), PALESTRA_WORKERS: '2' })),
      ends(start({}, '--workers', 'many')),
    ]);
    taken.close();
    expect(busy.code).to.equal(1);
    expect(busy.text.match(/is in use by another process/g), busy.text).to.have.length(1);
    expect(wrong.code).to.equal(2);
    expect(wrong.text).to.contain('--workers must be a whole number from 1 to 256, or auto.');
  });
});

function workersOf({ pid }: ChildProcess): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, child, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === pid && args.includes('serve') ? [Number(child)] : [];
  });
}
