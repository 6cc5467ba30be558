/** What is asked of each contender: one table. Where the way to ask differs, the contender knows how. */
import type { Contender, PeerName, Template } from './contender.js';
import { gymCount, members } from './rows.js';

export interface Workload {
  /** As `--workload` takes it. */
  readonly name: string;
  readonly title: string;
  /** Without it, all. */
  readonly peers?: readonly PeerName[];
  /** 32 without it. */
  readonly connections?: number;
  /** Of `wrk`, with a part of the connections each; 1 without it. */
  readonly threads?: number;
  /** So many requests instead of as many as fit, where one takes long. */
  readonly count?: number;
  /** A purchase is three requests. */
  readonly requests?: number;
  /** Of each contender before its rounds; 1 without it. */
  readonly warmUpSeconds?: number;
  /** What every contender's answer must share with Palestra's; a shape is its members, without their values. */
  readonly same: 'bytes' | 'shape' | 'status';
  readonly status: number;
  /** Answered again, the second time with this header, or the contender sits out. */
  readonly repeated?: string;
  request(contender: Contender): Template;
}

const handWritten: readonly PeerName[] = ['palestra', 'koa'];
const withLimit: readonly PeerName[] = ['palestra', 'limit', 'koa'];
/** Spread over the table, each about as often as the others: what 32 clients ask for at a time is not the same. */
const keys = async (): Promise<string[]> =>
  Array.from({ length: gymCount }, (_, index) => String(((index * 7_919) % gymCount) + 1).padStart(12, '0'));
/** Each is in the names of 20 gyms among the first 1,100. */
const parts = async (): Promise<string[]> => Array.from({ length: 90 }, (_, index) => String(((index * 7) % 90) + 10));

/** Ids to continue behind, with twenty gyms left. */
const pages = async (): Promise<string[]> => (await keys()).filter((key) => Number(key) <= gymCount - 20);

const get = (path: string): Template => ({ method: 'GET', path });
const operate = (operation: string, data: object): Template => ({
  method: 'POST',
  path: '/api/gym',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ operation, data }),
});
const newGym = { name: 'Gym {n}', address: 'Seestraße 12, Salzburg', detail: 'Free weights and a sauna.' };

/** The first of three requests; the others follow from the answers, in the same folder. */
const purchase = ({ offers }: Contender, folder: string): Template => ({
  method: 'POST',
  path: `${folder}/perform_transaction`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ merchandiseId: offers[0], paymentMethod: 'sandbox' }),
});

/** Beside the workloads: a cold start, and the memory at rest after it. */
export const start = 'start';

/** What takes long, all at once, and how long a read of one row waits beside it. Creates wait for the disk, and are not in it. */
export const mixed = 'mixed';

/** The workloads that make it up, with their connections. */
export const mixture: Readonly<Record<string, number>> = { login: 4, 'list-10000': 4 };

/** Reads before writes, so that all contenders read the same number of rows. */
export const workloads: readonly Workload[] = [
  { name: 'health', title: 'health', same: 'bytes', status: 200, request: () => get('/livez') },
  {
    name: 'by-key',
    title: 'one by key, GET',
    same: 'bytes',
    status: 200,
    request: () => ({ ...get('/api/gym/{value}'), values: keys }),
  },
  {
    name: 'envelope',
    title: 'one by key, envelope',
    same: 'bytes',
    status: 200,
    request: () => ({ ...operate('query', { _id: { equals: '{value}' } }), values: keys }),
  },
  {
    name: 'rows-20',
    title: '20 rows',
    same: 'bytes',
    status: 200,
    request: () => ({ ...operate('query', { after: '{value}', find: 20 }), values: pages }),
  },
  {
    name: 'narrow-20',
    title: '20 narrow rows',
    same: 'bytes',
    status: 200,
    request: () => get('/api/v1/countries'),
  },
  {
    name: 'contains',
    title: 'contains, 20 found',
    warmUpSeconds: 5,
    same: 'bytes',
    status: 200,
    request: () => ({ ...operate('query', { name: { contains: '{value}' }, find: 20 }), values: parts }),
  },
  {
    name: 'discovery',
    title: 'discovery by distance',
    same: 'bytes',
    status: 200,
    request: () => get('/api/discovery/gym?near=13.0550,47.8095&max=20000&find=20'),
  },
  {
    name: 'list-10000',
    title: 'list of 10,000',
    connections: 2,
    count: 8,
    same: 'bytes',
    status: 200,
    request: () => operate('query', { find: gymCount }),
  },
  {
    name: 'device-304',
    title: 'device polls, 304',
    peers: withLimit,
    same: 'status',
    status: 304,
    request: ({ deviceToken, etag }) => ({
      ...get('/api/v1/stams/self/games'),
      headers: { authorization: `Bearer ${deviceToken}`, 'if-none-match': etag },
    }),
  },
  {
    name: 'login',
    title: 'login',
    connections: 4,
    count: 8,
    same: 'status',
    status: 200,
    request: ({ signIn }) => signIn,
  },
  { name: 'create', title: 'create', same: 'shape', status: 201, request: () => operate('create', newGym) },
  {
    name: 'create-keyed',
    title: 'create under a key',
    peers: handWritten,
    same: 'shape',
    status: 201,
    repeated: 'idempotency-replayed',
    request: () => {
      const { headers, ...rest } = operate('create', newGym);
      return { ...rest, headers: { ...headers, 'idempotency-key': '{uuid}' } };
    },
  },
  {
    name: 'purchase',
    title: 'buy, verify, use',
    peers: handWritten,
    requests: 3,
    warmUpSeconds: 5,
    threads: members.length,
    same: 'shape',
    status: 201,
    request: (contender) => purchase(contender, '/api'),
  },
  {
    name: 'purchase-audited',
    title: 'buy, verify, use, same promises',
    peers: handWritten,
    requests: 3,
    warmUpSeconds: 5,
    threads: members.length,
    same: 'shape',
    status: 201,
    request: (contender) => purchase(contender, contender.name === 'palestra' ? '/api' : '/audited'),
  },
];

/** Every name that `--workload` takes, in the order of the tables. */
export const workloadNames: readonly string[] = [...workloads.map(({ name }) => name), mixed, start];
