/** The C device against the real server: every result is stored once, whichever process is killed in between. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import { shareSealingKey } from '@palestra/server/testing';
import { expect } from 'chai';
import { compactDecrypt, decodeProtectedHeader } from 'jose';
import { dba } from './dba.js';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Why the device cannot be built here. */
function missing(): string | undefined {
  try {
    execFileSync('make', ['--version'], { stdio: 'ignore' });
    const program =
      '#include <cjson/cJSON.h>\n#include <curl/curl.h>\n#include <openssl/evp.h>\nint main(void) { return 0; }\n';
    execFileSync('cc', ['-fsyntax-only', '-x', 'c', '-'], { input: program, stdio: ['pipe', 'ignore', 'ignore'] });
    return undefined;
  } catch {
    return 'a C compiler, make, libcurl, cJSON or OpenSSL is not installed';
  }
}

interface Server {
  readonly url: string;
  readonly provisioner: string;
  readonly process: ChildProcess;
}

interface Self {
  readonly uid: number;
}

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Several times as long as the device waits between two tries. */
const outageMs = process.env.PALESTRA_TEST_LONG === 'on' ? 5_000 : 2_000;
const absent = missing();
const suite = absent && process.env.REQUIRE_ALL !== '1' ? `the C device (skipped: ${absent})` : 'the C device';

