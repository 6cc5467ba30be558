/** Backups that are encrypted for a public key of age, and what is refused before anything is touched. */
import { spawnSync } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gym } from '@palestra/plugin-gym';
import { signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { expect } from 'chai';
import { decryptBackup, encryptBackup, identitiesOf, readStamp } from '../../src/backup/encryption.js';
import { backupService } from '../../src/backup/types.js';
import { createPalestraCommand } from '../cli/palestra.js';

const password = 'test-only-password-of-the-dba';
const config = `export { plugins } from ${JSON.stringify(import.meta.resolve('./gym-host.ts'))};\n`;
const hasAge = spawnSync('age', ['--version']).status === 0;

describe('encrypted backups', () => {
  let folder: string;
  let host: TestHost;
  let file: string;
  let key: string;
  let recipient: string;

  async function palestra(...args: readonly string[]) {
    const installation = { dataDir: host.dataDir, database: `sqlite:${host.dataDir}/test.sqlite`, config };
    const [run, remove] = await createPalestraCommand(installation);
    try {
      return await run(args, {});
    } finally {
      await remove();
    }
  }
  const names = () => host.palestra.database().knex('gym').orderBy('id').pluck('name');
  const create = async (name: string) => {
    const token = await signInAdmin(host, 'dba', password);
    expect((await host.operate('/api/gym', token, 'create', { name })).status).to.equal(201);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-age-'));
    const identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
    key = join(folder, 'key.txt');
    await writeFile(key, `# created: today\n# public key: ${recipient}\n${identity}\n`);
    host = await startTestHost({
      plugins: [gym],
      dataDir: join(folder, 'data'),
      config: { backup: { recipients: [recipient] } },
    });
    await create('Iron');
    file = join(folder, 'moved.age');
    const made = await palestra('backup', file, '--recipient', recipient);
    expect(made.code, made.stderr).to.equal(0);
    await create('Later');
  });
  after(async () => {
    await host.stop();
    await rm(folder, { recursive: true });
  });

  it('show nothing of the data, and leave nothing beside them', async () => {
    const bytes = await readFile(file);
    expect(bytes.subarray(0, 22).toString()).to.equal('age-encryption.org/v1\n');
    for (const text of ['Iron', 'argon2id', 'SQLite format']) expect(bytes.includes(text), text).to.equal(false);
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).to.deep.equal([]);
  });

  (hasAge ? it : it.skip)('are files that age itself decrypts to the backup inside', async () => {
    const { stdout, status } = spawnSync('age', ['-d', '-i', key, file], { maxBuffer: 1e9 });
    expect(status).to.equal(0);
    expect(JSON.parse(stdout.subarray(0, stdout.indexOf(0x0a)).toString()).manifest.format).to.equal('palestra-backup');
    const plain = join(folder, 'plain.backup');
    await writeFile(plain, stdout);
    const again = spawnSync('age', ['-r', recipient, '-o', join(folder, 'again.age'), plain]);
    expect(again.status).to.equal(0);
    const restored = await palestra('restore', join(folder, 'again.age'), '--identity', key, '--yes');
    expect(restored.code, restored.stderr).to.equal(0);
    await create('Later');
  });

  it('are refused without the key, with another one, damaged or cut, with nothing changed', async () => {
    const before = await names();
    const other = join(folder, 'other.txt');
    await writeFile(other, `${await generateX25519Identity()}\n`);
    const bytes = await readFile(file);
    const header = bytes.indexOf('\n--- ') + 5;
    const damaged = await Promise.all(
      [header, header + 100, bytes.length >> 1, bytes.length - 1].map(async (at) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const path = join(folder, `damaged-${at}.age`);
        await writeFile(path, changed);
        return path;
      }),
    );
    const cut = join(folder, 'cut.age');
    await writeFile(cut, bytes.subarray(0, bytes.length - 1000));
    const cases: [string[], string][] = [
      [[file], 'it is encrypted; restore it by `palestra restore FILE --identity KEY_FILE`'],
      [[file, '--identity', other], 'encrypted for other keys'],
      [[file, '--identity', file], 'holds no secret key of age'],
      [[cut, '--identity', key], 'it cannot be decrypted'],
      ...damaged.map((path): [string[], string] => [[path, '--identity', key], 'it cannot be decrypted']),
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await palestra('restore', ...args, '--yes');
      expect(stderr, args.join(' ')).to.include(message);
      expect(code, args.join(' ')).to.equal(1);
      expect(stderr).not.to.match(/AGE-SECRET-KEY-1[0-9A-Z]/);
    }
    expect(await names()).to.deep.equal(before);
    const left = (await readdir(join(host.dataDir, 'backups'))).filter((name) => name.includes('partial'));
    expect(left).to.deep.equal([]);
  }).timeout(60_000);

  it('restore by the key of one of several recipients', async () => {
    const second = await generateX25519Identity();
    const both = join(folder, 'both.age');
    const recipients = [await identityToRecipient(await generateX25519Identity()), await identityToRecipient(second)];
    await host.palestra.service(backupService).create(both, { recipients });
    const keys = join(folder, 'second.txt');
    await writeFile(keys, `${second}\n`);
    await create('Too late');
    const restored = await palestra('restore', both, '--identity', keys, '--yes');
    expect(restored.code, restored.stderr).to.equal(0);
    expect(await names()).not.to.include('Too late');
  });

  it('are made in the server for the configured recipients, listed, and restored by the command alone', async () => {
    // Another process has restored: the tokens of before are void within seconds.
    const { service } = host.palestra;
    const { path } = await service(backupService).keep();
    expect(path).to.match(/\.backup\.age$/);
    const handle = await open(path);
    const refusal = await service(backupService)
      .restore(handle)
      .then(
        () => '',
        (error: Error) => error.message,
      );
    await handle.close();
    expect(refusal).to.include('it is encrypted');
    await host.stop();
    host = await startTestHost({ plugins: [gym], dataDir: host.dataDir });
    const token = await signInAdmin(host, 'dba', password);
    const listed = await host.request('GET', '/api/admin/backup', { token });
    const name = path.split('/').at(-1);
    expect(listed.body.data.map((each: { file: string }) => each.file)).to.include(name);
    const answer = await host.request('POST', '/api/admin/restore', { token, json: { file: name } });
    expect([answer.status, answer.body.exceptionType]).to.deep.equal([422, 'IncompatibleBackupError']);
  });

  it('refuse what is no public key, and do not show it', async () => {
    const secret = (await readFile(key, 'utf8')).split('\n')[2] ?? '';
    const { code, stderr } = await palestra('backup', join(folder, 'none.age'), '--recipient', secret);
    expect(code).to.equal(1);
    expect(stderr).to.include('Recipient 1 is no public key of age');
    expect(stderr).not.to.include(secret);
    expect(await readdir(folder)).not.to.include('none.age');
  });

  it('take a public key that resists quantum computers', async () => {
    const recipients = [await identityToRecipient(await generateHybridIdentity())];
    const made = await host.palestra.service(backupService).create(join(folder, 'hybrid.age'), { recipients });
    expect(made.bytes).to.be.above(10_000);
  });

  it('are told from others by their length and their stamp, without the secret key', async () => {
    const secret = { kid: 'k', secret: createSecretKey(Buffer.alloc(32, 1)) };
    const keys = { active: secret, usable: [secret], find: (kid: string) => (kid === 'k' ? secret : undefined) };
    const [plain, target] = [join(folder, 'text'), join(folder, 'text.age')];
    for (const bytes of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      await writeFile(plain, Buffer.alloc(bytes, 7));
      await rm(target, { force: true });
      const stamp = { createdAt: '2026-11-21T00:00:00.000Z', bytes };
      await encryptBackup(plain, target, { recipients: [recipient], stamp, keys });
      const handle = await open(target, 'r+');
      expect(await readStamp(handle, keys), `${bytes} bytes`).to.deep.equal(stamp);
      expect(await readStamp(handle, { ...keys, find: () => undefined })).to.equal(undefined);
      const out = join(folder, `out-${bytes}`);
      await decryptBackup(handle, identitiesOf(await readFile(key, 'utf8')), out);
      expect((await readFile(out)).equals(Buffer.alloc(bytes, 7))).to.equal(true);
      await handle.truncate((await handle.stat()).size - 1);
      expect(await readStamp(handle, keys)).to.equal(undefined);
      await handle.close();
    }
  });
});
