/** A real host on a free port for tests: real database, real keys, answers checked against the contract. */
import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, formatAuthorization, formatUserPass, type Role, schemes } from '@palestra/core';
import { type Logger, pino } from 'pino';
import type { Intercept } from '../database/types.js';
import { createPalestra } from '../host/create.js';
import type { DatabaseOption, Palestra } from '../host/options.js';
import type { CorsOptions } from '../http/cors.js';
import { type ServeLimits, serve } from '../http/serve.js';
import type { HostScheme } from '../identity/types.js';
import type { MetricsOptions } from '../metrics/page.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { Identify } from '../steps/exchange.js';
import { recordExchange } from './exchanges.js';
import { shareSealingKey } from './sealing-key.js';
import type { Account, TestClient, TestHost } from './types.js';

export interface TestHostOptions {
  readonly plugins: readonly AnyPlugin[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** By default a new SQLite file. */
  readonly database?: string | DatabaseOption;
  readonly tablePrefix?: string;
  /** Plugins that may fail at boot. */
  readonly degrade?: readonly string[];
  /** Shared by several hosts on one database; by default a new folder. */
  readonly dataDir?: string;
  /** Make a sealing key for this host alone. By default all hosts of a process share one, which saves half a second each. */
  readonly ownSealingKey?: boolean;
  readonly clock?: Clock;
  /** Whether plugins run background work; true by default. */
  readonly background?: boolean;
  /** Off by default, since tests sign in more often than people. */
  readonly rateLimit?: boolean;
  readonly trustProxy?: readonly string[];
  /** Credential schemes beside Bearer. */
  readonly schemes?: readonly HostScheme[];
  /** Called before and after every SQL statement. */
  readonly intercept?: Intercept;
  readonly metrics?: boolean | MetricsOptions;
  readonly cors?: CorsOptions;
  /** Who calls, as an embedding app knows it. */
  readonly identify?: Identify;
  readonly publicUrl?: string;
  readonly limits?: Partial<ServeLimits>;
  readonly drainDelay?: number;
  /** 0 by default, so that tests end at once. */
  readonly idleGrace?: number;
  /** Silent by default. */
  readonly log?: Logger;
  /** Check every answer against the contract; true by default. */
  readonly checkAnswers?: boolean;
}

export async function startTestHost(options: TestHostOptions): Promise<TestHost> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'palestra-test-')));
  if (!options.ownSealingKey) await shareSealingKey(dataDir);
  const dba = { username: 'dba', password: 'test-only-password-of-the-dba' };
  const palestra = createPalestra({
    checkAnswers: true,
    warmUp: false,
    rateLimit: false,
    ...options,
    database: options.database ?? `sqlite:${dataDir}/test.sqlite`,
    dataDir,
    dba,
    log: options.log ?? pino({ level: 'silent' }),
  });
  const server = await serve(palestra, {
    port: 0,
    drain: 2_000,
    idleGrace: options.idleGrace ?? 0,
    log: options.log ?? pino({ level: 'silent' }),
    ...(options.limits && { limits: options.limits }),
    ...(options.drainDelay !== undefined && { drainDelay: options.drainDelay }),
  });
  const client = createTestClient(server.url);
  const { request, seal } = client;
  return {
    ...client,
    palestra,
    dataDir,
    operate: (path, token, operation, data) => request('POST', path, { token, json: { operation, data } }),
    account: (role = 'player') => createAccount(palestra, request, seal, role),
    stop: async () => {
      await server.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Request = TestClient['request'];

export function createTestClient(url: string): TestClient {
  const request = createRequest(url);
  const seal = async (plaintext: unknown) => sealBlock((await request('GET', '/api/gpk')).body.publicKey, plaintext);
  return { url, request, seal };
}

function createRequest(url: string): Request {
  return async (method, path, { token, json, body, headers = {} } = {}) => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: formatAuthorization(schemes.bearer, token) }),
        ...headers,
      },
      ...(json !== undefined ? { body: JSON.stringify(json) } : body !== undefined && { body }),
    });
    const text = await response.text();
    const answer = { method, path, status: response.status, headers: response.headers, text, body: parsed(text) };
    recordExchange(answer, json ?? body);
    return answer;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function sealBlock(publicKey: string, plaintext: unknown): string {
  const key = { key: publicKey, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING };
  return publicEncrypt(key, Buffer.from(JSON.stringify(plaintext))).toString('base64');
}

async function createAccount(
  palestra: Palestra,
  request: Request,
  seal: TestHost['seal'],
  role: Role,
): Promise<Account> {
  const username = `${role}-${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('base64url');
  const sealed = await seal({ username, password });
  const registered = await request('POST', '/api/register', { json: { sealed } });
  if (registered.status !== 201) throw new Error(`Registering ${username} answered ${registered.text}`);
  const { knex } = palestra.database();
  const [row] = await knex('account').select('id').where({ username });
  const account = { id: Number(row?.id), username, password };
  const { access_token: token, refresh_token } = registered.body.data;
  if (role === 'player') return { ...account, token };
  await knex('account').where({ username }).update({ role, granted_role: role });
  // A token of the new role, without hashing the password once more as a sign-in would.
  const refreshed = await request('POST', '/api/refresh', { json: { refresh_token } });
  if (refreshed.status !== 200) throw new Error(`Refreshing the token of ${username} answered ${refreshed.text}`);
  return { ...account, token: refreshed.body.data.access_token };
}

/** Signs in by `tnt-admin-auth-scheme`; the access token. */
export async function signInAdmin(host: TestHost, username: string, password: string): Promise<string> {
  const answer = await host.request('GET', '/api/auth', {
    headers: { authorization: formatAuthorization(schemes.admin, formatUserPass(username, password)) },
  });
  if (answer.status !== 200) throw new Error(`Signing in as ${username} answered ${answer.text}`);
  return answer.body.data.access_token;
}
