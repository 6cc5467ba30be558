/** A project outside this clone: an empty folder, our packages out of their tarballs, and nothing of the clone in its environment. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { repository } from './workspace.js';

/** By the names of their commands. The compiler is the quick one: the registry's form of these tests has the one of the template. */
const programs = { palestra: '../@palestra/server/bin/palestra.mjs', tsc: '../typescript-7/bin/tsc' };

/**
 * Our packages by name, out of their tarballs. What they and the project say that they need, and `others`, is as it is
 * installed in this clone; nothing else is there.
 */
export async function link(
  folder: string,
  packs: ReadonlyMap<string, string>,
  others: readonly string[] = [],
): Promise<void> {
  const modules = join(folder, 'node_modules');
  const installed = join(repository, 'node_modules');
  const needed = new Set(['typescript-7', ...others, ...namedIn(folder, ['dependencies', 'devDependencies'])]);
  for (const [name, tarball] of packs) {
    const target = join(modules, name);
    mkdirSync(target, { recursive: true });
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target], { cwd: folder });
    for (const each of namedIn(target, ['dependencies', 'peerDependencies'])) needed.add(each);
  }
  for (const name of needed) {
    const target = join(modules, name);
    if (existsSync(target) || !existsSync(join(installed, name))) continue;
    mkdirSync(dirname(target), { recursive: true });
    // Node looks for what it needs itself in the clone.
    symlinkSync(join(installed, name), target);
  }
  rmSync(join(modules, '.bin'), { recursive: true, force: true });
  cpSync(join(installed, '.bin'), join(modules, '.bin'), { recursive: true, verbatimSymlinks: true });
  for (const [name, program] of Object.entries(programs)) {
    rmSync(join(modules, '.bin', name), { force: true });
    symlinkSync(program, join(modules, '.bin', name));
  }
}

/** What the manifest of a folder names, if it has one; not our own packages, which are those of the tarballs. */
function namedIn(folder: string, groups: readonly string[]): string[] {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return [];
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  return groups.flatMap((group) => Object.keys(manifest[group] ?? {})).filter((name) => !name.startsWith('@palestra/'));
}

interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What it prints. @throws Error with that, for a command that fails */
export function run(program: string, args: readonly string[], { cwd, env }: Place): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${[program, ...args].join(' ')} ended with ${code} in ${cwd}:\n${output}`));
    });
  });
}

export interface Served {
  readonly url: string;
  printed(): string;
  /** The whole group of processes, and waits for its end: npm starts a shell, and that the server. */
  stop(): Promise<void>;
}

/** Starts a server, until it says where it serves or, where it says nothing, until `url` answers. */
export async function serve(line: string, place: Place, url?: string): Promise<Served> {
  const [program = '', ...args] = line.split(' ');
  const child = spawn(program, args, {
    cwd: place.cwd,
    env: environment(place.env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const read = (chunk: Buffer) => (output += chunk);
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  };
  try {
    for (const deadline = Date.now() + 120_000; ; ) {
      const found = url === undefined ? /serves on (http:\S+)/.exec(output)?.[1] : await answering(url);
      if (found !== undefined) return { url: found, printed: () => output, stop };
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${line} does not serve:\n${output}`);
      await new Promise((later) => setTimeout(later, 50));
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answering(url: string): Promise<string | undefined> {
  return fetch(url).then(
    () => url,
    () => undefined,
  );
}

/** Nothing of this clone on the way to packages, no test runner's own settings. */
function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, PATH = '', ...rest } = process.env;
  const path = PATH.split(delimiter).filter((entry) => !entry.startsWith(repository));
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('npm_'))),
    PATH: path.join(delimiter),
    ...more,
  };
}
