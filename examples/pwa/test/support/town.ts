/** The app as it is served: built from the sources, with the demo town behind it, on a free port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Gym } from '@palestra/client';
import { shareSealingKey } from '@palestra/server/testing';
import { pino } from 'pino';
import { buildApp } from '../../build.js';
import { startAppServer } from '../../server/app.js';
import { type DemoAccount, seedDemo } from '../../server/demo.js';
import { tap } from './tap.js';

/** With characters that are easily spelt in more than one way. */
export const account = (username: string): DemoAccount => ({ username, password: `Pass phrase of ${username} (ä €)!` });

export interface Town {
  readonly url: string;
  /** The first belongs to `iron`, the second to `boulder`, the others to `town`. */
  readonly gyms: readonly Gym[];
  /** The built app. */
  readonly files: string;
  /** Of this run alone; the camera of the browsers looks at a file in it. */
  readonly folder: string;
  /** Moves the server's clock. */
  advance(ms: number): void;
  /** Everything browsers have sent, a character a byte. */
  wire(): string;
}

let shared: Promise<Town & { close(): Promise<void> }> | undefined;

/** The one of this test run, gone with it. */
export function sharedTown(): Promise<Town> {
  shared ??= openTown();
  return shared;
}

after(async () => {
  await (await shared)?.close();
});

async function openTown(): Promise<Town & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'palestra-pwa-'));
  await shareSealingKey(folder);
  const files = join(folder, 'app');
  await buildApp({ conditions: ['@palestra/source'], outdir: files });
  let ahead = 0;
  const server = await startAppServer({
    files,
    port: 0,
    dataDir: folder,
    dba: account('dba'),
    rateLimit: false,
    checkAnswers: true,
    clock: { now: () => Date.now() + ahead },
    log: pino({ level: 'silent' }),
  });
  const operators = [account('iron'), account('boulder'), account('town')] as const;
  await seedDemo({ baseUrl: server.url, dba: account('dba'), operators });
  const visitor = createClient({ baseUrl: server.url });
  await visitor.auth.signIn(account('iron'));
  const wire = await tap(server.url);
  return {
    url: wire.url,
    gyms: await visitor.gym.list(),
    files,
    folder,
    advance: (ms) => {
      ahead += ms;
    },
    wire: wire.sent,
    async close() {
      await wire.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
