/** Backups: consistent while the server runs, verified before anything changes, and never a way back in time for access. */
import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretKeyOf } from '@palestra/core/auth';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { transaction } from '@palestra/plugin-transaction';
import {
  type Answer,
  describeOnEachDatabase,
  signInAdmin,
  startTestHost,
  type TestHost,
} from '@palestra/server/testing';
import { expect } from 'chai';
import { signManifest } from '../../src/backup/manifest.js';
import { openDatabase } from '../../src/database/connect.js';
import { createTextIndex } from '../../src/database/create-text-index.js';

const password = 'test-only-password-of-the-dba';

describeOnEachDatabase('backup and restore', (fresh, name) => {
  let host: TestHost;
  let url: string;
  let dba: string;

  const signIn = async () => {
    dba = await signInAdmin(host, 'dba', password);
  };
  const admin = (method: string, path: string, json?: unknown) =>
    host.request(method, `/api/admin/${path}`, { token: dba, json });
  const backUp = async (): Promise<{ file: string; sha256: string; bytes: number; createdAt: string }> => {
    const answer = await admin('POST', 'backup');
    expect(answer.status, answer.text).to.equal(201);
    return answer.body.data;
  };
  const restore = (file: string) => admin('POST', 'restore', { file });
  const basic = (username: string, word: string) => ({
    authorization: `Basic ${Buffer.from(`${username}:${word}`).toString('base64')}`,
  });
  const create = (name: string) => host.operate('/api/gym', dba, 'create', { name });
  const names = async (): Promise<string[]> =>
    (await host.operate('/api/gym', dba, 'query', {})).body.data.map((each: { name: string }) => each.name);
  const pathOf = (file: string) => join(host.dataDir, 'backups', file);

  before(async () => {
    url = await fresh();
    host = await startTestHost({ plugins: [gym, merchandise, transaction], database: url });
  });
  after(() => host.stop());
  beforeEach(signIn);

  it('makes a file that is what the answer says, and lists it', async () => {
    await create('First');
    const backup = await backUp();
    const bytes = await readFile(pathOf(backup.file));
    expect(backup.bytes).to.equal(bytes.length);
    expect(backup.sha256).to.equal(createHash('sha256').update(bytes).digest('hex'));
    const listed = await admin('GET', 'backup');
    expect(listed.body.data[0]).to.deep.equal(backup);
    expect((await stat(pathOf(backup.file))).mode & 0o777).to.equal(0o600);
    expect((await readdir(join(host.dataDir, 'backups'))).filter((file) => file.endsWith('.partial'))).to.deep.equal(
      [],
    );
  });

  it('brings every text back as it was, separators of lines and control characters included', async () => {
    const detail = 'a\u2028b\u2029c\u0085d\n\r\n\u0000\ufeff\ufffd "\\" {"base64":"AA=="} \u{1f600}';
    const made = await host.operate('/api/gym', dba, 'create', { name: 'Texts \u2028', detail });
    const { _id } = made.body.data;
    const { file } = await backUp();
    await host.operate('/api/gym', dba, 'update', { _id, detail: 'changed' });
    expect((await restore(file)).status).to.equal(200);
    await signIn();
    const { name: kept, detail: text } = (await host.request('GET', `/api/gym/${_id}`, { token: dba })).body.data;
    expect([kept, text]).to.deep.equal(['Texts \u2028', detail]);
  });

  it('takes away what a process left that died over one, and not what may be in use', async () => {
    const old = pathOf('restore-0000000000000000.partial');
    const young = pathOf('restore-1111111111111111.partial');
    for (const file of [old, young]) await writeFile(file, 'half');
    await utimes(old, 1, 1);
    await backUp();
    const left = (await readdir(join(host.dataDir, 'backups'))).filter((file) => file.endsWith('.partial'));
    expect(left).to.deep.equal(['restore-1111111111111111.partial']);
    await rm(young);
  });

  it('brings back what was there, and takes away what was not', async () => {
    await create('Before');
    const then = await names();
    const backup = await backUp();
    await create('After');
    const answer = await restore(backup.file);
    expect(answer.status, answer.text).to.equal(200);
    expect(answer.body.data).to.deep.equal(backup);
    await signIn();
    expect(await names()).to.deep.equal(then);
  });

  if (name === 'MariaDB') {
    it('takes an index of texts away, which the next start makes again', async () => {
      const database = await openDatabase({ url });
      const index = createTextIndex(database, 'gym', ['name_folded']);
      await index.build(() => false);
      await create('Indexed');
      const then = await names();
      const { file } = await backUp();
      await index.build(() => false);
      expect((await restore(file)).status).to.equal(200);
      await signIn();
      expect(await names()).to.deep.equal(then);
      expect(await index.isWhole()).to.equal(false);
      await index.build(() => false);
      const candidates = await index.candidates([{ columns: ['name_folded'], text: 'indexed' }]);
      expect(await candidates?.(0)).to.have.length(1);
      await database.close();
    });
  }

  it('gives an id that was used since the backup to no other row', async () => {
    const backup = await backUp();
    const lost = (await create('Lost')).body.data._id;
    await restore(backup.file);
    await signIn();
    expect(Number((await create('Next')).body.data._id)).to.be.greaterThan(Number(lost));
  });

  it('ends every token from before the restore, and none comes alive again', async () => {
    const member = await host.account();
    const sealed = await host.seal({ username: member.username, password: member.password });
    const pair = await host.request('GET', '/api/auth', {
      headers: { authorization: `tnt-user-auth-scheme ${sealed}` },
    });
    const { access_token: token, refresh_token } = pair.body.data;
    const backup = await backUp();
    await host.request('POST', '/api/logout', { json: { refresh_token } });
    expect((await restore(backup.file)).status).to.equal(200);
    expect((await host.request('GET', '/api/gym', { token })).status).to.equal(401);
    expect((await host.request('GET', '/api/gym', { token: dba })).status).to.equal(401);
    expect((await host.request('POST', '/api/refresh', { json: { refresh_token } })).status).to.equal(401);
    const again = await host.seal({ username: member.username, password: member.password });
    const renewed = await host.request('GET', '/api/auth', {
      headers: { authorization: `tnt-user-auth-scheme ${again}` },
    });
    expect(renewed.status).to.equal(200);
    expect((await host.request('GET', '/api/gym', { token: renewed.body.data.access_token })).status).to.equal(200);
  });

  it('restores once under one key, whatever was written after it, though the restore ended the token', async () => {
    const { file } = await backUp();
    const send = (json: object) =>
      host.request('POST', '/api/admin/restore', { token: dba, json, headers: { 'idempotency-key': 'restore-1' } });
    const first = await send({ file });
    expect(first.status, first.text).to.equal(200);
    const ended = dba;
    await signIn();
    await create('Written after the restore');
    dba = ended;
    const again = await send({ file });
    expect([again.status, again.text]).to.deep.equal([200, first.text]);
    await signIn();
    expect(await names()).to.include('Written after the restore');
  });

  it('makes one file under one key, also where a first attempt failed after it was made', async () => {
    const before = await readdir(join(host.dataDir, 'backups'));
    const send = () =>
      host.request('POST', '/api/admin/backup', { token: dba, headers: { 'idempotency-key': 'backup-1' } });
    const { schema } = host.palestra.database().knex;
    await schema.renameTable('audit_entry', 'audit_entry_away');
    const failed = await send();
    await host.palestra.database().knex.schema.renameTable('audit_entry_away', 'audit_entry');
    expect(failed.status).to.equal(500);
    const made = await send();
    expect(made.status, made.text).to.equal(201);
    const files = (await readdir(join(host.dataDir, 'backups'))).filter((each) => !before.includes(each));
    expect(files).to.deep.equal([made.body.data.file]);
  });

  it('gives back no role, no password, and no account that was disabled since', async () => {
    const { knex } = host.palestra.database();
    const [demoted, promoted, changed, disabled] = [
      await host.account('admin'),
      await host.account('player'),
      await host.account('player'),
      await host.account('player'),
    ];
    const backup = await backUp();
    const set = (id: number, values: object) => knex('account').where({ id }).update(values);
    await set(demoted.id, { role: 'coach', granted_role: 'player' });
    await set(promoted.id, { role: 'system_admin', granted_role: 'system_admin', first_name: 'Since' });
    await set(changed.id, { password_hash: '$argon2id$since' });
    await set(disabled.id, { disabled: 1 });
    await restore(backup.file);
    const row = (id: number) => knex('account').where({ id }).first();
    expect(await row(demoted.id)).to.include({ role: 'coach', granted_role: 'player' });
    expect(await row(promoted.id)).to.include({ role: 'player', granted_role: 'player', first_name: null });
    expect(await row(changed.id)).to.include({ password_hash: '$argon2id$since' });
    expect(await row(disabled.id)).to.include({ disabled: 1 });
    const { username, password: own } = demoted;
    await signIn();
    expect((await host.request('GET', `/api/v1/login/${username}`, { headers: basic(username, own) })).status).to.equal(
      200,
    );
  });

  it('keeps a machine token revoked that was alive when the backup was made', async () => {
    const { knex } = host.palestra.database();
    await knex('machine_token').insert({ id: 'machine-1', scope: 'stams_io', subject: '1', issued_at: 1 });
    const backup = await backUp();
    await knex('machine_token').where({ id: 'machine-1' }).update({ revoked_at: 5 });
    await restore(backup.file);
    expect(await knex('machine_token').where({ id: 'machine-1' }).first()).to.include({ revoked_at: 5 });
  });

  it('refuses codes at the gate from before the restore', async () => {
    const qrKey = async () => JSON.parse(await readFile(join(host.dataDir, 'keys/qr.json'), 'utf8'));
    const { active } = await qrKey();
    await restore((await backUp()).file);
    const renewed = await qrKey();
    expect(renewed.active.kid).not.to.equal(active.kid);
    expect([renewed.next, ...renewed.retired]).to.deep.equal([null]);
  });

  it('keeps the audit, with an entry for the backup and for the restore', async () => {
    const backup = await backUp();
    await restore(backup.file);
    const { knex } = host.palestra.database();
    const entries = await knex('audit_entry')
      .where({ object: `backup/${backup.file}` })
      .orderBy('at')
      .pluck('action');
    expect(entries).to.deep.equal(['backup.create', 'backup.restore']);
  });

  it('is for the DBA alone', async () => {
    const { token } = await host.account('system_admin');
    for (const [method, path] of [
      ['POST', 'backup'],
      ['GET', 'backup'],
      ['POST', 'restore'],
    ] as const) {
      const answer = await host.request(method, `/api/admin/${path}`, {
        token,
        ...(path === 'restore' && { json: {} }),
      });
      expect(answer.status, `${method} ${path}`).to.equal(403);
      expect((await host.request(method, `/api/admin/${path}`)).status).to.equal(401);
    }
  });

  describe('refuses, with nothing changed,', () => {
    let good: string;
    let before: string[];

    beforeEach(async () => {
      good = (await backUp()).file;
      await create(`Kept ${good}`);
      before = await names();
    });
    afterEach(async () => {
      expect(await names(), 'the running data').to.deep.equal(before);
    });

    const placed = async (bytes: Buffer): Promise<string> => {
      const file = 'palestra-20000101T000000000Z-00000000.backup';
      await writeFile(pathOf(file), bytes);
      return file;
    };
    const expectRefused = (answer: Answer, status: number, exceptionType: string) => {
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body.exceptionType).to.equal(exceptionType);
      expect(answer.text).not.to.include(host.dataDir);
    };

    it('a truncated file, at any length', async () => {
      const bytes = await readFile(pathOf(good));
      for (const length of [
        0,
        1,
        100,
        bytes.indexOf(0x0a),
        bytes.indexOf(0x0a) + 1,
        bytes.length >> 1,
        bytes.length - 1,
      ]) {
        expectRefused(await restore(await placed(bytes.subarray(0, length))), 422, 'DamagedBackupError');
      }
    });

    it('a file with one bit changed, in its first line or behind it, or with a byte more', async () => {
      const bytes = await readFile(pathOf(good));
      const payload = bytes.indexOf(0x0a) + 1;
      for (const at of [bytes.indexOf('"rows"') + 20, payload + 30, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expectRefused(await restore(await placed(changed)), 422, 'DamagedBackupError');
      }
      expectRefused(await restore(await placed(Buffer.concat([bytes, Buffer.from([0])]))), 422, 'DamagedBackupError');
    });

    const lineOf = (bytes: Buffer) => JSON.parse(bytes.subarray(0, bytes.indexOf(0x0a)).toString());
    const contentOf = (bytes: Buffer) => bytes.subarray(bytes.indexOf(0x0a) + 1);

    it('a backup whose content and first line were changed so that they agree', async () => {
      const older = await readFile(pathOf(good));
      await create('Between');
      before = await names();
      const newer = await readFile(pathOf((await backUp()).file));
      const { manifest } = lineOf(older);
      const signed = { ...lineOf(newer), manifest };
      const changed = Buffer.concat([Buffer.from(`${JSON.stringify(signed)}\n`), contentOf(older)]);
      const answer = await restore(await placed(changed));
      expectRefused(answer, 422, 'DamagedBackupError');
      expect(answer.body.exceptionMessage).to.include('its first line was changed');
    });

    it('a backup in a newer format, though it is signed with our key', async () => {
      const bytes = await readFile(pathOf(good));
      const { active } = JSON.parse(await readFile(join(host.dataDir, 'keys/backup.json'), 'utf8'));
      const key = secretKeyOf(active.key);
      const ring = { active: key, usable: [key], find: () => key };
      const line = signManifest({ ...lineOf(bytes).manifest, version: 2 }, ring);
      const answer = await restore(await placed(Buffer.concat([Buffer.from(line), contentOf(bytes)])));
      expectRefused(answer, 422, 'IncompatibleBackupError');
      expect(answer.body.exceptionMessage).to.include('a newer version of Palestra made it');
    });

    it('a backup of another installation, and a dump that somebody wrote', async () => {
      const other = await startTestHost({ plugins: [gym], database: await fresh() });
      try {
        const token = await signInAdmin(other, 'dba', password);
        const { file } = (await other.request('POST', '/api/admin/backup', { token })).body.data;
        const bytes = await readFile(join(other.dataDir, 'backups', file));
        expectRefused(await restore(await placed(bytes)), 422, 'ForeignBackupError');
      } finally {
        await other.stop();
      }
      const dump = "CREATE TRIGGER t BEFORE UPDATE ON account SELECT 1 INTO OUTFILE '/tmp/x';\n";
      expectRefused(await restore(await placed(Buffer.from(dump))), 422, 'DamagedBackupError');
    });

    it('a backup that a newer version made', async () => {
      const { knex } = host.palestra.database();
      const entry = { plugin: 'gym', name: 'from-the-future', checksum: 'x', applied_at: 1 };
      await knex('palestra_migration').insert(entry);
      const newer = (await backUp()).file;
      await knex('palestra_migration').where({ name: entry.name }).delete();
      const answer = await restore(newer);
      expectRefused(answer, 422, 'IncompatibleBackupError');
      expect(answer.body.exceptionMessage).to.include('gym/from-the-future');
    });

    it('names that the server did not give', async () => {
      for (const file of [
        '../x',
        '/etc/passwd',
        `../backups/${good}`,
        `./${good}`,
        `${good}\0`,
        `${good}/`,
        '',
        'x',
        7,
        null,
      ]) {
        const answer = await admin('POST', 'restore', { file });
        expect(answer.status, String(file)).to.equal(400);
      }
      expect((await admin('POST', 'restore', {})).status).to.equal(400);
    });

    it('a link, a folder, and a file that is not there', async () => {
      const file = 'palestra-20000101T000000000Z-11111111.backup';
      expectRefused(await restore(file), 404, 'ResourceNotFoundError');
      const outside = join(host.dataDir, 'elsewhere');
      await copyFile(pathOf(good), outside);
      await symlink(outside, pathOf(file));
      expectRefused(await restore(file), 400, 'InvalidRequestError');
      await rm(pathOf(file));
    });
  });

  it('restores one at a time, and answers 503 meanwhile', async () => {
    const { file } = await backUp();
    const restores = [restore(file), restore(file), restore(file)];
    const seen = new Set<number>();
    let done = false;
    const probing = (async () => {
      while (!done) seen.add((await host.request('GET', '/api/discovery/gym')).status);
    })();
    const statuses = (await Promise.all(restores)).map(({ status }) => status).sort();
    done = true;
    await probing;
    expect(statuses.filter((status) => status === 200)).to.have.length(1);
    for (const status of statuses.slice(1)) expect(status).to.be.oneOf([401, 409, 503]);
    expect([...seen].filter((status) => status !== 200 && status !== 503)).to.deep.equal([]);
    expect(await host.palestra.ready()).to.equal(true);
  });

  it('is consistent while rows come and go', async () => {
    await host.palestra.database().knex('gym').delete();
    const database = host.palestra.database();
    const { knex } = database;
    await knex('machine_token').delete();
    let writing = true;
    const writer = (async () => {
      for (let at = 0; writing; at++) {
        // Always an even number of rows, in one transaction each.
        await database.unitOfWork(async (unit) => {
          for (const half of ['a', 'b']) {
            const row = { id: `${at}-${half}`, scope: 'stams_io', subject: String(at), issued_at: at };
            await database.write(knex('machine_token').insert(row), unit);
          }
        });
        // On SQLite nothing in a unit waits: others need a turn of the event loop.
        await new Promise(setImmediate);
      }
    })();
    const files: string[] = [];
    for (let made = 0; made < 5; made++) files.push((await backUp()).file);
    writing = false;
    await writer;
    const counts: number[] = [];
    for (const file of files) {
      const line = (await readFile(pathOf(file), 'latin1')).split('\n', 1)[0] ?? '';
      counts.push(JSON.parse(line).manifest.rows.machine_token);
    }
    expect(
      counts.filter((count) => count % 2 === 1),
      counts.join(),
    ).to.deep.equal([]);
    expect(new Set(counts).size, 'backups at different moments').to.be.greaterThan(1);
    await restore(files[2] ?? '');
    expect(await knex('machine_token').count({ rows: '*' }).first()).to.deep.equal({ rows: counts[2] });
  });
});
