/** A restore that is killed in the middle: the database is what it was or what the backup holds, and sound. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gym } from '@palestra/plugin-gym';
import { signInAdmin, startTestHost } from '@palestra/server/testing';
import Sqlite from 'better-sqlite3';
import { expect } from 'chai';
import { programOf } from '../../../../scripts/testing/program.js';

const kills = 6;
const machines = 40_000;

describe('a restore that is killed', function () {
  this.timeout(120_000);
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-crash-'));
    const host = await startTestHost({ plugins: [gym], dataDir: folder });
    const { knex } = host.palestra.database();
    const row = (id: number) => ({ id: `m-${id}`, scope: 'stams_io', subject: 'x'.repeat(200), issued_at: 1 });
    for (let at = 0; at < machines; at += 500) {
      await knex('machine_token').insert(Array.from({ length: 500 }, (_, index) => row(at + index)));
    }
    const token = await signInAdmin(host, 'dba', 'test-only-password-of-the-dba');
    file = (await host.request('POST', '/api/admin/backup', { token })).body.data.file;
    await knex('machine_token').where('id', 'like', 'm-%').delete();
    await host.stop();
  });
  after(() => rm(folder, { recursive: true }));

  /** Of the running file: sound, and whole one way or the other. */
  const rows = (): number => {
    const handle = new Sqlite(join(folder, 'test.sqlite'));
    try {
      expect(handle.pragma('integrity_check', { simple: true })).to.equal('ok');
      expect(handle.pragma('foreign_key_check')).to.deep.equal([]);
      const found = Number(handle.prepare("SELECT count(*) FROM machine_token WHERE id LIKE 'm-%'").pluck().get());
      expect(found).to.be.oneOf([0, machines]);
      handle.exec("DELETE FROM machine_token WHERE id LIKE 'm-%'");
      return found;
    } finally {
      handle.close();
    }
  };

  /** What killed restores left is swept when the server starts, once nothing has written to it for an hour. */
  async function leavesNothing(): Promise<void> {
    const remains = async () => (await readdir(folder, { recursive: true })).filter((name) => /partial/.test(name));
    expect(await remains()).not.to.deep.equal([]);
    const longAgo = new Date(Date.now() - 61 * 60_000);
    for (const name of await remains()) await utimes(join(folder, name), longAgo, longAgo);
    const host = await startTestHost({ plugins: [gym], dataDir: folder });
    expect(await remains()).to.deep.equal([]);
    await host.stop();
  }

  it(`leaves one of the two, ${kills} times out of ${kills}`, async () => {
    const program = await programOf(new URL('./restore-process.ts', import.meta.url));
    let inTheMiddle = 0;
    for (let kill = 0; kill < kills; kill++) {
      const child: ChildProcess = spawn(process.execPath, [program, folder, join(folder, 'backups', file)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      // The pages are about to be copied; the whole copy takes some 100 ms.
      await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
      await sleep(kill * 20);
      child.kill('SIGKILL');
      const [, signal] = await exit;
      if (signal === 'SIGKILL') inTheMiddle += 1;
      rows();
    }
    expect(inTheMiddle, 'killed before its end').to.be.greaterThan(0);
    await leavesNothing();
  });
});
