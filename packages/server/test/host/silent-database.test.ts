/**
 * A server whose line to MariaDB dies in silence under load: every caller is answered in time, the server ends in time,
 * and it serves again soon after new connections work, also those who called meanwhile. The long form has the real time
 * limits.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { type Account, startTestHost, type TestHost, testDatabases } from '@palestra/server/testing';
import { expect } from 'chai';
import { programOf } from '../../../../scripts/testing/program.js';
import { type TimeLimits, timeLimits } from '../../src/database/time-limits.js';
import { startTcpProxy, type TcpProxy } from '../database/tcp-proxy.js';

const long = process.env.PALESTRA_TEST_LONG === 'on';
const scale = long ? 1 : 0.2;
const limits = Object.fromEntries(
  Object.entries(timeLimits).map(([name, ms]: [string, number]) => [name, ms * scale]),
) as unknown as TimeLimits;
const silenceMs = 12_000 * scale;
/** In the short form the limits are so short that a busy machine takes longer than they do. */
const answeredMs = long ? 10_500 : 12_000;
const healedMs = long ? 5_000 : 15_000;

const [, mariadb] = testDatabases();
const describeWhereIs = mariadb?.missing ? describe.skip : describe;

describeWhereIs(`a server on a silent database${mariadb?.missing ? ` (${mariadb.missing})` : ''}`, function () {
  this.timeout(long ? 180_000 : 60_000);
  let proxy: TcpProxy;
  let host: TestHost;
  let callers: Account[];
  let gymId: string;

  before(async () => {
    proxy = await startTcpProxy((await mariadb?.fresh()) ?? '');
    host = await startTestHost({ plugins: [gym], database: { url: proxy.url, timeLimits: limits } });
    callers = [await host.account('coach'), await host.account('player'), await host.account('system_admin')];
    gymId = (await host.operate('/api/gym', callers[0]?.token, 'create', { name: 'Iron' })).body.data._id;
  });
  after(async () => {
    proxy.heal();
    await host.stop();
    await proxy.close();
  });

  interface Answered {
    readonly what: string;
    readonly status: number;
    readonly sentAt: number;
    readonly ms: number;
  }

  const calls = (): readonly (readonly [what: string, send: () => Promise<{ status: number }>])[] => [
    ...callers.map(({ token }, at) => [`read ${at}`, () => host.request('GET', '/api/gym?find=0', { token })] as const),
    [
      'update',
      () => host.operate('/api/gym', callers[0]?.token, 'update', { _id: gymId, name: `Iron ${Math.random()}` }),
    ],
    ['discovery', () => host.request('GET', '/api/discovery/gym')],
    ['sign-in', () => host.request('GET', '/api/auth', { headers: { authorization: asAdmin() } })],
    ['/readyz', () => host.request('GET', '/readyz')],
  ];

  function asAdmin(): string {
    const { username = '', password = '' } = callers[2] ?? {};
    return formatAuthorization(schemes.admin, formatUserPass(username, password));
  }

  async function timed(what: string, send: () => Promise<{ status: number }>): Promise<Answered> {
    const sentAt = performance.now();
    const { status } = await send();
    return { what, status, sentAt, ms: performance.now() - sentAt };
  }

  it('answers everybody in time, and serves again soon after', async () => {
    for (const answered of await Promise.all(calls().map(([what, send]) => timed(what, send)))) {
      expect(answered.status, answered.what).to.equal(200);
    }
    const pending: Promise<Answered>[] = [];
    const sendAll = () => pending.push(...calls().map(([what, send]) => timed(what, send)));
    const timer = setInterval(sendAll, 500 * scale);
    await sleep(100);
    proxy.swallow();
    await sleep(silenceMs);
    const healedAt = performance.now();
    proxy.heal();
    const isServed = async () =>
      (await Promise.all(calls().map(([what, send]) => timed(what, send)))).every(({ status }) => status === 200);
    while (!(await isServed())) expect(performance.now() - healedAt).to.be.below(healedMs);
    const servedAt = performance.now();
    if (long) await sleep(healedMs);
    clearInterval(timer);
    const all = await Promise.all(pending);
    const seen = (answer: Answered) => `${answer.what}: ${answer.status} after ${Math.round(answer.ms)} ms`;
    expect(all.filter(({ ms }) => ms > answeredMs).map(seen)).to.deep.equal([]);
    expect(all.filter(({ status }) => status !== 200 && status !== 503).map(seen)).to.deep.equal([]);
    expect(all.filter(({ status }) => status === 503)).not.to.have.length(0);
    const after = all.filter(({ sentAt }) => sentAt > servedAt);
    expect(after.filter(({ status }) => status !== 200).map(seen)).to.deep.equal([]);
  });

  it('ends in time while requests wait for the database', async () => {
    proxy.swallow();
    const pending = calls().map(([what, send]) => timed(what, send).catch(() => undefined));
    await sleep(200);
    const begun = performance.now();
    await host.stop();
    expect(performance.now() - begun).to.be.below(long ? 3_500 : 8_000);
    await Promise.all(pending);
  });

  if (!long) return;

  it('exits within 10 s of SIGTERM', async () => {
    // A database of its own: keys are of one database.
    const line = await startTcpProxy((await mariadb?.fresh()) ?? '');
    const dataDir = await mkdtemp(join(tmpdir(), 'palestra-test-'));
    const main = await programOf(new URL('../../src/cli/main.ts', import.meta.url));
    const settings = { DATABASE_URL: line.url, PALESTRA_DATA_DIR: dataDir, PORT: '0', PALESTRA_LOG_LEVEL: 'silent' };
    const child = spawn(process.execPath, [main, 'serve'], {
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const bytes of child.stdout) {
      said += String(bytes);
      if (said.includes('Docs:')) break;
    }
    const url = /http:\/\/[^/\s]+/.exec(said)?.[0] ?? '';
    expect((await fetch(`${url}/api/discovery/gym`)).status, said).to.equal(200);
    line.swallow();
    const stuck = Array.from({ length: 20 }, () => fetch(`${url}/api/discovery/gym`).catch(() => undefined));
    await sleep(1_000);
    const begun = performance.now();
    child.kill('SIGTERM');
    const [status, signal] = await once(child, 'exit');
    expect(performance.now() - begun).to.be.below(10_500);
    // 1, since what it had to write last could not be written.
    expect([status, signal]).to.deep.equal([1, null]);
    await Promise.all(stuck);
    line.heal();
    await line.close();
    await rm(dataDir, { recursive: true, force: true });
  });
});
