/**
 * `npm run bench:growth [-- --rows 1000,1000000 --workload near --database sqlite --seconds 2 --save]`: what a request costs
 * with a thousand rows and with a million, and how long others wait meanwhile. Then a list of all rows is streamed,
 * and the server's memory watched.
 */

import { Agent } from 'node:http';
import { type DatabaseKind, openDatabase, type SqlDatabase, startDatabases } from './harness/databases.js';
import { type GrowthWorkload, growthWorkloads } from './harness/growth-workloads.js';
import { send } from './harness/http.js';
import { readOptions } from './harness/options.js';
import { databaseTitles, growthTable, writePage } from './harness/page.js';
import { probed } from './harness/probe.js';
import { type ServerProcess, startServerProcess } from './harness/processes.js';
import { type Growth, rounded, saveGrowth } from './harness/results.js';
import { countStreamed, fillGyms, fillMerchandise } from './harness/rows.js';

const options = readOptions([...growthWorkloads.map(({ name }) => name), 'stream'], { rounds: 1, seconds: 2 });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const mostRequests = 1_000;
const other = '/api/discovery/gym?find=1';

let turn = 0;

/** As many as fit into the time, and one at least. Milliseconds of the server's CPU a request. */
async function requests(
  server: ServerProcess,
  token: string,
  workload: GrowthWorkload,
  count: number,
): Promise<number> {
  let sent = 0;
  const cpu = server.cpu();
  const end = performance.now() + options.seconds * 1000;
  do {
    const { path, method, headers, body } = workload.request(count, turn++);
    const answer = await send(server.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      body,
      agent,
    });
    if (answer.status >= 400) throw new Error(`${workload.name}: ${answer.status} ${answer.text}`);
    sent += 1;
  } while (performance.now() < end && sent < mostRequests);
  return (server.cpu() - cpu) / 1000 / sent;
}

async function cost(server: ServerProcess, token: string, workload: GrowthWorkload, count: number) {
  const cpu = await requests(server, token, workload, count);
  const { others } = await probed(requests(server, token, workload, count), server.url + other);
  return { cpu, others };
}

/** All rows in one answer: megabytes that memory grows by, and how others fare. */
async function stream(server: ServerProcess, token: string): Promise<Record<string, string>> {
  const before = server.memory();
  let peak = before;
  const started = performance.now();
  const response = fetch(`${server.url}/api/gym`, { headers: { authorization: `Bearer ${token}` } });
  const counted = response.then((answer) =>
    countStreamed(answer, () => {
      peak = Math.max(peak, server.memory());
    }),
  );
  const { result, others } = await probed(counted, server.url + other);
  return {
    rows: String(result),
    seconds: ((performance.now() - started) / 1000).toFixed(1),
    'memory growth, MiB': ((peak - before) / 2 ** 20).toFixed(0),
    'others, p99 ms': others.toFixed(1),
  };
}

/** The server makes its indexes of texts beside its other work. */
async function untilIndexed(database: SqlDatabase): Promise<void> {
  for (const table of ['gym', 'merchandise']) {
    const isWhole = () => database.exists(`SELECT 1 FROM ${table}_trigrams WHERE rowid = 0`).catch(() => false);
    while (!(await isWhole())) await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

type Measured = Record<string, { rows: Growth }>;

async function grown(kind: DatabaseKind, count: number, measured: Measured): Promise<void> {
  const databases = await startDatabases(kind);
  const url = await databases.create();
  const server = await startServerProcess({ NODE_ENV: 'production', DATABASE_URL: url });
  try {
    const database = await openDatabase(url);
    await fillGyms(database, count);
    await fillMerchandise(database, count);
    if (kind === 'sqlite') await untilIndexed(database);
    await database.close();
    const token = await server.signIn();
    const chosen = growthWorkloads.filter(({ name }) => options.workloads.includes(name));
    for (const workload of chosen) await requests(server, token, workload, count);
    for (const workload of chosen) {
      const { cpu, others } = await cost(server, token, workload, count);
      const figures = { cpu: rounded(cpu, 3), others: rounded(others, 1) };
      measured[workload.name] = { rows: { ...measured[workload.name]?.rows, [count]: figures } };
      console.error(
        `${kind}, ${count} rows, ${workload.name}: ${cpu.toFixed(2)} ms of CPU, others ${others.toFixed(1)} ms`,
      );
    }
    if (options.workloads.includes('stream')) console.table({ 'all rows, streamed': await stream(server, token) });
  } finally {
    await server.stop();
    await databases.stop();
  }
}

for (const kind of options.databases) {
  const measured: Measured = {};
  for (const count of options.rows) await grown(kind, count, measured);
  console.log(`\n${databaseTitles[kind]}\n\n${growthTable(measured)}`);
  if (options.save) writePage(saveGrowth(kind, measured));
}
agent.destroy();
