/** The app in a real browser: built from its sources, served with the demo town, and every byte to the server kept. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gym } from '@palestra/client';
import { pino } from 'pino';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { buildApp } from '../build.js';
import { startAppServer } from '../server/app.js';
import { seedDemo } from '../server/demo.js';

const executablePath = '/usr/bin/chromium';
export const artifacts: string = join(import.meta.dirname, '../artifacts');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws Error if it is not installed and `REQUIRE_ALL=1` (as CI sets it) demands it */
export function hasChromium(): boolean {
  const found = existsSync(executablePath);
  if (!found && process.env.REQUIRE_ALL === '1')
    throw new Error('Chromium is not installed; REQUIRE_ALL=1 demands it.');
  return found;
}

/** Runs in a browser of its own, gone afterwards. */
export function launch(...more: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}

export const account = (username: string) => ({ username, password: `Pass phrase of ${username} (ä €)!` });

export interface Town {
  readonly url: string;
  /** By the order of the demo: the first belongs to `iron`, the second to `boulder`, the others to `town`. */
  readonly gyms: readonly Gym[];
  /** Moves the server's clock. */
  advance(ms: number): void;
  /** Everything the browser has sent. */
  wire(): string;
  close(): Promise<void>;
}

export async function openTown(): Promise<Town> {
  const folder = await mkdtemp(join(tmpdir(), 'palestra-pwa-'));
  await mkdir(artifacts, { recursive: true });
  await buildApp({ conditions: ['@palestra/source'], outdir: join(folder, 'app') });
  let ahead = 0;
  const server = await startAppServer({
    files: join(folder, 'app'),
    port: 0,
    dataDir: folder,
    dba: account('dba'),
    rateLimit: false,
    checkAnswers: true,
    clock: { now: () => Date.now() + ahead },
    log: pino({ level: 'silent' }),
  });
  const operators = [account('iron'), account('boulder'), account('town')] as const;
  const gyms = await seedDemo({ baseUrl: server.url, dba: account('dba'), operators });
  const wire = await tap(server.url);
  return {
    url: wire.url,
    gyms,
    wire: wire.sent,
    advance: (ms) => {
      ahead += ms;
    },
    async close() {
      await wire.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A phone of its own: storage, cache and worker shared with no other. */
export async function phone(
  browser: Browser,
  town: Town,
  options: BrowserContextOptions = {},
): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
  const context = await browser.newContext({
    baseURL: town.url,
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(8_000);
  return { context, page: await context.newPage() };
}

interface Tap {
  readonly url: string;
  sent(): string;
  close(): Promise<void>;
}

/** Passes bytes on, both ways, and keeps those that go to the server. */
async function tap(target: string): Promise<Tap> {
  const { hostname, port } = new URL(target);
  const chunks: Buffer[] = [];
  const server: Server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.on('data', (bytes: Buffer) => chunks.push(bytes));
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
    sockets.add(near);
  });
  const sockets = new Set<{ destroy(): void }>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => Buffer.concat(chunks).toString('latin1'),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