describe(suite, function () {
  this.timeout(90_000);
  let work: string;
  let program: string;
  let server: Server;
  let devices = 0;

  before(async function () {
    if (absent && process.env.REQUIRE_ALL !== '1') return this.skip();
    work = mkdtempSync(join(tmpdir(), 'palestra-firmware-'));
    const build = join(work, 'build');
    // Warnings are errors there, so that this also shows that there are none.
    await promisify(execFile)('make', ['-j2', `BUILD=${build}`, 'SANITIZE=1'], { cwd: folder });
    program = join(build, 'stams');
    server = await startServer('0');
  });
  after(async () => {
    if (!work) return;
    await kill(server.process);
    rmSync(work, { recursive: true });
  });

  async function startServer(port: string): Promise<Server> {
    const data = join(work, 'data');
    await shareSealingKey(data);
    const options = ['--conditions=@palestra/source', '--import', 'tsx'];
    const script = join(folder, 'test/server.ts');
    const child = spawn(process.execPath, [...options, script, port, data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [unknown];
    if (typeof line !== 'string') throw new Error(`The server ended with ${line}.`);
    return { ...JSON.parse(line), process: child };
  }

  /** A device with a state folder of its own, which survives it. */
  function device(settings: Record<string, string> = {}) {
    devices += 1;
    const state = mkdtempSync(join(work, 'device-'));
    const env = {
      STAMS_SERVER: server.url,
      STAMS_STATE: state,
      STAMS_PROVISIONING_UID: `c-device-${devices}`,
      STAMS_PROVISIONER_TOKEN: server.provisioner,
      STAMS_POLL_MS: '500',
      STAMS_BACKOFF_MS: '50',
      STAMS_BACKOFF_MOST_MS: '400',
      ...settings,
    };
    const start = (command: string): ChildProcess =>
      spawn(program, [command], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const file = (name: string) => readFileSync(join(state, name), 'utf8');
    return { state, start, file, run: (command: string) => ended(start(command)) };
  }

  async function ended(child: ChildProcess): Promise<Ended> {
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, stderr };
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async function get<Body>(path: string, authorization: string): Promise<Body> {
    const response = await fetch(`${server.url}${path}`, { headers: { authorization } });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }

  let dbaToken: Promise<string> | undefined;

  /** Signed in once: more often within a minute would be too often. */
  function asDba(): Promise<string> {
    dbaToken ??= signInDba();
    return dbaToken;
  }

  async function signInDba(): Promise<string> {
    const { username, password } = dba;
    const userPass = formatAuthorization(schemes.admin, formatUserPass(username, password));
    const { data } = await get<{ data: { access_token: string } }>('/api/auth', userPass);
    return formatAuthorization(schemes.bearer, data.access_token);
  }

  async function storedOf(token: string): Promise<{ result: { result_uid: string; number: number } }[]> {
    const { uid } = await get<Self>('/api/v1/stams/self', formatAuthorization(schemes.bearer, token));
    return get(`/api/v1/stams/${uid}/results`, await asDba());
  }

  /** Once each, and all of them. */
  async function expectStoredOnce(token: string, count: number): Promise<void> {
    const results = (await storedOf(token)).map(({ result }) => result);
    expect(results.map(({ number }) => number).sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: count }, (_, index) => index + 1),
    );
    expect(new Set(results.map(({ result_uid: uid }) => uid)).size).to.equal(count);
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 30_000; !(await holds()); await sleep(50)) {
      if (Date.now() > deadline) throw new Error('The expected state was not reached within 30 s.');
    }
  }

  it('holds every vector of packages/core/vectors', async () => {
    const build = join(work, 'build');
    await promisify(execFile)('make', ['-j2', 'vectors', `BUILD=${build}`, 'SANITIZE=1'], { cwd: folder });
    const vectors = fileURLToPath(new URL('../../../packages/core/vectors', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(join(build, 'vectors'), [vectors]);
    expect(stderr).to.equal('');
    expect(stdout).to.match(/^[1-9]\d\d vectors hold, 0 do not\n$/);
  });

  it('opens a token that the server has sealed for a P-256 key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const response = await fetch(`${server.url}/api/v1/register_stams`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.provisioner}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        provisioning_uid: 'c-device-sealed',
        publickey: publicKey.export({ type: 'spki', format: 'pem' }),
        seal_token: true,
      }),
    });
    const { stams_token: value } = (await response.json()) as { stams_token: string };
    const plaintext = new TextDecoder().decode((await compactDecrypt(value, privateKey)).plaintext);
    const { kid } = decodeProtectedHeader(value);
    const vectors = join(work, 'vectors');
    cpSync(fileURLToPath(new URL('../../../packages/core/vectors', import.meta.url)), vectors, { recursive: true });
    const write = (expected: string) => {
      const open = [{ name: 'of the server', kid, value, plaintext: expected }];
      const keys = [{ kid, jwk: privateKey.export({ format: 'jwk' }) }];
      writeFileSync(join(vectors, 'tokens.json'), JSON.stringify({ keys, open }));
    };
    write(plaintext);
    const { stdout } = await promisify(execFile)(join(work, 'build/vectors'), [vectors]);
    expect(stdout).to.match(/ 0 do not\n$/);
    write(`${plaintext}.`);
    const { code, stderr } = await ended(spawn(join(work, 'build/vectors'), [vectors]));
    expect([code, stderr]).to.deep.equal([1, 'does not open: of the server\n']);
  });

  it('is provisioned once, and keeps its token to itself', async () => {
    const { run, file, state } = device();
    expect(await run('provision')).to.deep.equal({ code: 0, stderr: '' });
    expect(file('token').split('.')).to.have.length(3);
    expect(statSync(join(state, 'token')).mode & 0o777).to.equal(0o600);
    const again = await run('provision');
    expect(again.code).to.equal(1);
    expect(again.stderr).to.include('400 "The provisioning_uid is registered already"');
  });

  it('stores the games, and asks for them by their ETag from then on', async () => {
    const { run, file } = device({ STAMS_PLAYS: '1', STAMS_PLAY_MS: '10' });
    await run('provision');
    const game = { gameConfigDTO: { name: 'Star Sprint', rounds: 3 } };
    await fetch(`${server.url}/api/v1/add_game`, {
      method: 'POST',
      headers: { authorization: await asDba(), 'content-type': 'application/json' },
      body: JSON.stringify(game),
    });
    expect(await run('run')).to.deep.equal({ code: 0, stderr: '' });
    const games = JSON.parse(file('games.json'));
    expect(games.at(-1)).to.deep.include({ name: 'Star Sprint', config: game.gameConfigDTO });
    const same = await fetch(`${server.url}/api/v1/stams/self/games`, {
      headers: { authorization: `Bearer ${file('token')}`, 'if-none-match': file('games.etag') },
    });
    expect(same.status).to.equal(304);
  });

  it('has all of 100 results stored once though the server is killed and away for a while in their midst', async () => {
    const { run, start, file } = device({ STAMS_PLAYS: '100', STAMS_PLAY_MS: '60' });
    await run('provision');
    const running = start('run');
    const end = ended(running);
    await until(async () => (await storedOf(file('token'))).length >= 30);
    await kill(server.process);
    await sleep(outageMs);
    expect(running.exitCode, 'the device plays on').to.equal(null);
    server = await startServer(new URL(server.url).port);
    const { code, stderr } = await end;
    expect(code, stderr).to.equal(0);
    expect(stderr, 'the outage was met').to.include('no answer');
    await expectStoredOnce(file('token'), 100);
  });

  it('has all results stored once though the device is killed again and again', async () => {
    const { run, start, file } = device({ STAMS_PLAYS: '60', STAMS_PLAY_MS: '20' });
    await run('provision');
    for (let kills = 0; kills < 6; kills++) {
      const running = start('run');
      await sleep(150 + 40 * kills);
      await kill(running);
    }
    expect(await run('run')).to.deep.equal({ code: 0, stderr: '' });
    await expectStoredOnce(file('token'), 60);
  });

  it('forgets a line that a power cut tore, and no other', async () => {
    const { run, file, state } = device({ STAMS_PLAYS: '3', STAMS_PLAY_MS: '10' });
    await run('provision');
    writeFileSync(join(state, 'results.log'), '{"result_uid":"whole","number":1}\n{"result_uid":"to');
    expect(await run('run')).to.deep.equal({ code: 0, stderr: '' });
    await expectStoredOnce(file('token'), 3);
  });

  it('puts a result aside that the server refuses, and sends the others', async () => {
    const { run, file, state } = device({ STAMS_PLAYS: '5', STAMS_PLAY_MS: '10' });
    await run('provision');
    const lines = ['{"result_uid":"good","number":1}', '{"number":2}', '{"result_uid":"good too","number":3}'];
    writeFileSync(join(state, 'results.log'), `${lines.join('\n')}\n`);
    expect((await run('run')).code).to.equal(0);
    expect(file('results.rejected').trim().split('\n')).to.have.length(2);
    expect((await storedOf(file('token'))).map(({ result }) => result.number)).to.deep.equal([1, 4, 5]);
  });

  it('stops when its token is revoked, and keeps its results', async () => {
    const { run, start, file } = device({ STAMS_PLAYS: '120', STAMS_PLAY_MS: '20' });
    await run('provision');
    const end = ended(start('run'));
    const token = file('token');
    await until(async () => (await storedOf(token)).length > 5);
    const { uid } = await get<Self>('/api/v1/stams/self', `Bearer ${token}`);
    await fetch(`${server.url}/api/v1/stams/${uid}/token`, {
      method: 'DELETE',
      headers: { authorization: await asDba() },
    });
    const { code, stderr } = await end;
    expect([code, stderr.includes('401 "The token is not valid."')]).to.deep.equal([3, true]);
    const again = await run('provision');
    expect(again, again.stderr).to.deep.equal({ code: 0, stderr: '' });
    expect((await run('run')).code).to.equal(0);
    await expectStoredOnce(file('token'), 120);
  });
});
