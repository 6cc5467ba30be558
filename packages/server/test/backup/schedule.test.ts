/** Backups by the clock: on one of several instances, caught up after an outage, with the operator's hook behind them. */
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gym } from '@palestra/plugin-gym';
import { describeOnEachDatabase, signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { backupService } from '../../src/backup/types.js';

const hourMs = 3_600_000;

describeOnEachDatabase('scheduled backups', (fresh) => {
  let folder: string;
  let now = Date.UTC(2026, 10, 21, 12);
  const hosts: TestHost[] = [];
  let database: string;

  const start = async (backup: object, background = false) => {
    const config = { backup: { schedule: '0 * * * *', folder: join(folder, 'backups'), ...backup } };
    const clock = { now: () => now };
    const host = await startTestHost({ plugins: [gym], database, dataDir: folder, config, clock, background });
    hosts.push(host);
    return host;
  };
  const makeDue = (host: TestHost) => host.palestra.service(backupService).makeDue();
  const backups = async () => (await readdir(join(folder, 'backups')).catch(() => [])).sort();
  const hook = async (text: string) => {
    const path = join(folder, `hook ${Math.random()};$(x)`);
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o700);
    return path;
  };
  const metric = async (host: TestHost, name: string) => {
    const { text } = await host.request('GET', '/metrics');
    return Number(new RegExp(`^palestra_backup_${name} (.+)$`, 'm').exec(text)?.[1]);
  };
  const audited = (host: TestHost, action: string) =>
    host.palestra.database().knex('audit_entry').where({ action }).orderBy('at').select('actor', 'object', 'detail');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-schedule-'));
    database = await fresh();
  });
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
    await rm(folder, { recursive: true });
  });

  it('are made once for all instances, when they are due, and at once after an outage', async () => {
    const [one, two] = [await start({}), await start({})];
    const round = async () => (await Promise.all([makeDue(one), makeDue(two)])).filter(Boolean).length;
    expect(await round()).to.equal(0);
    now += hourMs / 2;
    expect(await round()).to.equal(0);
    now += hourMs / 2;
    expect(await round()).to.equal(1);
    expect(await round()).to.equal(0);
    now += 5 * hourMs;
    expect(await round()).to.equal(1);
    expect(await round()).to.equal(0);
    expect(await backups()).to.have.length(2);
    expect(await metric(two, 'last_success_timestamp_seconds')).to.equal(now / 1000);
    expect(await metric(two, 'last_size_bytes')).to.be.above(1000);
    expect((await audited(one, 'backup.create')).map(({ actor }) => actor)).to.deep.equal([
      'backup schedule',
      'backup schedule',
    ]);
  });

  it('are deleted when they are no longer kept', async () => {
    const host = await start({ keepDaily: 2 });
    await makeDue(host);
    for (let day = 0; day < 4; day++) {
      now += 24 * hourMs;
      expect(await makeDue(host)).to.equal(true);
    }
    expect(await backups()).to.have.length(2);
  });

  it('are tried again five minutes after a failure, which is counted', async () => {
    const place = join(folder, 'a-file', 'backups');
    const host = await start({ folder: place });
    await makeDue(host);
    await writeFile(join(folder, 'a-file'), '');
    now += hourMs;
    const failure = await makeDue(host).catch((error: NodeJS.ErrnoException) => error.code);
    expect(failure).to.equal('ENOTDIR');
    expect(await makeDue(host)).to.equal(false);
    now += 5 * 60_000;
    await rm(join(folder, 'a-file'));
    expect(await makeDue(host)).to.equal(true);
    expect(await readdir(place)).to.have.length(1);
    expect(await metric(host, 'failures_total')).to.equal(1);
  });

  it('are handed to the hook by path, without a shell and without secrets', async () => {
    const said = join(folder, 'said');
    const program = await hook(`printf '%s|' "$#" "$1" "$BACKUP_FILE" "$BACKUP_BYTES" > '${said}'; env >> '${said}'`);
    process.env.PALESTRA_DBA_PASSWORD = 'test-only-canary';
    const host = await start({ hook: program });
    await makeDue(host);
    now += hourMs;
    await makeDue(host).finally(() => delete process.env.PALESTRA_DBA_PASSWORD);
    const [name = ''] = await backups();
    const path = join(folder, 'backups', name);
    const text = await readFile(said, 'utf8');
    const [count, first, file, bytes] = text.split('|');
    expect([count, first, file]).to.deep.equal(['1', path, path]);
    expect(Number(bytes)).to.equal(await metric(host, 'last_size_bytes'));
    expect(text).not.to.include('test-only-canary');
    const [entry] = await audited(host, 'backup.hook');
    expect(entry).to.include({ actor: 'backup hook', object: `backup/${name}` });
    expect(JSON.parse(JSON.stringify(entry?.detail))).to.include('exit 0');
    expect(await metric(host, 'hook_failures_total')).to.equal(0);
  });

  it('stay where the hook fails, does not exist, or takes too long, and that is recorded', async () => {
    const cases = [
      [await hook('echo no space >&2; exit 3'), 'exit 3', 60],
      [join(folder, 'missing'), 'ENOENT', 60],
      [await hook('sleep 60 & wait'), 'no end after 1 s', 1],
    ] as const;
    for (const [index, [program, status, hookTimeout]] of cases.entries()) {
      const host = await start({ hook: program, hookTimeout });
      await makeDue(host);
      now += hourMs;
      expect(await makeDue(host)).to.equal(true);
      expect(await backups()).to.have.length(index + 1);
      expect(await metric(host, 'hook_failures_total')).to.equal(1);
      expect(JSON.stringify((await audited(host, 'backup.hook')).at(-1)?.detail)).to.include(status);
      await hosts.pop()?.stop();
    }
  });

  it('call the hook for those that an administrator makes too, and end it with the server', async () => {
    const said = join(folder, 'said');
    const host = await start(
      {
        hook: await hook(`trap 'echo ended >> "${said}"; exit 1' TERM; echo begun > "${said}"; sleep 60 & wait`),
      },
      true,
    );
    const token = await signInAdmin(host, 'dba', 'test-only-password-of-the-dba');
    const { status } = await host.request('POST', '/api/admin/backup', { token });
    expect(status).to.equal(201);
    const text = () => readFile(said, 'utf8').catch(() => '');
    while ((await text()) === '') await new Promise((resolve) => setTimeout(resolve, 20));
    await hosts.pop()?.stop();
    expect(await text()).to.equal('begun\nended\n');
  });

  it('refuse a schedule that cron does not have, at the start', async () => {
    for (const schedule of ['0 99 * * *', '0 3 31 2 *']) {
      const failure = await start({ schedule }).catch((error: Error) => String(error.cause));
      expect(failure, schedule).to.include(`The schedule of backups "${schedule}" is not one of cron`);
    }
  });
});
