/** The Caddyfile with a real Caddy: TLS in front of two instances, and no client notices that one of them stops. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { textOf } from './deploy/files.js';
import { describeWithProgram, freePort } from './deploy/program.js';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Ten times faster than in production, and so is the health check. */
const drainDelay = 500;

describeWithProgram('caddy', 'the proxy', (program) => {
  let folder: string;
  let caddy: ChildProcess;
  let port: number;
  let hosts: TestHost[];
  let agent: Agent;

  function request(path: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = get({ host: 'localhost', port, path, agent }, (response) => {
        response.resume().on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      });
      sent.on('error', reject);
    });
  }

  before(async function () {
    this.timeout(30_000);
    folder = mkdtempSync(join(tmpdir(), 'palestra-proxy-'));
    const shared = { plugins: [gym], dataDir: folder, drainDelay };
    hosts = [await startTestHost(shared), await startTestHost(shared)];
    port = await freePort();
    caddy = startCaddy(program, folder, port, hosts);
    agent = new Agent({ rejectUnauthorized: false });
    while ((await request('/readyz').catch(() => undefined))?.status !== 200) await sleep(50);
    agent.destroy();
    // From here on its certificate has to be right.
    agent = new Agent({ keepAlive: true, ca: readFileSync(join(folder, 'pki/authorities/local/root.crt')) });
  });
  after(async () => {
    agent.destroy();
    caddy.kill();
    if (caddy.exitCode === null) await once(caddy, 'exit');
    await Promise.all(hosts.map((host) => host.stop()));
    rmSync(folder, { recursive: true });
  });

  it('serves by TLS what the instances answer, but not their metrics', async () => {
    const gyms = await request('/api/discovery/gym');
    expect(gyms.status).to.equal(200);
    expect(gyms.headers).to.include({ 'x-content-type-options': 'nosniff' });
    expect(gyms.headers, 'a browser would remember it for localhost').not.to.have.property('strict-transport-security');
    expect((await fetch(`${hosts[0]?.url}/metrics`)).status).to.equal(200);
    expect((await request('/metrics')).status).to.equal(404);
  });

  it('loses no request while one instance stops', async function () {
    this.timeout(60_000);
    const [first, second] = hosts as [TestHost, TestHost];
    const statuses = new Map<number, number>();
    let stopped = false;
    let answered = 0;
    const more = async () => {
      for (const enough = answered + 30; answered < enough; ) await sleep(10);
    };
    const client = async () => {
      while (!stopped) {
        const { status } = await request('/api/discovery/gym').catch(() => ({ status: 0 }));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        answered += 1;
        await sleep(2);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    await more();
    await second.stop();
    await more();
    stopped = true;
    await Promise.all(clients);
    expect([...statuses.keys()]).to.deep.equal([200]);
    expect((await first.request('GET', '/readyz')).status).to.equal(200);
    await second.request('GET', '/readyz').then(
      () => expect.fail('The second instance still answers.'),
      () => undefined,
    );
  });
});

/** The Caddyfile as it is, but for the interval of its health check and for where its certificates are kept. */
function startCaddy(program: string, folder: string, port: number, hosts: readonly TestHost[]): ChildProcess {
  const site = textOf('deploy/Caddyfile').replace('health_interval 2s', 'health_interval 200ms');
  const options = ['admin off', 'skip_install_trust', 'auto_https disable_redirects', `storage file_system ${folder}`];
  const file = join(folder, 'Caddyfile');
  writeFileSync(file, `{\n${options.join('\n')}\n}\n${site}`);
  return spawn(program, ['run', '--config', file, '--adapter', 'caddyfile'], {
    stdio: 'ignore',
    env: {
      HOME: folder,
      DOMAIN: `https://localhost:${port}`,
      APP_INSTANCES: hosts.map(({ url }) => new URL(url).host).join(' '),
    },
  });
}
