/** What stops a start is said by the variable, its value or path, and the next step; never by a library's stack. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startMariadb } from '@palestra/server/testing';
import { expect } from 'chai';
import { compile } from '../../../../scripts/pack.js';
import { type Outcome, runIn } from './palestra.js';

const bin = fileURLToPath(new URL('../../bin/palestra.mjs', import.meta.url));

describe('a start that fails', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-startup-'));
    write('palestra.config.mjs', 'export const plugins = [];\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }
  const serve = (env: Record<string, string> = {}) =>
    runIn(folder, ['serve'], {
      env: { PORT: '0', PALESTRA_DATA_DIR: join(folder, 'data'), PALESTRA_LOG_LEVEL: 'silent', ...env },
    });
  const said = ({ code, stdout, stderr }: Outcome) => {
    expect(code, stderr).to.equal(1);
    expect(stdout).not.to.contain('serves on');
    expect(stderr, 'a stack').not.to.match(/\n\s+at |node:internal|node_modules/);
    return stderr.trimEnd();
  };

  it('names the variable of a setting that cannot be used', async () => {
    expect(said(await serve({ PALESTRA_CORS_ORIGINS: '*' }))).to.equal(
      'PALESTRA_CORS_ORIGINS must be origins such as https://app.club.example, separated by commas; there is no wildcard, not "*".',
    );
    expect(said(await serve({ PALESTRA_DBA_PASSWORD: 'short' }))).to.equal(
      'PALESTRA_DBA_PASSWORD must be a password of 8 to 128 characters.',
    );
    expect(said(await serve({ PALESTRA_WECHAT_TRUST_OPENID: 'maybe' }))).to.equal(
      'PALESTRA_WECHAT_TRUST_OPENID must be on or off, not "maybe".',
    );
  });

  it('names port and address that cannot be listened on', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(said(await serve({ PORT: String(port) }))).to.equal(
      `PORT: ${port} on 127.0.0.1 is in use by another process. Stop that process, or set PORT to another number.`,
    );
    other.close();
    expect(said(await serve({ HOST: '203.0.113.7' }))).to.equal(
      'HOST: 203.0.113.7 is not an address of this machine. Set HOST to one of its addresses, such as 127.0.0.1 or 0.0.0.0.',
    );
    expect(said(await serve({ HOST: 'no.such.host.invalid' }))).to.match(
      /^HOST: no\.such\.host\.invalid is not an address/,
    );
  });

  it('names the database that does not answer, without its password', async () => {
    expect(said(await serve({ DATABASE_URL: 'mysql://club:hunter2@127.0.0.1:1/club' }))).to.equal(
      'DATABASE_URL: no database answers at 127.0.0.1:1/club (ECONNREFUSED). Start it, or correct host and port.',
    );
  });

  it('names what a database refuses', async function () {
    const server = await startMariadb();
    if (!server) return this.skip();
    try {
      const { host } = new URL(server.url);
      expect(said(await serve({ DATABASE_URL: `mysql://root:hunter2@${host}/club` }))).to.equal(
        `DATABASE_URL: ${host}/club refuses the user or the password. Correct them.`,
      );
      expect(said(await serve({ DATABASE_URL: `mysql://root@${host}/club` }))).to.equal(
        `DATABASE_URL: there is no such database at ${host}/club. Create it, or correct the name.`,
      );
    } finally {
      await server.stop();
    }
  }).timeout(60_000);

  it('names the file that is not a database', async () => {
    const file = write('notes.txt', 'these are some notes, and no database at all\n'.repeat(100));
    expect(said(await serve({ DATABASE_URL: `sqlite:${file}` }))).to.equal(
      `DATABASE_URL: ${file} is not a sound SQLite file. Restore a backup, or name another file.`,
    );
  });

  it('names the folder that cannot be one', async () => {
    const file = write('file', '');
    const next = (variable: string) =>
      `Give the user that runs this command the right to write there, or set ${variable} to another path.`;
    expect(said(await serve({ PALESTRA_DATA_DIR: join(file, 'data') }))).to.equal(
      `PALESTRA_DATA_DIR: ${join(file, 'data')} cannot be a folder, since ${file} is a file. ${next('PALESTRA_DATA_DIR')}`,
    );
    expect(said(await serve({ PALESTRA_KEYS_DIR: file }))).to.equal(
      `PALESTRA_KEYS_DIR: ${file} is not a folder. ${next('PALESTRA_KEYS_DIR')}`,
    );
    expect(said(await serve({ DATABASE_URL: `sqlite:${folder}` }))).to.equal(
      `DATABASE_URL: ${folder} is not a file. ${next('DATABASE_URL')}`,
    );
  });

  const configurations: readonly (readonly [what: string, text: string, says: string])[] = [
    [
      'a syntax error',
      'export const plugins = [;',
      "cannot be loaded: Unexpected token ';'. Correct it; `node --check ",
    ],
    ['a package that is not there', "import 'palestra-plugin-nowhere';", 'Install what it imports with npm install'],
    ['an error of its own', "throw new Error('no licence');", 'cannot be loaded: no licence. Correct what it does'],
    ['no plugins', 'export const plugin = [];', 'must export a list named plugins.'],
    [
      'undefined for a plugin',
      'export const plugins = [undefined];',
      'is undefined, not a plugin. Check what the file imports.',
    ],
    ['an object for a plugin', 'export const plugins = [{}];', 'is an object without name and setup, not a plugin.'],
    [
      'configuration of nothing',
      'export const plugins = []; export const config = { gmy: {} };',
      'There is configuration for gmy',
    ],
  ];
  for (const [what, text, says] of configurations) {
    it(`names the configuration file with ${what}`, async () => {
      rmSync(join(folder, 'palestra.config.mjs'));
      const file = write('palestra.config.mjs', text);
      const message = said(await serve());
      expect(message).to.contain(says);
      if (!says.startsWith('There is')) expect(message).to.contain(file);
    });
  }

  it('says how to write a configuration file where there is none', async () => {
    rmSync(join(folder, 'palestra.config.mjs'));
    expect(said(await serve())).to.equal(
      `There is no palestra.config.js in ${folder}. Create one that says: export const plugins = [gym, merchandise];`,
    );
  });

  it('leaves no listener of signals behind', async () => {
    const count = () => ['SIGTERM', 'SIGINT', 'uncaughtException'].map((event) => process.listenerCount(event));
    const before = count();
    await serve({ DATABASE_URL: 'mysql://club@127.0.0.1:1/club' });
    expect(count()).to.deep.equal(before);
  });

  it('ends the process with exit code 1, also for a user without rights on a folder', async () => {
    compile('packages/server');
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    // Root may write everywhere, so another user runs it.
    if (isRoot) chownSync(locked, 0, 0);
    chmodSync(locked, isRoot ? 0o755 : 0o500);
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const env = { PATH: process.env.PATH, PALESTRA_DATA_DIR: join(locked, 'data'), PALESTRA_CORS_ORIGIN: '*' };
      const options = { cwd: folder, env, ...(isRoot && { uid: 65_534, gid: 65_534 }) };
      execFile(process.execPath, [bin, 'serve'], options, (error, _stdout, text) => {
        resolve({ code: error?.code, stderr: text });
      });
    });
    expect(code, stderr).to.equal(1);
    expect(stderr).to.contain('PALESTRA_CORS_ORIGIN is no setting. Did you mean PALESTRA_CORS_ORIGINS?');
    expect(stderr).to.contain(
      `PALESTRA_DATA_DIR: ${join(locked, 'data')} cannot be written, since ${locked} is read-only`,
    );
  }).timeout(60_000);
});

describe('a command whose reader has read enough', () => {
  it('ends without an error', async () => {
    compile('packages/server');
    const child = spawn(process.execPath, [bin, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let told = '';
    child.stderr.on('data', (text) => {
      told += text;
    });
    const [code] = await once(child, 'close');
    expect([code, told]).to.deep.equal([0, '']);
  }).timeout(60_000);
});
