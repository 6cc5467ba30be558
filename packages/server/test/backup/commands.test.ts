/** `palestra backup FILE` and `palestra restore FILE`, beside a server and without one. */
import { cp, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gym } from '@palestra/plugin-gym';
import { signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createPalestraCommand, type RunOptions } from '../cli/palestra.js';

const password = 'test-only-password-of-the-dba';

const config = `export { plugins } from ${JSON.stringify(import.meta.resolve('./gym-host.ts'))};\n`;

describe('the commands of backup', () => {
  let folder: string;
  let host: TestHost;
  let file: string;

  /** Beside the server in this process, or without one. */
  async function palestra(dataDir: string, args: readonly string[], options: RunOptions = {}) {
    const installation = { dataDir, database: `sqlite:${dataDir}/test.sqlite`, config };
    const [run, remove] = await createPalestraCommand(installation);
    try {
      const { code: status, ...said } = await run(args, options);
      return { status, ...said };
    } finally {
      await remove();
    }
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-backup-'));
    file = join(folder, 'moved.backup');
    host = await startTestHost({ plugins: [gym], dataDir: join(folder, 'data') });
  });
  after(async () => {
    await host.stop();
    await rm(folder, { recursive: true });
  });

  /** The running server notices within seconds that tokens and keys of before are void. */
  async function operate(operation: string, data: object) {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const token = await signInAdmin(host, 'dba', password).catch(() => undefined);
      const answer = await host.operate('/api/gym', token, operation, data);
      if (answer.status !== 401 || Date.now() > deadline) return answer;
      await sleep(100);
    }
  }
  const names = async () => {
    const { status, body, text } = await operate('query', {});
    expect(status, text).to.equal(200);
    return body.data.map(({ name }: { name: string }) => name);
  };
  const open = async (name: string) => expect((await operate('create', { name })).status).to.equal(201);

  it('back up beside a running server, to a new file only', async () => {
    const token = await signInAdmin(host, 'dba', password);
    await host.operate('/api/gym', token, 'create', { name: 'Iron' });
    const made = await palestra(host.dataDir, ['backup', file]);
    expect(made.status, made.stderr).to.equal(0);
    expect(made.stdout).to.match(/: \d+ bytes, sha256 [0-9a-f]{64}\n$/);
    const again = await palestra(host.dataDir, ['backup', file]);
    expect(again.status).to.equal(1);
    expect(again.stderr).to.include('exists');
  });

  it('hold no secret but hashes', async () => {
    const { token } = await host.account();
    const backup = join(folder, 'canary.backup');
    expect((await palestra(host.dataDir, ['backup', backup])).status).to.equal(0);
    const bytes = (await readFile(backup)).toString('latin1');
    expect(bytes).to.include('$argon2id$');
    const pem = (await readFile(join(host.dataDir, 'keys/seal.json'), 'utf8')).slice(100, 160);
    for (const secret of [password, token, pem]) expect(bytes).not.to.include(secret);
  });

  it('restore beside a running server, which goes on with the restored data', async () => {
    const token = await signInAdmin(host, 'dba', password);
    await host.operate('/api/gym', token, 'create', { name: 'Too late' });
    const restored = await palestra(host.dataDir, ['restore', file]);
    expect(restored.status, restored.stderr).to.equal(0);
    expect(await names()).to.deep.equal(['Iron']);
    const audit = await palestra(host.dataDir, ['audit', 'verify']);
    expect(audit.status, audit.stdout).to.equal(0);
  });

  it('restore where nothing is left but the keys, and the audit still verifies', async () => {
    const fresh = join(folder, 'fresh');
    await cp(join(host.dataDir, 'keys'), join(fresh, 'keys'), { recursive: true });
    const restored = await palestra(fresh, ['restore', file]);
    expect(restored.status, restored.stderr).to.equal(0);
    const other = await startTestHost({ plugins: [gym], dataDir: fresh });
    try {
      const token = await signInAdmin(other, 'dba', password);
      expect((await other.operate('/api/gym', token, 'query', {})).body.data).to.have.length(1);
    } finally {
      await other.stop();
    }
    const audit = await palestra(fresh, ['audit', 'verify']);
    expect(audit.status, audit.stdout).to.equal(0);
  });

  it('show on a terminal what a restore replaces, and ask', async () => {
    await open('Only now');
    const refused = await palestra(host.dataDir, ['restore', file], { terminal: true, input: 'n\n' });
    expect([refused.status, refused.stdout]).to.deep.equal([1, '']);
    expect(refused.stderr).to.match(/\n {2}gym +2 +1\n/);
    expect(refused.stderr).to.match(/Replace 1 accounts by 1, and all other data\? \[y\/N\] Nothing was changed\.\n$/);
    expect(await names()).to.deep.equal(['Iron', 'Only now']);
    const agreed = await palestra(host.dataDir, ['restore', file], { terminal: true, input: 'y\n' });
    expect(agreed.status, agreed.stderr).to.equal(0);
    expect(await names()).to.deep.equal(['Iron']);
  });

  it('keep what a restore replaces as a backup of its own, and do not ask with --yes', async () => {
    await open('Lost and found');
    const restored = await palestra(host.dataDir, ['restore', file, '--yes', '--json'], { terminal: true });
    expect(restored.status, restored.stderr).to.equal(0);
    expect(await names()).to.deep.equal(['Iron']);
    const { copy } = JSON.parse(restored.stdout);
    const undone = await palestra(host.dataDir, ['restore', copy]);
    expect(undone.status, undone.stderr).to.equal(0);
    expect(await names()).to.deep.equal(['Iron', 'Lost and found']);
  });

  it('refuse a damaged file and other keys, each with its reason', async () => {
    const damaged = join(folder, 'damaged.backup');
    await cp(file, damaged);
    await truncate(damaged, 5000);
    const first = await palestra(host.dataDir, ['restore', damaged]);
    expect(first.status).to.equal(1);
    expect(first.stderr).to.include('The backup is damaged: its end is missing.');
    const second = await palestra(join(folder, 'stranger'), ['restore', file]);
    expect(second.status).to.equal(1);
    expect(second.stderr).to.include('not signed with a key of this installation');
    expect((await palestra(host.dataDir, ['restore'])).status).to.equal(2);
  });
});
