/**
 * `npm run bench:growth [-- --rows 1000,1000000 --workload near --database sqlite --rounds 5 --seconds 2 --save]`: what a
 * request costs with a thousand rows and with a million, and how long others wait meanwhile. Databases of each size are
 * filled first, their servers then take turns. At last a list of all rows is streamed, and the server's memory watched.
 */
import { Agent } from 'node:http';
import { type DatabaseKind, type Databases, openDatabase, startDatabases } from './harness/databases.js';
import { type GrowthWorkload, growthWorkloads } from './harness/growth-workloads.js';
import { send } from './harness/http.js';
import { readOptions } from './harness/options.js';
import { databaseTitles, growthTable, writePage } from './harness/page.js';
import { probed } from './harness/probe.js';
import { cpuOf, type ServerProcess, startServerProcess } from './harness/processes.js';
import { type Growth, rounded, saveGrowth } from './harness/results.js';
import { countStreamed, fillGyms, fillMerchandise } from './harness/rows.js';
import { median } from './harness/statistics.js';

const options = readOptions([...growthWorkloads.map(({ name }) => name), 'stream'], { rounds: 5, seconds: 2 });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const mostRequests = 1_000;
const other = { path: '/api/discovery/gym?find=1' };

/** A server on a database with so many rows of each kind. */
interface Site {
  readonly count: number;
  readonly server: ServerProcess;
  readonly token: string;
  /** Microseconds so far; of the database too where that is a process of its own. */
  cpu(): number;
}

let turn = 0;

/** As many as fit into the time, and one at least. Milliseconds of CPU a request. */
async function requests(site: Site, workload: GrowthWorkload, seconds: number): Promise<number> {
  let sent = 0;
  const cpu = site.cpu();
  const end = performance.now() + seconds * 1000;
  do {
    const { path, method, headers, body } = workload.request(site.count, turn++);
    const answer = await send(site.server.url + path, {
      method,
      headers: { authorization: `Bearer ${site.token}`, ...headers },
      body,
      agent,
    });
    if (answer.status >= 400) throw new Error(`${workload.name}: ${answer.status} ${answer.text}`);
    sent += 1;
  } while (performance.now() < end && sent < mostRequests);
  return (site.cpu() - cpu) / 1000 / sent;
}

/** The sites take turns, so that what else the machine does meets each of them: the median of the rounds. */
async function grown(sites: readonly Site[], workload: GrowthWorkload): Promise<Growth> {
  const rounds = sites.map((): number[] => []);
  for (const site of sites) await requests(site, workload, options.seconds / options.rounds);
  for (let round = 0; round < options.rounds; round++) {
    for (const [at, site] of sites.entries()) {
      rounds[at]?.push(await requests(site, workload, options.seconds / options.rounds));
    }
  }
  const growth: Record<number, Growth[number]> = {};
  for (const [at, site] of sites.entries()) {
    const { wait } = await probed(site.server, requests(site, workload, options.seconds), other);
    growth[site.count] = { cpu: rounded(median(rounds[at] ?? []), 3), others: rounded(wait.others, 1) };
  }
  return growth;
}

/** All rows in one answer: megabytes that memory grows by, and how others fare. */
async function stream(site: Site): Promise<Record<string, string>> {
  const { server, token } = site;
  const before = server.memory();
  let peak = before;
  const started = performance.now();
  const response = fetch(`${server.url}/api/gym`, { headers: { authorization: `Bearer ${token}` } });
  const counted = response.then((answer) =>
    countStreamed(answer, () => {
      peak = Math.max(peak, server.memory());
    }),
  );
  const { result, wait } = await probed(server, counted, other);
  return {
    rows: String(result),
    seconds: ((performance.now() - started) / 1000).toFixed(1),
    'memory growth, MiB': ((peak - before) / 2 ** 20).toFixed(0),
    'others, p99 ms': wait.others.toFixed(1),
  };
}

/** The server makes the tables, and is stopped while they are filled: it would wait for whole transactions. */
async function startSite(databases: Databases, count: number): Promise<Site> {
  const url = await databases.create();
  const server = await startServerProcess({ NODE_ENV: 'production', DATABASE_URL: url });
  const started = performance.now();
  await server.stop({ keep: true });
  const database = await openDatabase(url);
  await fillGyms(database, count);
  await fillMerchandise(database, count);
  await server.restart();
  for (const table of ['gym', 'merchandise']) await database.indexed(table);
  await database.close();
  console.error(`${databases.kind}, ${count} rows, filled in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const { pid } = databases;
  const cpu = () => server.cpu() + (pid === undefined ? 0 : cpuOf(pid));
  return { count, server, token: await server.signIn(), cpu };
}

async function measure(kind: DatabaseKind): Promise<Record<string, { rows: Growth }>> {
  const measured: Record<string, { rows: Growth }> = {};
  const databases = await startDatabases(kind);
  const sites: Site[] = [];
  try {
    for (const count of options.rows) sites.push(await startSite(databases, count));
    for (const workload of growthWorkloads.filter(({ name }) => options.workloads.includes(name))) {
      const rows = await grown(sites, workload);
      measured[workload.name] = { rows };
      for (const [count, { cpu, others }] of Object.entries(rows)) {
        console.error(`${kind}, ${count} rows, ${workload.name}: ${cpu.toFixed(2)} ms of CPU, others ${others} ms`);
      }
    }
    const last = sites.at(-1);
    if (last && options.workloads.includes('stream')) console.table({ 'all rows, streamed': await stream(last) });
  } finally {
    for (const { server } of sites) await server.stop();
    await databases.stop();
  }
  return measured;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
for (const kind of options.databases) {
  const measured = await measure(kind);
  console.log(`\n${databaseTitles[kind]}\n\n${growthTable(measured)}`);
  if (options.save) writePage(saveGrowth(kind, measured));
}
agent.destroy();
