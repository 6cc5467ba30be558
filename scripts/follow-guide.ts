/** Does what `docs/plugins.md` says, block by block, with our packages packed as they would be published. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { link, run, serve } from './outside-project.js';
import { packForTests } from './pack.js';
import { repository } from './workspace.js';

export interface FollowOptions {
  /**
   * `registry` installs third-party packages as a user of them would; `linked` borrows those of this clone and runs the
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

const ours = ['@palestra/core', '@palestra/server', '@palestra/client'];

/** @throws Error naming the first command that fails, with what it printed */
export async function followGuide(guide: string, options: FollowOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-guide-'));
  try {
    const packs = packInto(join(folder, 'packs'));
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

/** Tarballs by package name, all in `folder`. */
function packInto(folder: string): ReadonlyMap<string, string> {
  mkdirSync(folder);
  const tarballs = [...packForTests(ours, folder)].map(([name, file]) => [name, join(folder, basename(file)), file]);
  for (const [, own = '', file = ''] of tarballs) if (own !== file) copyFileSync(file, own);
  return new Map(tarballs.map(([name = '', own = '']) => [name, own]));
}

/** What remains to do of a command whose script builds, after the test that built it a moment ago. */
const builtBefore: Readonly<Record<string, readonly string[]>> = {
  'npm run check': ['node_modules/.bin/palestra', 'plugin', 'check'],
  'npm pack': ['npm', 'pack', '--ignore-scripts'],
};

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
    else if (this.options.install === 'linked' && line in builtBefore) {
      const [again = '', ...words] = builtBefore[line] ?? [];
      await this.#run(again, words);
    } else if (program === 'npx') await this.#run('npx', ['--no', ...args]);
    else await this.#run(program, args);
  }

  #run(program: string, args: readonly string[]): Promise<string> {
    return run(program, args, { cwd: this.#folder });
  }

  async #install(args: readonly string[]): Promise<void> {
    if (this.options.install === 'linked') return link(this.#folder, this.packs);
    await this.#run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...args]);
  }

  /** Until what it serves has been looked at. */
  async #serve(line: string): Promise<void> {
    const served = await serve(line, { cwd: this.#folder, env: { PORT: '0' } });
    try {
      await this.options.onServed(served.url);
    } finally {
      await served.stop();
    }
  }
}
