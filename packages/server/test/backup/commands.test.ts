/** `palestra backup FILE` and `palestra restore FILE`, beside a server and without one. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gym } from '@palestra/plugin-gym';
import { signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const password = 'test-only-password-of-the-dba';

describe('the commands of backup', function () {
  this.timeout(60_000);
  let folder: string;
  let host: TestHost;
  let file: string;

  const palestra = (dataDir: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@palestra/source', '--import', 'tsx', main, ...args],
      {
        encoding: 'utf8',
        env: { ...process.env, PALESTRA_DATA_DIR: dataDir, DATABASE_URL: `sqlite:${dataDir}/test.sqlite` },
      },
    );
    return { status, stdout, stderr };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-backup-'));
    file = join(folder, 'moved.backup');
    host = await startTestHost({ plugins: [gym], dataDir: join(folder, 'data') });
  });
  after(async () => {
    await host.stop();
    await rm(folder, { recursive: true });
  });

  it('back up beside a running server, to a new file only', async () => {
    const token = await signInAdmin(host, 'dba', password);
    await host.operate('/api/gym', token, 'create', { name: 'Iron' });
    const made = palestra(host.dataDir, 'backup', file);
    expect(made.status, made.stderr).to.equal(0);
    expect(made.stdout).to.match(/: \d+ bytes, sha256 [0-9a-f]{64}\n$/);
    const again = palestra(host.dataDir, 'backup', file);
    expect(again.status).to.equal(1);
    expect(again.stderr).to.include('exists');
  });

  it('hold no secret but hashes', async () => {
    const { token } = await host.account();
    const backup = join(folder, 'canary.backup');
    expect(palestra(host.dataDir, 'backup', backup).status).to.equal(0);
    const bytes = (await readFile(backup)).toString('latin1');
    expect(bytes).to.include('$argon2id$');
    const pem = (await readFile(join(host.dataDir, 'keys/seal.json'), 'utf8')).slice(100, 160);
    for (const secret of [password, token, pem]) expect(bytes).not.to.include(secret);
  });

  it('restore beside a running server, which goes on with the restored data', async () => {
    const token = await signInAdmin(host, 'dba', password);
    await host.operate('/api/gym', token, 'create', { name: 'Too late' });
    const restored = palestra(host.dataDir, 'restore', file);
    expect(restored.status, restored.stderr).to.equal(0);
    const anew = await signInAdmin(host, 'dba', password);
    const { body } = await host.operate('/api/gym', anew, 'query', {});
    expect(body.data.map(({ name }: { name: string }) => name)).to.deep.equal(['Iron']);
    const audit = palestra(host.dataDir, 'audit', 'verify');
    expect(audit.status, audit.stdout).to.equal(0);
  });

  it('restore where nothing is left but the keys, and the audit still verifies', async () => {
    const fresh = join(folder, 'fresh');
    await cp(join(host.dataDir, 'keys'), join(fresh, 'keys'), { recursive: true });
    const restored = palestra(fresh, 'restore', file);
    expect(restored.status, restored.stderr).to.equal(0);
    const other = await startTestHost({ plugins: [gym], dataDir: fresh });
    try {
      const token = await signInAdmin(other, 'dba', password);
      expect((await other.operate('/api/gym', token, 'query', {})).body.data).to.have.length(1);
    } finally {
      await other.stop();
    }
    const audit = palestra(fresh, 'audit', 'verify');
    expect(audit.status, audit.stdout).to.equal(0);
  });

  it('refuse a damaged file and other keys, each with its reason', async () => {
    const damaged = join(folder, 'damaged.backup');
    await cp(file, damaged);
    await truncate(damaged, 5000);
    const first = palestra(host.dataDir, 'restore', damaged);
    expect(first.status).to.equal(1);
    expect(first.stderr).to.include('The backup is damaged: its end is missing.');
    const second = palestra(join(folder, 'stranger'), 'restore', file);
    expect(second.status).to.equal(1);
    expect(second.stderr).to.include('not signed with a key of this installation');
    expect(palestra(host.dataDir, 'restore').status).to.equal(2);
  });
});
