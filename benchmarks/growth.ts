/**
 * `npm run bench:growth [-- --rows 1000,1000000 --workload near --database sqlite --seconds 2]`: what a request costs
 * with a thousand rows and with a million, and how long others wait meanwhile. Then a list of all rows is streamed,
 * and the server's memory watched.
 */

import { Agent } from 'node:http';
import { type DatabaseKind, openDatabase, startDatabases } from './harness/databases.js';
import { type GrowthWorkload, growthWorkloads } from './harness/growth-workloads.js';
import { send } from './harness/http.js';
import { readOptions } from './harness/options.js';
import { type ServerProcess, startServerProcess } from './harness/processes.js';
import { databaseTitles } from './harness/results.js';
import { countStreamed, fillGyms, fillMerchandise } from './harness/rows.js';
import { median, percentile } from './harness/statistics.js';

const options = readOptions([...growthWorkloads.map(({ name }) => name), 'stream'], { rounds: 1, seconds: 2 });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const mostRequests = 1_000;
const probeEveryMs = 5;

interface Cost {
  /** Milliseconds of the server's CPU a request. */
  readonly cpu: number;
  /** Milliseconds until the answer. */
  readonly time: number;
  /** 99th percentile of the milliseconds that other requests wait meanwhile. */
  readonly probe: number;
}

let turn = 0;

/** As many as fit into the time, and one at least. */
async function requests(server: ServerProcess, token: string, workload: GrowthWorkload, count: number): Promise<Cost> {
  const times: number[] = [];
  const cpu = server.cpu();
  const end = performance.now() + options.seconds * 1000;
  do {
    const { path, method, headers, body } = workload.request(count, turn++);
    const started = performance.now();
    const answer = await send(server.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      body,
      agent,
    });
    if (answer.status >= 400) throw new Error(`${workload.name}: ${answer.status} ${answer.text}`);
    times.push(performance.now() - started);
  } while (performance.now() < end && times.length < mostRequests);
  return { cpu: (server.cpu() - cpu) / 1000 / times.length, time: median(times), probe: 0 };
}

async function cost(server: ServerProcess, token: string, workload: GrowthWorkload, count: number): Promise<Cost> {
  const alone = await requests(server, token, workload, count);
  const { probe } = await probed(server.url, requests(server, token, workload, count));
  return { ...alone, probe };
}

/** Asks something small again and again until the other has ended. */
async function probed<Result>(url: string, other: Promise<Result>): Promise<{ result: Result; probe: number }> {
  const times: number[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const started = performance.now();
      await send(`${url}/api/discovery/gym?find=1`, { method: 'GET' });
      times.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
    }
  })();
  const result = await other.finally(() => {
    over = true;
  });
  await asking;
  return { result, probe: percentile(times, 0.99) };
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
  const { result, probe } = await probed(server.url, counted);
  return {
    rows: String(result),
    seconds: ((performance.now() - started) / 1000).toFixed(1),
    'memory growth, MiB': ((peak - before) / 2 ** 20).toFixed(0),
    'others, p99 ms': probe.toFixed(1),
  };
}

type Table = Record<string, Record<string, string>>;

async function grown(kind: DatabaseKind, count: number, table: Table): Promise<void> {
  const databases = await startDatabases(kind);
  const url = await databases.create();
  const server = await startServerProcess({ NODE_ENV: 'production', DATABASE_URL: url });
  try {
    const database = await openDatabase(url);
    await fillGyms(database, count);
    await fillMerchandise(database, count);
    await database.close();
    const token = await server.signIn();
    const chosen = growthWorkloads.filter(({ name }) => options.workloads.includes(name));
    for (const workload of chosen) await requests(server, token, workload, count);
    for (const workload of chosen) {
      const { cpu, time, probe } = await cost(server, token, workload, count);
      const first = Number(Object.values(table[workload.title] ?? {})[0] ?? cpu);
      table[workload.title] = {
        ...table[workload.title],
        [`${count}: CPU ms`]: cpu.toFixed(2),
        [`${count}: time ms`]: time.toFixed(2),
        [`${count}: others p99 ms`]: probe.toFixed(1),
        growth: (cpu / first).toFixed(1),
      };
      console.error(
        `${kind}, ${count} rows, ${workload.name}: ${cpu.toFixed(2)} ms CPU, others ${probe.toFixed(1)} ms`,
      );
    }
    if (options.workloads.includes('stream')) console.table({ 'all rows, streamed': await stream(server, token) });
  } finally {
    await server.stop();
    await databases.stop();
  }
}

for (const kind of options.databases) {
  const table: Table = {};
  for (const count of options.rows) await grown(kind, count, table);
  console.log(databaseTitles[kind]);
  console.table(table);
}
agent.destroy();
