/**
 * `npm run bench:million [-- rows]`: a gym table of a million rows. Streams all of it, watches the server's memory
 * and how other requests fare meanwhile, and compares an indexed query with the same on a thousand rows.
 */
import { countStreamed, fillGyms } from './support/gyms.js';
import { type ServerProcess, startServerProcess } from './support/server-process.js';

const rows = Number(process.argv[2] ?? 1_000_000);
const megabyte = 1024 * 1024;

interface Caller {
  post(data: object, operation?: string): Promise<Response>;
}

async function callerOf(server: ServerProcess): Promise<Caller> {
  const token = await server.signIn();
  return {
    post: (data, operation = 'query') =>
      fetch(`${server.url}/api/gym`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ operation, data }),
      }),
  };
}

async function probing(url: string, until: Promise<unknown>): Promise<number[]> {
  let running = true;
  void until.finally(() => {
    running = false;
  });
  const times: number[] = [];
  while (running) {
    const start = performance.now();
    await (await fetch(`${url}/api/discovery/gym?find=1`)).arrayBuffer();
    times.push(performance.now() - start);
  }
  return times;
}

const percentile = (times: number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;

/** Median time of a query by the indexed name, in milliseconds. */
async function indexed(caller: Caller, count: number): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < 600; turn++) {
    const name = `Gym ${1 + ((turn * 7919) % count)}`;
    const start = performance.now();
    const { data } = (await (await caller.post({ name: { equals: name } })).json()) as { data: unknown[] };
    if (turn >= 100) times.push(performance.now() - start);
    if (data.length !== 1) throw new Error(`${name} was not found.`);
  }
  return percentile(times, 0.5);
}

async function measured<Result>(
  environment: (server: ServerProcess, caller: Caller) => Promise<Result>,
  count: number,
) {
  const server = await startServerProcess();
  try {
    const caller = await callerOf(server);
    fillGyms(server.dataDir, count);
    return await environment(server, caller);
  } finally {
    await server.stop();
  }
}

const small = await measured((_, caller) => indexed(caller, 1_000), 1_000);
await measured(async (server, caller) => {
  const large = await indexed(caller, rows);
  const before = server.memory();
  let peak = before;
  const started = performance.now();
  const streaming = caller.post({ find: 0 }).then((response) =>
    countStreamed(response, () => {
      peak = Math.max(peak, server.memory());
    }),
  );
  const times = await probing(server.url, streaming);
  const found = await streaming;
  const seconds = (performance.now() - started) / 1000;
  const scan = probing(
    server.url,
    caller.post({ name: { contains: 'nowhere' } }).then((answer) => answer.text()),
  );
  const scanTimes = await scan;
  console.table({
    'rows streamed by find: 0': `${found} of ${rows} in ${seconds.toFixed(1)} s`,
    'memory growth while streaming': `${((peak - before) / megabyte).toFixed(1)} MB`,
    'other requests while streaming, p99': `${percentile(times, 0.99).toFixed(1)} ms of ${times.length}`,
    'other requests while contains finds nothing, p99': `${percentile(scanTimes, 0.99).toFixed(1)} ms of ${scanTimes.length}`,
    'query by an indexed field against 1,000 rows': `${(large / small).toFixed(2)} (${large.toFixed(2)} ms / ${small.toFixed(2)} ms)`,
  });
}, rows);
