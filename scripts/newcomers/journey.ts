/** What every newcomer begins with: an empty folder, and the packages as tarballs in a folder beside it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from '../follow-guide.js';
import { link, run, type Served, serve } from '../outside-project.js';
import { compile, packForTests } from '../pack.js';
import { manifestOf, packages, repository } from '../workspace.js';

export interface Journey {
  /** Empty at the beginning. */
  readonly folder: string;
  /** The blocks of a page, in order. */
  page(path: string): ReturnType<typeof blocksOf>;
  /** As `npm install` of these packages, with what they depend on. */
  install(...names: readonly string[]): Promise<void>;
  write(file: string, text: string): void;
  run(line: string): Promise<string>;
  /** Ends with the journey. */
  serve(
    line: string,
    options?: { readonly env?: Readonly<Record<string, string>>; readonly url?: string },
  ): Promise<Served>;
  port(): Promise<number>;
}

/** One kind of newcomer, with a second folder where there is a server. @throws Error where the pages and what happens differ */
export type Path = (journey: Journey, host: Journey) => Promise<void>;

export interface Packed {
  readonly tarballs: ReadonlyMap<string, string>;
  readonly install: 'registry' | 'linked';
}

export function packAll(install: Packed['install'], folder: string): Packed {
  compile();
  const names = packages(repository).map((each) => manifestOf(repository, each).name ?? each);
  return { tarballs: packForTests(names, folder), install };
}

export async function travel(path: Path, packed: Packed): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'palestra-newcomer-'));
  const served: Served[] = [];
  try {
    await path(begin(join(root, 'own'), packed, served), begin(join(root, 'host'), packed, served));
  } finally {
    for (const server of served) await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

function begin(folder: string, { tarballs, install }: Packed, served: Served[]): Journey {
  mkdirSync(folder);
  return {
    folder,
    page: (file) => blocksOf(readFileSync(join(repository, file), 'utf8')),
    async install(...names) {
      const ours = new Map([...tarballs].filter(([name]) => names.includes(name)));
      const others = names.filter((name) => !tarballs.has(name));
      if (install === 'linked') return link(folder, ours, others);
      const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...ours.values(), ...others];
      await run('npm', args, { cwd: folder });
    },
    write: (file, text) => writeFileSync(join(folder, file), text),
    run: (line) => run('sh', ['-c', line], { cwd: folder }),
    async serve(line, { env = {}, url } = {}) {
      const server = await serve(line, { cwd: folder, env }, url);
      served.push(server);
      return server;
    },
    port: freePort,
  };
}

/** A host with every built-in plugin, as in the root of this repository. */
export async function startDemo(host: Journey): Promise<Served> {
  const config = readFileSync(join(repository, 'palestra.config.js'), 'utf8');
  const plugins = [...config.matchAll(/from '(@palestra\/[^']+)'/g)].map(([, name = '']) => name);
  await host.install('@palestra/core', '@palestra/server', ...plugins);
  host.write('palestra.config.mjs', config);
  return host.serve('npx palestra demo', { env: { PORT: '0' } });
}

export function same(found: string, expected: string, what: string): void {
  if (found !== expected) throw new Error(`${what}\nshould print\n${expected}\nand prints\n${found}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => probe.once('listening', listening));
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
