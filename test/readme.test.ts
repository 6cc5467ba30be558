/** The first screens of the README: the demo and its server of twelve lines answer what is printed. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { blocksOf } from '../scripts/follow-guide.js';
import { compile } from '../scripts/pack.js';
import { repository } from '../scripts/workspace.js';
import { textOf } from './deploy/files.js';

const run = promisify(execFile);
const readme = textOf('README.md');
const blocks = blocksOf(readme);
const [server = ''] = blocks.filter(({ kind }) => kind === 'js').map(({ text }) => text);

interface Example {
  readonly command: string;
  readonly output: string;
}

/** Commands with what they print: first those for the demo, then those for the server in twelve lines. */
const [ofDemo = [], ofServer = []] = blocks
  .filter(({ kind }) => kind === 'console')
  .map(({ text }) => examplesIn(text));

function examplesIn(text: string): Example[] {
  return [...text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)+)/gm)].map(([, command = '', output = '']) => ({
    command,
    output: output.trimEnd(),
  }));
}

describe('the README', function () {
  this.timeout(120_000);

  let folder: string;
  const running: Running[] = [];
  before(() => {
    compile();
    // Below the packages that this clone has installed, so that it finds them as it is.
    const cache = join(repository, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'readme-'));
  });
  after(async () => {
    await Promise.all(running.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(cwd: string, args: (port: number) => readonly string[]): Promise<Running> {
    const port = await freePort();
    const server = await startNode(cwd, args(port), port);
    running.push(server);
    return server;
  }

  it('shows an answer within twenty lines', () => {
    const lines = readme.replace(/<p>.*?<\/p>\n/s, '<p>\n').split('\n');
    expect(lines.findIndex((line) => line.startsWith('{"success":true'))).to.be.within(5, 19);
  });

  it('prints what the demo answers', async () => {
    const { port } = await start(repository, () => ['packages/server/bin/palestra.mjs', 'demo']);
    // The demo listens before it has filled itself.
    await until(() => running[0]?.printed().includes('Palestra serves on'));
    for (const example of ofDemo) await expectAnswer(example, port);
    expect(ofDemo).to.have.lengthOf(1);
  });

  it('has a server of about twelve lines, and prints what it answers', async () => {
    expect(server.trim().split('\n').length).to.be.within(8, 13);
    const { port } = await start(folder, (free) => {
      writeFileSync(join(folder, 'server.mjs'), server.replace('3000', String(free)));
      return ['server.mjs'];
    });
    for (const example of ofServer) await expectAnswer(example, port);
    expect(ofServer).to.have.length.above(2);
  });
});

async function expectAnswer({ command, output }: Example, port: number): Promise<void> {
  const { stdout } = await run('sh', ['-c', command.replace('curl', 'curl -sS').replace(':3000', `:${port}`)]);
  expect(stdout, command).to.equal(output);
}

interface Running {
  readonly port: number;
  printed(): string;
  stop(): Promise<void>;
}

async function startNode(cwd: string, args: readonly string[], port: number): Promise<Running> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, PORT: String(port), PALESTRA_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await until(() => answers(port, child));
  return {
    port,
    printed: () => printed,
    stop() {
      child.kill();
      return ended;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => probe.once('listening', listening));
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(port: number, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error('The server ended.');
  const answer = await fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined);
  return answer?.ok === true;
}

async function until(holds: () => Promise<boolean> | boolean | undefined): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('The server was not ready within a minute.');
    await new Promise((later) => setTimeout(later, 50));
  }
}
