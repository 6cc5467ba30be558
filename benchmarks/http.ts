/**
 * `npm run bench:http [-- rounds]`: Palestra with its production defaults beside a hand-written Koa application on the
 * same kind of file, in turns. Needs `wrk`. CPU a request (user + system of the server's process) is the steadier
 * figure; both are printed as the median of the rounds' ratios.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import jwt from 'jsonwebtoken';
import { fillGyms } from './support/gyms.js';
import { type MeasuredProcess, startProcess, startServerProcess } from './support/server-process.js';

const rounds = Number(process.argv[2] ?? 5);
const seconds = 3;
const gyms = 10_000;
const scripts = mkdtempSync(join(tmpdir(), 'palestra-wrk-'));

interface Workload {
  readonly name: string;
  readonly path: string;
  readonly body?: object;
  /** The body gets a new name at each request. */
  readonly unique?: true;
}

const workloads: readonly Workload[] = [
  { name: 'health', path: '/livez' },
  { name: 'one by key, GET', path: '/api/gym/000000005000' },
  {
    name: 'one by key, POST',
    path: '/api/gym',
    body: { operation: 'query', data: { _id: { equals: '000000005000' } } },
  },
  { name: 'query, 20 rows', path: '/api/gym', body: { operation: 'query', data: { find: 20 } } },
  { name: 'contains', path: '/api/gym', body: { operation: 'query', data: { name: { contains: '99' }, find: 20 } } },
  {
    name: 'create',
    path: '/api/gym',
    body: { operation: 'create', data: { name: 'NAME', address: 'Seestraße 12', detail: 'Free weights and a sauna' } },
    unique: true,
  },
];

function scriptOf({ name, body, unique }: Workload, prefix: string): string[] {
  if (!body) return [];
  const file = join(scripts, `${name.replaceAll(/\W+/g, '-')}.lua`);
  const text = JSON.stringify(body);
  const request = unique
    ? `local n = 0\nrequest = function()\n  n = n + 1\n  return wrk.format(nil, nil, nil, (string.gsub([[${text}]], "NAME", "${prefix}" .. n)))\nend`
    : `wrk.body = [[${text}]]`;
  writeFileSync(file, `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n${request}\n`);
  return ['-s', file];
}

interface Figures {
  readonly perSecond: number;
  readonly cpu: number;
}

function run(server: MeasuredProcess, token: string, workload: Workload): Figures {
  const script = scriptOf(workload, randomBytes(6).toString('hex'));
  const before = server.cpu();
  const args = ['-t1', '-c32', `-d${seconds}s`, '-H', `Authorization: Bearer ${token}`, ...script];
  const output = execFileSync('wrk', [...args, server.url + workload.path], { encoding: 'utf8' });
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  const failed = /Non-2xx.*/.exec(output)?.[0];
  if (failed) throw new Error(`${workload.name}: ${failed}`);
  return { perSecond: requests / seconds, cpu: (server.cpu() - before) / requests };
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const palestra = await startServerProcess({ NODE_ENV: 'production' });
const secret = randomBytes(32).toString('hex');
const template = await startServerProcess();
await template.stop({ keep: true });
const peer = await startProcess(
  [
    fileURLToPath(new URL('./peers/hand-written-koa.mjs', import.meta.url)),
    `${template.dataDir}/palestra.sqlite`,
    secret,
  ],
  process.env,
);
try {
  fillGyms(palestra.dataDir, gyms);
  fillGyms(template.dataDir, gyms);
  const ours = await palestra.signIn();
  const theirs = jwt.sign({ user: 'dba', level: 0 }, Buffer.from(secret, 'hex'), { expiresIn: '1h' });
  const rows: Record<string, object> = {};
  for (const workload of workloads) {
    run(palestra, ours, workload);
    run(peer, theirs, workload);
    const pairs = Array.from(
      { length: rounds },
      () => [run(palestra, ours, workload), run(peer, theirs, workload)] as const,
    );
    rows[workload.name] = {
      'CPU ratio': median(pairs.map(([a, b]) => a.cpu / b.cpu)).toFixed(2),
      'requests/s ratio': median(pairs.map(([a, b]) => a.perSecond / b.perSecond)).toFixed(2),
      'CPU µs': median(pairs.map(([a]) => a.cpu)).toFixed(1),
      'requests/s': median(pairs.map(([a]) => a.perSecond)).toFixed(0),
    };
  }
  console.table(rows);
} finally {
  await palestra.stop();
  await peer.stop();
  rmSync(template.dataDir, { recursive: true, force: true });
  rmSync(scripts, { recursive: true, force: true });
}
