/**
 * `npm run bench:client [-- rounds calls]`: what a call of the client costs beside a bare `fetch` of the same request,
 * `openapi-fetch` and `ky`, and by `nodeTransport` instead of `fetch`, in turns, against a real server in a process of its own. The figure is CPU of this process
 * (user + system) a call, as the median of the rounds' ratios to the bare fetch.
 */
import { createClient, memoryTokens, type Transport } from '@palestra/client';
import { nodeTransport } from '@palestra/client/node';
import ky from 'ky';
import createOpenapiFetch from 'openapi-fetch';
import type { operations } from '../packages/client-sdk/src/generated/openapi.js';
import { startServerProcess } from './harness/processes.js';
import { inTurn, median } from './harness/statistics.js';

const rounds = Number(process.argv[2] ?? 25);
const calls = Number(process.argv[3] ?? 500);
/** Before anything is measured, until the compiler has seen what is hot. */
const warmUpCalls = 3_000;
const inFlight = 16;

type Call = () => Promise<{ readonly _id: string } | undefined>;

interface Caller {
  readonly name: string;
  /** GET of one by its key. */
  readonly get: Call;
  /** The same by a POST envelope. */
  readonly query: Call;
  /** A write: ours goes out under an idempotency key. */
  readonly create: Call;
}

type Workload = 'get' | 'query' | 'create';

interface Paths {
  readonly '/api/gym': { post: operations['operateGym'] };
  readonly '/api/gym/{id}': { get: operations['getGym'] };
}

let serial = 0;
const created = () => ({ operation: 'create', data: { name: `Gym ${process.pid}-${serial++}` } }) as const;

function callers(baseUrl: string, token: string, id: string): readonly Caller[] {
  const queried = { operation: 'query', data: { _id: { equals: id } } } as const;
  const authorization = `Bearer ${token}`;

  const bare = async (method: string, path: string, body?: object) => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${response.status}`);
    return ((await response.json()) as { data: never }).data;
  };
  const palestra = (name: string, options: { readonly transport?: Transport } = {}): Caller => {
    const client = createClient({ baseUrl, tokens: memoryTokens({ accessToken: token }), ...options });
    return {
      name,
      get: () => client.gym.get(id),
      query: async () => (await client.gym.query(queried.data))[0],
      create: () => client.gym.create(created().data),
    };
  };
  const typed = createOpenapiFetch<Paths>({ baseUrl, headers: { authorization } });
  const api = ky.create({ prefixUrl: baseUrl, headers: { authorization } });

  return [
    {
      name: 'bare fetch',
      get: () => bare('GET', `/api/gym/${id}`),
      query: async () => (await bare('POST', '/api/gym', queried))[0],
      create: () => bare('POST', '/api/gym', created()),
    },
    palestra('@palestra/client'),
    palestra('@palestra/client, nodeTransport', { transport: nodeTransport() }),
    {
      name: 'openapi-fetch',
      get: async () => (await typed.GET('/api/gym/{id}', { params: { path: { id } } })).data?.data,
      query: async () => firstOf((await typed.POST('/api/gym', { body: queried })).data),
      create: async () => dataOf((await typed.POST('/api/gym', { body: created() })).data),
    },
    {
      name: 'ky',
      get: async () => dataOf(await api.get(`api/gym/${id}`).json()),
      query: async () => firstOf(await api.post('api/gym', { json: queried }).json()),
      create: async () => dataOf(await api.post('api/gym', { json: created() }).json()),
    },
  ];
}

const dataOf = (answer: unknown) => (answer as { data: { _id: string } }).data;
const firstOf = (answer: unknown) => (answer as { data: { _id: string }[] }).data[0];

/** Microseconds of CPU a call. */
async function cost(call: Call, count: number = calls): Promise<number> {
  const before = process.cpuUsage();
  let left = count;
  const lane = async () => {
    while (left-- > 0) if ((await call())?._id === undefined) throw new Error('That was no answer.');
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

async function measure(all: readonly Caller[], workload: Workload): Promise<Record<string, number[]>> {
  const figures: Record<string, number[]> = Object.fromEntries(all.map(({ name }) => [name, []]));
  for (const caller of all) await cost(caller[workload], warmUpCalls);
  for (let round = 0; round < rounds; round++) {
    for (const caller of inTurn(all, round)) {
      figures[caller.name]?.push(await cost(caller[workload]));
    }
  }
  return figures;
}

const server = await startServerProcess({ NODE_ENV: 'production' });
try {
  const token = await server.signIn();
  const admin = createClient({ baseUrl: server.url, tokens: memoryTokens({ accessToken: token }) });
  const { _id } = await admin.gym.create({ name: 'Iron Temple', address: 'Seestraße 12', geoLocation: [13.055, 47.8] });
  const all = callers(server.url, token, _id);
  const table: Record<string, Record<string, string>> = {};
  for (const workload of ['get', 'query', 'create'] as const) {
    const figures = await measure(all, workload);
    const base = figures['bare fetch'] ?? [];
    for (const { name } of all) {
      const own = figures[name] ?? [];
      const ratio = median(own.map((figure, round) => figure / (base[round] ?? Number.NaN)));
      table[name] = {
        ...table[name],
        [`${workload}, CPU µs`]: median(own).toFixed(0),
        [`${workload}, ratio`]: ratio.toFixed(2),
      };
    }
  }
  console.table(table);
} finally {
  await server.stop();
}
