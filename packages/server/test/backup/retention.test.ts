/** Which backups are kept and which deleted, by `palestra forget` and after scheduled ones. */
import { copyFile, cp, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { expect } from 'chai';
import { selectKept } from '../../src/backup/retention.js';
import { backupService } from '../../src/backup/types.js';
import { createPalestraCommand } from '../cli/palestra.js';

const config = `export { plugins } from ${JSON.stringify(import.meta.resolve('./gym-host.ts'))};\n`;
const dayMs = 86_400_000;
const end = Date.UTC(2026, 10, 21, 12);
const daysAgo = (days: number) => ({ createdAt: new Date(end - days * dayMs).toISOString() });
const shown = (kept: Set<{ createdAt: string }>) =>
  [...kept]
    .map(({ createdAt }) => createdAt.slice(0, 10))
    .sort()
    .reverse();

describe('the retention of backups', () => {
  it('keeps the newest of each day, week and month that has one', () => {
    const daily = Array.from({ length: 800 }, (_, days) => daysAgo(days));
    const twice = daily.flatMap((each) => [each, { createdAt: each.createdAt.replace('T12', 'T03') }]);
    const kept = selectKept(twice, { keepDaily: 7, keepWeekly: 4, keepMonthly: 3 });
    expect([...kept].every(({ createdAt }) => createdAt.includes('T12'))).to.equal(true);
    expect(shown(kept)).to.deep.equal([
      ...['2026-11-21', '2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17', '2026-11-16', '2026-11-15'],
      // Sundays end ISO weeks; the last days of two months.
      ...['2026-11-08', '2026-11-01', '2026-10-31', '2026-09-30'],
    ]);
  });

  it('counts only periods that have a backup, over the turn of a year, and always keeps the newest', () => {
    const some = ['2027-01-01', '2026-12-31', '2026-12-28', '2026-12-27', '2026-03-01'].map((day) => ({
      createdAt: `${day}T00:00:00.000Z`,
    }));
    const days = (retention: object) => shown(selectKept(some, retention));
    expect(days({ keepDaily: 2 })).to.deep.equal(['2027-01-01', '2026-12-31']);
    // 28 December to 3 January is one ISO week.
    expect(days({ keepWeekly: 2 })).to.deep.equal(['2027-01-01', '2026-12-27']);
    expect(days({ keepMonthly: 3 })).to.deep.equal(['2027-01-01', '2026-12-31', '2026-03-01']);
    expect(days({})).to.deep.equal(['2027-01-01']);
  });

  describe('in a folder', () => {
    let folder: string;
    let host: TestHost;
    let now = end;
    let backups: string;

    const forget = async (...args: readonly string[]) => {
      const installation = { dataDir: host.dataDir, database: `sqlite:${host.dataDir}/test.sqlite`, config };
      const [run, remove] = await createPalestraCommand(installation);
      return run(['forget', backups, ...args, '--json'], {}).finally(remove);
    };
    const make = async (name: string, days: number, recipients: readonly string[] = []) => {
      now = end - days * dayMs;
      await host.palestra.service(backupService).create(join(backups, name), { recipients });
    };
    const files = async () => (await readdir(backups)).sort();

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'palestra-forget-'));
      host = await startTestHost({ plugins: [gym], dataDir: join(folder, 'data'), clock: { now: () => now } });
    });
    beforeEach(async () => {
      backups = await mkdtemp(join(folder, 'backups-'));
    });
    after(async () => {
      await host.stop();
      await rm(folder, { recursive: true });
    });

    it('deletes by what files hold, whatever their names are, and nothing of others', async () => {
      const stranger = await startTestHost({ plugins: [gym], dataDir: join(folder, 'stranger') });
      await stranger.palestra.service(backupService).create(join(backups, 'foreign.backup'));
      await stranger.stop();
      const recipient = await identityToRecipient(await generateX25519Identity());
      for (const [name, days] of [
        ['new', 0],
        ['same-day', 0.1],
        ['old.age', 1],
        ['older', 2],
      ] as const) {
        await make(name, days, name.endsWith('.age') ? [recipient] : []);
      }
      await writeFile(join(backups, 'palestra-20200101T000000000Z-00000000.backup'), 'notes');
      await symlink(join(backups, 'older'), join(backups, 'link'));
      await cp(host.dataDir, join(backups, 'subfolder'), { recursive: true });
      const before = await files();
      const tried = JSON.parse((await forget('--keep-daily', '1', '--dry-run')).stdout);
      expect(tried.removed.sort()).to.deep.equal(['old.age', 'older', 'same-day']);
      expect(await files()).to.deep.equal(before);
      const done = await forget('--keep-daily', '2');
      expect(done.code, done.stderr).to.equal(0);
      expect(JSON.parse(done.stdout)).to.deep.equal({
        kept: ['new', 'old.age'],
        removed: ['same-day', 'older'],
        damaged: [],
      });
      expect(await files()).to.deep.equal(before.filter((name) => name !== 'same-day' && name !== 'older'));
    });

    it('keeps the last good one where those after it are damaged, which it leaves and names', async () => {
      await make('good', 3);
      await make('older', 4);
      await make('cut', 1);
      await truncate(join(backups, 'cut'), 4000);
      await make('changed', 0);
      await copyFile(join(backups, 'changed'), join(backups, 'copy'));
      const { open } = await import('node:fs/promises');
      const handle = await open(join(backups, 'changed'), 'r+');
      await handle.write(Buffer.from('x'), 0, 1, (await handle.stat()).size - 10);
      await handle.close();
      await rm(join(backups, 'copy'));
      const { code, stdout } = await forget('--keep-daily', '1');
      expect(JSON.parse(stdout)).to.deep.equal({ kept: ['good'], removed: ['older'], damaged: ['cut', 'changed'] });
      expect(code).to.equal(1);
      expect(await files()).to.deep.equal(['changed', 'cut', 'good']);
    });

    it('refuses to keep nothing', async () => {
      for (const args of [[], ['--keep-daily', '0'], ['--keep-daily', '-1'], ['--keep-daily', 'all']]) {
        expect((await forget(...args)).code, args.join(' ')).to.equal(2);
      }
    });
  });
});
