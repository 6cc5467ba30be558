/** The first screens of the README: its server runs as it is printed and answers what is printed. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { blocksOf } from '../scripts/follow-guide.js';
import { repository } from '../scripts/workspace.js';
import { textOf } from './deploy/files.js';

const run = promisify(execFile);
const readme = textOf('README.md');
const blocks = blocksOf(readme);
const [server = ''] = blocks.filter(({ kind }) => kind === 'js').map(({ text }) => text);

/** Commands with what they print. */
const examples = blocks
  .filter(({ kind }) => kind === 'console')
  .flatMap(({ text }) => [...text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)+)/gm)])
  .map(([, command = '', output = '']) => ({ command, output: output.trimEnd() }));

describe('the README', function () {
  this.timeout(60_000);

  let folder: string;
  let port: number;
  let stop: () => Promise<void>;
  before(async () => {
    // Below the packages that this clone has installed, so that it finds them as it is.
    const cache = join(repository, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'readme-'));
    port = await freePort();
    writeFileSync(join(folder, 'server.mjs'), server.replace('3000', String(port)));
    const child = spawn(process.execPath, ['--conditions=@palestra/source', '--import', 'tsx', 'server.mjs'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    stop = async () => {
      child.kill();
      await ended;
    };
    await Promise.race([ended.then(() => Promise.reject(new Error('The server ended.'))), answering(port)]);
  });
  after(async () => {
    await stop?.();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a server of about twelve lines', () => {
    expect(server.trim().split('\n').length).to.be.within(8, 13);
  });

  it('shows an answer within twenty lines', () => {
    const shown = readme.replace(/<p>.*?<\/p>\n/s, '<p>\n').split('\n');
    expect(shown.findIndex((line) => line.startsWith('{"success":true'))).to.be.within(5, 19);
  });

  for (const { command, output } of examples) {
    it(`prints what the server answers: ${command}`, async () => {
      const { stdout } = await run('sh', ['-c', command.replace('curl', 'curl -sS').replace(':3000', `:${port}`)]);
      expect(stdout).to.equal(output);
    });
  }
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => probe.once('listening', listening));
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answering(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((later) => setTimeout(later, 50));
  }
}
