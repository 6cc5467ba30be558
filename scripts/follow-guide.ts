/** Does what `docs/plugins.md` says, block by block, with our packages packed as they would be published. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { repository } from './workspace.js';

export interface FollowOptions {
  /**
   * `registry` installs third-party packages as a stranger would; `linked` borrows those of this clone and runs the
   * tests at the end only, so that it can be part of every test run.
   */
  readonly install: 'registry' | 'linked';
  /** Called with each command before it runs. */
  readonly onCommand?: (command: string) => void;
  /** Called with the URL of what the guide serves. */
  readonly onServed: (url: string) => Promise<void>;
}

interface Block {
  readonly kind: string;
  /** Of the info string, such as `file=src/errors.ts`. */
  readonly options: readonly string[];
  readonly text: string;
}

const ours = { core: '@palestra/core', server: '@palestra/server', client: '@palestra/client' } as const;

/** @throws Error naming the first command that fails, with what it printed */
export async function followGuide(guide: string, options: FollowOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-guide-'));
  try {
    const packs = await pack(join(folder, 'packs'));
    const traveller = new Traveller(join(folder, 'work'), packs, options);
    const blocks = blocksOf(readFileSync(join(repository, guide), 'utf8'));
    const lastTest = blocks.findLastIndex(({ text }) => text.includes('npm test'));
    for (const [at, block] of blocks.entries()) await traveller.follow(block, at < lastTest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\S+)([^\n]*)\n(.*?)^```$/gms)].map(([, kind = '', options = '', body = '']) => ({
    kind,
    options: options.trim().split(/\s+/).filter(Boolean),
    text: body,
  }));
}

/** Tarballs by package name. */
async function pack(folder: string): Promise<ReadonlyMap<string, string>> {
  mkdirSync(folder);
  const workspaces = Object.values(ours).flatMap((name) => ['--workspace', name]);
  await run('npm', ['pack', '--silent', ...workspaces, '--pack-destination', folder], { cwd: repository });
  const files = readdirSync(folder);
  return new Map(
    Object.entries(ours).map(([short, name]) => {
      const file = files.find((each) => each.startsWith(`palestra-${short}-`));
      if (!file) throw new Error(`${name} was not packed.`);
      return [name, join(folder, file)];
    }),
  );
}

function isNoTest(command: string): boolean {
  return command !== 'npm test' && command !== 'npm run check';
}

class Traveller {
  #folder: string;

  constructor(
    folder: string,
    private readonly packs: ReadonlyMap<string, string>,
    private readonly options: FollowOptions,
  ) {
    mkdirSync(folder);
    this.#folder = folder;
  }

  /** `passing`: what is tried here is tried once more later. */
  async follow({ kind, options, text }: Block, passing: boolean): Promise<void> {
    const file = options.find((option) => option.startsWith('file='))?.slice('file='.length);
    if (file) return this.#write(file, text);
    if (kind === 'diff') return this.#patch(text);
    if (kind !== 'sh') return;
    const commands = text.trim().split('\n');
    for (const line of passing && this.options.install === 'linked' ? commands.filter(isNoTest) : commands) {
      this.options.onCommand?.(line);
      if (options.includes('serve')) await this.#serve(line);
      else await this.#command(line);
    }
  }

  #write(path: string, text: string): void {
    const file = join(this.#folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Hunks without numbers, as people read them: each must fit at exactly one place. */
  #patch(text: string): void {
    const path = /^\+\+\+ b\/(.+)$/m.exec(text)?.[1] ?? '';
    const file = join(this.#folder, path);
    let content = readFileSync(file, 'utf8');
    for (const hunk of text.split(/^@@.*\n/m).slice(1)) {
      const lines = hunk.replace(/\n$/, '').split('\n');
      const side = (sign: '-' | '+') =>
        lines
          .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(sign))
          .map((line) => line.slice(1))
          .join('\n');
      const old = `${side('-')}\n`;
      if (content.split(old).length !== 2) throw new Error(`A hunk for ${path} does not fit at one place:\n${hunk}`);
      content = content.replace(old, () => `${side('+')}\n`);
    }
    writeFileSync(file, content);
  }

  async #command(line: string): Promise<void> {
    const [program = '', ...args] = line.split(' ');
    if (program === 'cd') this.#folder = resolve(this.#folder, args[0] ?? '');
    else if (program === 'npm' && args[0] === 'install') await this.#install(args.slice(1));
    else if (program === 'npx') await this.#run('npx', ['--no', ...args]);
    else await this.#run(program, args);
  }

  #run(program: string, args: readonly string[]): Promise<string> {
    return run(program, args, { cwd: this.#folder });
  }

  async #install(args: readonly string[]): Promise<void> {
    if (this.options.install === 'linked') return this.#link();
    await this.#run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...args]);
  }

  /** Ours out of their tarballs, everything else as it is installed in this clone. */
  async #link(): Promise<void> {
    const modules = join(this.#folder, 'node_modules');
    const installed = join(repository, 'node_modules');
    mkdirSync(join(modules, '@palestra'), { recursive: true });
    for (const name of readdirSync(installed)) {
      if (!name.startsWith('.') && name !== '@palestra') symlinkSync(join(installed, name), join(modules, name));
    }
    for (const [name, tarball] of this.packs) {
      const target = join(modules, name);
      mkdirSync(target);
      await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target], { cwd: this.#folder });
    }
    cpSync(join(installed, '.bin'), join(modules, '.bin'), { recursive: true, verbatimSymlinks: true });
    rmSync(join(modules, '.bin/palestra'), { force: true });
    symlinkSync('../@palestra/server/bin/palestra.mjs', join(modules, '.bin/palestra'));
  }

  /** Until what it serves has been looked at. */
  async #serve(line: string): Promise<void> {
    const [program = '', ...args] = line.split(' ');
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { ...environment(), PORT: '0' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    try {
      const url = await new Promise<string>((found, failed) => {
        const read = (chunk: Buffer) => {
          output += chunk;
          const match = /serves on (http:\S+)/.exec(output);
          if (match?.[1]) found(match[1]);
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('error', failed);
        child.once('exit', () => failed(new Error(`${line} ended:\n${output}`)));
      });
      await this.options.onServed(url);
    } finally {
      // The whole group: npm starts a shell, and that the server.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      if (child.exitCode === null) await new Promise((ended) => child.once('exit', ended));
    }
  }
}

/** A stranger's: nothing of this clone on the way to packages, no test runner's own settings. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, PATH = '', ...rest } = process.env;
  const path = PATH.split(delimiter).filter((entry) => !entry.startsWith(repository));
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('npm_'))),
    PATH: path.join(delimiter),
  };
}

function run(program: string, args: readonly string[], { cwd }: { readonly cwd: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
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
