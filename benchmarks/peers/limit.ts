/**
 * The limit: node:http and prepared statements, a map of verified tokens, no framework, no validation. What a product
 * can come near to, not what anybody should write.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { newRow } from './shared/gyms.js';
import { prepare } from './shared/prepared.js';
import { announce, secretKey } from './shared/settings.js';
import { signIn } from './shared/sign-in.js';
import { boxAround, type GymRow, gymOf, nearbyOf, nearest } from './shared/wire.js';

const byKey = prepare<GymRow>('select * from gym where id = ?');
const page = prepare<GymRow>('select * from gym where id > ? order by id limit ?');
const containing = prepare<GymRow>("select * from gym where name like ? escape '!' order by id limit ?");
const inBox = prepare<GymRow>('select * from gym where latitude between ? and ? and longitude between ? and ?');
const columns = Object.keys(newRow({ name: '' }, 0));
const insert = prepare(`insert into gym (${columns}) values (${columns.map(() => '?')})`);
const countries = prepare('select id as country_id, name from country order by id');
const revision = prepare<{ revision: number }>('select revision from games_state');

const accounts = new Map<string, number>();

/** The account of the token; 0 for none. */
function accountOf({ headers: { authorization = '' } }: IncomingMessage): number {
  let account = accounts.get(authorization);
  if (account === undefined) {
    account = Number(jwt.verify(authorization.slice('Bearer '.length), secretKey).sub);
    accounts.set(authorization, account);
  }
  return account;
}

function bodyOf(request: IncomingMessage): Promise<never> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as never));
  });
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

const enveloped = (data: unknown) => `{"success":true,"data":${JSON.stringify(data)},"exceptionMessage":""}`;

interface Envelope {
  readonly operation: string;
  readonly data: {
    readonly _id?: { readonly equals: string };
    readonly name?: { readonly contains: string } & string;
    readonly find?: number;
    readonly after?: string;
  };
}

async function operate(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const account = accountOf(request);
  const { operation, data }: Envelope = await bodyOf(request);
  if (operation === 'create') {
    const row = newRow(data as never, account);
    const id = await insert.run(Object.values(row));
    send(response, 201, enveloped(gymOf({ ...row, id })));
    return;
  }
  const rows = data._id
    ? byKey.all([Number(data._id.equals)])
    : data.name
      ? containing.all([`%${data.name.contains}%`, data.find ?? -1])
      : page.all([Number(data.after ?? 0), data.find ?? -1]);
  send(response, 200, enveloped((await rows).map(gymOf)));
}

async function one(request: IncomingMessage, response: ServerResponse): Promise<void> {
  accountOf(request);
  const [row] = await byKey.all([Number(request.url?.slice('/api/gym/'.length))]);
  send(response, 200, enveloped(gymOf(row as GymRow)));
}

async function discover(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const center = nearbyOf(Object.fromEntries(new URLSearchParams(request.url?.split('?')[1])));
  const { south, north, west, east } = boxAround(center, center.max);
  send(response, 200, enveloped(nearest(await inBox.all([south, north, west, east]), center)));
}

async function games(request: IncomingMessage, response: ServerResponse): Promise<void> {
  accountOf(request);
  const [state] = await revision.all([]);
  const etag = `"r${state?.revision}"`;
  response.writeHead(request.headers['if-none-match'] === etag ? 304 : 200, { etag });
  response.end();
}

type Route = readonly [prefix: string, answer: (request: IncomingMessage, response: ServerResponse) => unknown];

const routes: readonly Route[] = [
  ['/livez', (_, response) => response.end('ok')],
  ['/api/gym/', one],
  ['/api/gym', operate],
  ['/api/discovery/gym', discover],
  [
    '/api/v1/countries',
    async (request, response) => {
      accountOf(request);
      send(response, 200, JSON.stringify(await countries.all([])));
    },
  ],
  ['/api/v1/stams/self/games', games],
  ['/api/login', async (request, response) => send(response, 200, enveloped(await signIn(await bodyOf(request))))],
];

const server = createServer((request, response) => {
  for (const [prefix, answer] of routes) {
    if (request.url?.startsWith(prefix)) return answer(request, response);
  }
  response.writeHead(404).end();
});
server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
