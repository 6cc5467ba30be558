/** Sends requests to a server of its own, judges each answer, and says what it found. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import type { OpenApiDocument } from '@palestra/core';
import { operationsOf } from '../../packages/server/src/contract/operations.js';
import { programOf } from '../../scripts/testing/program.js';
import { createJudge, type FuzzAnswer } from './judge.js';
import { createRandom } from './random.js';
import { createRequest, type FuzzRequest } from './requests.js';
import { isObject } from './sample.js';
import type { ServerLine } from './server.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  /** At once; 8 by default. */
  readonly parallel?: number;
}

export interface Finding {
  readonly what: string;
  readonly times: number;
  readonly request: Omit<FuzzRequest, 'operation'>;
  readonly requestId: string;
  readonly answer: string;
  /** What the server's log says, of a 500. */
  readonly cause?: unknown;
}

export interface FuzzReport {
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Operations that succeeded at least once. */
  readonly reached: readonly string[];
  readonly unreached: readonly string[];
  readonly findings: readonly Finding[];
  readonly uncaught: readonly string[];
  /** Bytes of the server's memory, after a tenth of the requests and at the end. */
  readonly rss: { readonly before: number; readonly after: number };
}

/** Each makes a file; a few are enough. */
const rarely: ReadonlySet<string> = new Set(['createBackup']);
/** More would only make requests refer to what is gone. */
const mostKnown = 200;

export async function fuzz({ seed, requests, parallel = 8 }: FuzzOptions): Promise<FuzzReport> {
  const server = await startServer();
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  try {
    const { document, publicKey } = await describe(server.url, agent);
    const judge = createJudge(document);
    const operations = operationsOf(document);
    const known: string[] = [];
    const statuses: Record<string, number> = {};
    const reached = new Set<string>();
    const findings = new Map<string, Finding>();
    let before = 0;
    let next = 0;

    async function one(index: number): Promise<void> {
      const random = createRandom(seed * 1_000_003 + index);
      const operation = random.pick(operations);
      if (rarely.has(operation.id) && !random.chance(0.05)) return;
      const request = createRequest(operation, { document, tokens: server.tokens, publicKey, random, known });
      const answer = await exchange(server.url, agent, request);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status < 300 && answer.status > 0) {
        reached.add(operation.id);
        learn(answer.body, known);
      }
      const fault = judge(request, answer);
      if (fault !== undefined) note(findings, request, answer, fault);
      if (index === Math.floor(requests / 10)) before = server.rss();
    }

    async function work(): Promise<void> {
      for (let index = next++; index < requests; index = next++) await one(index);
    }
    await Promise.all(Array.from({ length: parallel }, work));
    return {
      requests,
      statuses,
      reached: [...reached].sort(),
      unreached: operations.map(({ id }) => id).filter((id) => !reached.has(id)),
      findings: [...findings.values()].map((each) => ({ ...each, cause: server.failures.get(each.requestId) })),
      uncaught: server.uncaught,
      rss: { before, after: server.rss() },
    };
  } finally {
    agent.destroy();
    await server.stop();
  }
}

interface FuzzedServer {
  readonly url: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly uncaught: string[];
  /** What the log says of each 500, by request id. */
  readonly failures: ReadonlyMap<string, unknown>;
  rss(): number;
  stop(): Promise<void>;
}

async function startServer(): Promise<FuzzedServer> {
  const program = await programOf(new URL('./server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PALESTRA_RATE_LIMIT: 'off' },
  });
  const uncaught: string[] = [];
  const failures = new Map<string, unknown>();
  let stopping = false;
  child.once('exit', (code, signal) => {
    if (!stopping) uncaught.push(`The server ended with ${signal ?? code}.`);
  });
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The server ended before it was ready.')));
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as ServerLine;
      if ('uncaught' in line) uncaught.push(line.uncaught);
      else if ('failure' in line) failures.set(line.failure.requestId, line.failure.err);
      else {
        const stop = () => {
          stopping = true;
          return end(child);
        };
        resolve({ ...line.ready, uncaught, failures, rss: () => rssOf(child), stop });
      }
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.stdin?.end();
  });
}

/** As Linux says it; elsewhere memory is not measured. */
function rssOf({ pid }: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function describe(url: string, agent: Agent): Promise<{ document: OpenApiDocument; publicKey: string }> {
  const get = async (target: string) =>
    JSON.parse((await exchange(url, agent, { method: 'GET', target, headers: {} })).body);
  return { document: await get('/openapi.json'), publicKey: (await get('/api/gpk')).publicKey };
}

type Sent = Pick<FuzzRequest, 'method' | 'target' | 'headers' | 'body'>;

function exchange(url: string, agent: Agent, { method, target, headers, body }: Sent): Promise<FuzzAnswer> {
  return new Promise((resolve) => {
    const none = (error: Error) => resolve({ status: 0, headers: {}, body: error.message });
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const latin = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    );
    const { hostname, port } = new URL(url);
    const outgoing = httpRequest(
      { agent, hostname, port, method, path: target, headers: { ...latin, ...length } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', none);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', none);
    outgoing.end(body);
  });
}

/** Identifiers of what an answer shows. */
function learn(body: string, known: string[]): void {
  if (body.length > 20_000) return;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value.slice(0, 3)) visit(item);
    if (!isObject(value)) return;
    for (const [name, inner] of Object.entries(value)) {
      const names = /(^_?id|_id|uid|Id)$/.test(name);
      if (names && (typeof inner === 'string' || typeof inner === 'number')) known.push(String(inner));
      else visit(inner);
    }
  };
  visit(JSON.parse(body === '' ? 'null' : body));
  known.splice(0, Math.max(0, known.length - mostKnown));
}

function note(
  findings: Map<string, Finding>,
  { operation, ...request }: FuzzRequest,
  answer: FuzzAnswer,
  fault: string,
): void {
  const what = `${operation.id} ${fault}`;
  const known = findings.get(what);
  const requestId = String(answer.headers['x-request-id']);
  findings.set(what, {
    ...(known ?? { what, request, requestId, answer: answer.body.slice(0, 500) }),
    times: (known?.times ?? 0) + 1,
  });
}
