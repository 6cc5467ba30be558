/** A club that grows takes its data from SQLite to MariaDB by a backup, and back: every plugin's rows, ids and audit. */
import { cp, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signInAdmin, startTestHost, type TestHost, testDatabases } from '@palestra/server/testing';
import { expect } from 'chai';
import { tablesOf } from '../packages/server/src/backup/tables.js';
import { backupService } from '../packages/server/src/backup/types.js';
import { fillDemo } from '../packages/server/src/cli/demo-host.js';
import { plugins } from '../palestra.config.js';

const password = 'test-only-password-of-the-dba';
/** What a restore sets in every row, so that no token is valid any more. */
const stamped: Readonly<Record<string, string>> = {
  account: 'token_version',
  session: 'ended_at',
  refresh_token: 'revoked_at',
};
/** The start of a host writes them, or the restore itself. */
const ofInstance = new Set(['active_key', 'running_instance', 'restoration', 'audit_anchor', 'audit_chain']);

type Rows = Readonly<Record<string, readonly unknown[]>>;

const [sqlite, mariadb] = ['SQLite', 'MariaDB'].map((wanted) => testDatabases().find(({ name }) => name === wanted));

describe(`moving to another kind of database${mariadb?.missing ? ` (${mariadb.missing})` : ''}`, function () {
  this.timeout(90_000);
  let folder: string;
  const hosts: TestHost[] = [];

  const start = async (name: string, database: string, tablePrefix = ''): Promise<TestHost> => {
    const host = await startTestHost({
      plugins,
      ...(tablePrefix !== '' && { tablePrefix }),
      database,
      dataDir: join(folder, name),
      // When a STAMS was seen is not written while the test compares rows.
      config: { stams: { registrationsPerHour: 0, lastSeenSeconds: 3_600 } },
    });
    hosts.push(host);
    return host;
  };

  /** With the keys of the other one, as the page on operations says. */
  const move = async (from: TestHost, name: string, database: string, tablePrefix?: string): Promise<TestHost> => {
    const file = join(folder, `${name}.backup`);
    await from.palestra.service(backupService).create(file);
    await cp(join(from.dataDir, 'keys'), join(folder, name, 'keys'), { recursive: true });
    const host = await start(name, database, tablePrefix);
    const handle = await open(file);
    await host.palestra
      .service(backupService)
      .restore(handle)
      .finally(() => handle.close());
    return host;
  };

  const rowsOf = async ({ palestra }: TestHost): Promise<Rows> => {
    const { knex } = palestra.database();
    const rows: Record<string, unknown[]> = {};
    for (const { name, key, columns } of tablesOf(palestra.migrations()).values()) {
      if (ofInstance.has(name)) continue;
      const found: Record<string, unknown>[] = await knex(name)
        .select(Object.keys(columns))
        .orderBy([...key]);
      rows[name] = found.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([column]) => column !== stamped[name])),
      );
    }
    return JSON.parse(JSON.stringify(rows));
  };

  const gym = async (host: TestHost, token: string, name: string): Promise<number> => {
    const { body, text } = await host.operate('/api/gym', token, 'create', { name });
    expect(body.success, text).to.equal(true);
    return Number(body.data._id);
  };

  const expectMoved = async (host: TestHost, rows: Rows, given: number, old: string) => {
    const moved = await rowsOf(host);
    for (const [table, before] of Object.entries(rows)) {
      expect(moved[table], table).to.deep.include.members([...before]);
      if (!table.startsWith('audit_')) expect(moved[table], table).to.have.length(before.length);
    }
    expect((await host.request('GET', '/api/gym', { token: old })).status).to.equal(401);
    const token = await signInAdmin(host, 'dba', password);
    expect(await gym(host, token, `After ${given}`)).to.be.greaterThan(given);
    const { faults } = await host.palestra.audit().verify();
    expect(faults).to.deep.equal([]);
    return token;
  };

  before(async function () {
    if (!sqlite || !mariadb || mariadb.missing) this.skip();
    folder = await mkdtemp(join(tmpdir(), 'palestra-move-'));
  });
  after(async () => {
    for (const host of hosts) await host.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('keeps every row, id and audit entry, ends every token, and never gives an id twice', async () => {
    const small = await start('small', (await sqlite?.fresh()) ?? '');
    await fillDemo({ palestra: small.palestra, url: small.url, plugins, password, print: () => undefined });
    const token = await signInAdmin(small, 'dba', password);
    await gym(small, token, 'Ünïcode 💪 \\ "quotes" \' %_ \u0001 line\nbreak');
    const member = await small.account();
    const given = await gym(small, token, 'Gone');
    const gone = String(given).padStart(12, '0');
    expect((await small.request('DELETE', `/api/gym/${gone}`, { token })).status).to.be.below(300);
    const rows = await rowsOf(small);
    const empty = Object.keys(rows).filter((table) => rows[table]?.length === 0);
    expect(Object.keys(rows).length - empty.length, `tables with rows; empty: ${empty}`).to.be.at.least(26);

    const grown = await move(small, 'grown', (await mariadb?.fresh()) ?? '', 'club_');
    const later = await expectMoved(grown, rows, given, token);
    expect((await grown.request('GET', '/api/gym', { token: member.token })).status).to.equal(401);
    const last = await gym(grown, later, 'Gone too');
    const id = String(last).padStart(12, '0');
    expect((await grown.request('DELETE', `/api/gym/${id}`, { token: later })).status).to.be.below(300);
    const grownRows = await rowsOf(grown);
    const back = await move(grown, 'back', (await sqlite?.fresh()) ?? '');
    await expectMoved(back, grownRows, last, later);
  });

  it('refuses a backup of another database into one that has been used, and changes nothing', async () => {
    const [first, used] = [await start('first', (await sqlite?.fresh()) ?? ''), join(folder, 'used.backup')];
    await signInAdmin(first, 'dba', password);
    await first.palestra.service(backupService).create(used);
    await cp(join(first.dataDir, 'keys'), join(folder, 'second', 'keys'), { recursive: true });
    for (const database of [sqlite, mariadb]) {
      const name = database?.name === 'SQLite' ? 'second' : 'third';
      await cp(join(first.dataDir, 'keys'), join(folder, name, 'keys'), { recursive: true });
      const other = await start(name, (await database?.fresh()) ?? '');
      const token = await signInAdmin(other, 'dba', password);
      await gym(other, token, 'Kept');
      const before = await rowsOf(other);
      const handle = await open(used);
      const failed = await other.palestra
        .service(backupService)
        .restore(handle)
        .then(
          () => undefined,
          (error: Error) => error,
        );
      await handle.close();
      expect(failed?.message, database?.name).to.include('of another database, and this one has been used');
      expect(await rowsOf(other)).to.deep.equal(before);
    }
  });
});
