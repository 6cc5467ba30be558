/** A real host on a free port for tests: real database, real keys, answers checked against the contract. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import { type Logger, pino } from 'pino';
import type { Intercept } from '../database/types.js';
import { createPalestra } from '../host/create.js';
import type { DatabaseOption } from '../host/options.js';
import type { CorsOptions } from '../http/cors.js';
import { type ServeLimits, serve } from '../http/serve.js';
import type { HostScheme } from '../identity/types.js';
import type { MetricsOptions } from '../metrics/page.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { Identify } from '../steps/exchange.js';
import { accountMaker, dba } from './accounts.js';
import { createTestClient } from './client.js';
import { copyMigrated } from './migrated-file.js';
import { shareSealingKey } from './sealing-key.js';
import type { TestHost } from './types.js';

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
  /** Hash passwords at the cost of production, for tests of what that costs. By default a hash takes no time. */
  readonly costlyPasswords?: boolean;
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

/** The least that argon2 takes. */
const quickHash = { m: 8, t: 1, p: 1 };

/** So long that no busy machine makes a test send its request on a connection that the host is just closing. */
const keptMs = 60_000;

export async function startTestHost(options: TestHostOptions): Promise<TestHost> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'palestra-test-')));
  if (!options.ownSealingKey) await shareSealingKey(dataDir);
  const database = options.database ?? `sqlite:${dataDir}/test.sqlite`;
  const palestra = createPalestra({
    checkAnswers: true,
    warmUp: false,
    rateLimit: false,
    ...(!options.costlyPasswords && { passwordCost: quickHash }),
    ...options,
    database,
    dataDir,
    dba,
    log: options.log ?? pino({ level: 'silent' }),
  });
  // Who intercepts statements may want to see those of the migrations.
  if (typeof database === 'string' && database.startsWith('sqlite:') && options.intercept === undefined) {
    await copyMigrated(database.slice('sqlite:'.length), palestra.migrations(), options.tablePrefix);
  }
  const server = await serve(palestra, {
    port: 0,
    drain: 2_000,
    idleGrace: options.idleGrace ?? 0,
    log: options.log ?? pino({ level: 'silent' }),
    limits: { keepAliveTimeout: keptMs, ...options.limits },
    ...(options.drainDelay !== undefined && { drainDelay: options.drainDelay }),
  });
  const client = createTestClient(server.url);
  return {
    ...client,
    palestra,
    dataDir,
    operate: (path, token, operation, data) => client.request('POST', path, { token, json: { operation, data } }),
    account: accountMaker(palestra),
    stop: async () => {
      await server.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Signs in by `tnt-admin-auth-scheme`; the access token. */
export async function signInAdmin(host: TestHost, username: string, password: string): Promise<string> {
  const answer = await host.request('GET', '/api/auth', {
    headers: { authorization: formatAuthorization(schemes.admin, formatUserPass(username, password)) },
  });
  if (answer.status !== 200) throw new Error(`Signing in as ${username} answered ${answer.text}`);
  return answer.body.data.access_token;
}
