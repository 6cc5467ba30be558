/** The programs of `docs/http.md` sign a member in to a real server, each in its own language. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { blocksOf } from '../scripts/follow-guide.js';
import { repository } from '../scripts/workspace.js';

const run = promisify(execFile);

interface Toolchain {
  readonly language: string;
  readonly file: string;
  /** A command that succeeds where everything the program needs is installed. */
  readonly present: readonly string[];
  /** Before the program, where it is compiled. */
  readonly compile?: readonly string[];
  readonly start: readonly string[];
}

const toolchains: readonly Toolchain[] = [
  {
    language: 'shell with openssl',
    file: 'sign-in.sh',
    present: ['sh', '-c', 'command -v openssl curl jq'],
    start: ['sh', 'sign-in.sh'],
  },
  {
    language: 'Python',
    file: 'sign_in.py',
    present: ['/usr/bin/python3', '-c', 'import cryptography'],
    start: ['/usr/bin/python3', 'sign_in.py'],
  },
  {
    language: 'Go',
    file: 'sign_in.go',
    present: ['sh', '-c', 'command -v go'],
    compile: ['go', 'build', '-o', 'sign-in', 'sign_in.go'],
    start: ['./sign-in'],
  },
  {
    language: 'Kotlin',
    file: 'SignIn.kt',
    present: ['sh', '-c', 'command -v kotlinc java'],
    compile: ['kotlinc', 'SignIn.kt', '-include-runtime', '-d', 'sign-in.jar'],
    start: ['java', '-jar', 'sign-in.jar'],
  },
];

/** Programs that run once are not worth the optimizing compiler of a JVM. */
const quickJava = { JAVA_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' };

const blocks = blocksOf(readFileSync(join(repository, 'docs/http.md'), 'utf8'));
const programs = new Map(
  blocks.flatMap(({ options, text }) =>
    options.filter((each) => each.startsWith('file=')).map((each) => [each.slice(5), text] as const),
  ),
);

describe('a client without an SDK, as docs/http.md shows it', () => {
  let host: TestHost;
  let folder: string;
  before(async () => {
    host = await startTestHost({ plugins: [gym] });
    folder = mkdtempSync(join(tmpdir(), 'palestra-http-guide-'));
  });
  after(async () => {
    await host.stop();
    rmSync(folder, { recursive: true });
  });

  for (const toolchain of toolchains) {
    const [program = '', ...args] = toolchain.present;
    const absent = spawnSync(program, args).status !== 0;
    const skipped = absent && process.env.REQUIRE_ALL !== '1';
    it(`signs in from ${toolchain.language}${skipped ? ' (skipped: it is not installed)' : ''}`, async function () {
      if (skipped) return this.skip();
      this.timeout(120_000);
      const username = `member-${toolchain.language.replaceAll(' ', '-')}`;
      const password = 'quote " backslash \\ Grüße 練習';
      await host.request('POST', '/api/register', { json: { sealed: await host.seal({ username, password }) } });
      const { compile, start } = toolchain;
      writeFileSync(join(folder, toolchain.file), programs.get(toolchain.file) ?? '');
      if (compile) await inFolder(compile);
      const output = (secret: string) => inFolder([...start, host.url, username, secret]);
      const answer = JSON.parse(await output(password));
      const profile = await host.request('GET', '/api/profile', { token: answer.data.access_token });
      expect(profile.body.data[0]).to.include({ username });
      const wrong = await output(`${password}!`).catch((error: Error) => error.message);
      expect(wrong).to.match(/"success":false|401/);
    });
  }

  it('shows a program for each language it names', () => {
    expect([...programs.keys()]).to.include.members(toolchains.map(({ file }) => file));
    expect([...programs.keys()]).to.include.members(['SignIn.swift', 'SignIn.cs']);
  });

  it('shows curl commands that work', async () => {
    const { username, password } = await host.account();
    const commands = blocks.filter(({ options }) => options.includes('curl')).map(({ text }) => text);
    const [login = '', query = ''] = commands.map((text) =>
      text.replace('jon:correct horse battery', `${username}:${password}`).replace('login/jon', `login/${username}`),
    );
    const signedIn = JSON.parse((await shell(login)).stdout);
    expect(signedIn).to.have.property('user_token').that.is.a('string');
    const found = JSON.parse((await shell(query, { TOKEN: signedIn.user_token })).stdout);
    expect(found).to.deep.equal({ success: true, data: [], exceptionMessage: '' });
  });

  async function inFolder([program = '', ...args]: readonly string[]): Promise<string> {
    return (await run(program, args, { cwd: folder, env: { ...process.env, ...quickJava } })).stdout;
  }

  function shell(script: string, environment: Readonly<Record<string, string>> = {}) {
    return run('sh', ['-c', script], { env: { ...process.env, BASE_URL: host.url, ...environment } });
  }
});
