/**
 * Palestra with a table prefix in the database of an app that has tables of the same names (`gym`, `event`, `team`,
 * `account` and all others): every write of the composed document works there, and not one row of the app is touched.
 * The operations come from the document, so that one of a new plugin is tested without being named here.
 */
import { cp, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPalestra } from '@palestra/server';
import { describeOnEachDatabase, signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import knexModule, { type Knex } from 'knex';
import { backupService } from '../packages/server/src/backup/types.js';
import { makeOtherTables, otherTableFaults } from '../packages/server/src/conformance/other-tables.js';
import { using } from '../packages/server/src/conformance/using.js';
import { createWorld, type World, worldOptions } from './authorization/world.js';
import { effectBetween, snapshotOf, textOf } from './idempotent-writes/effect.js';
import { writeOf, writeRows } from './idempotent-writes/write.js';

const tablePrefix = 'palestra_';
const password = 'test-only-password-of-the-dba';

describeOnEachDatabase('a table prefix', (fresh, name) => {
  let url: string;
  let folder: string;
  let world: World;
  let migrations: Parameters<typeof makeOtherTables>[1];
  const others: TestHost[] = [];

  const knexOfApp = (): Knex =>
    name === 'SQLite'
      ? knexModule.knex({
          client: 'better-sqlite3',
          connection: { filename: url.slice('sqlite:'.length) },
          useNullAsDefault: true,
        })
      : knexModule.knex({ client: 'mysql2', connection: url });
  const start = async (database: string, prefix?: string) => {
    const dataDir = join(folder, String(others.length));
    await cp(join(folder, 'world', 'keys'), join(dataDir, 'keys'), { recursive: true });
    const host = await startTestHost({
      ...worldOptions,
      database,
      dataDir,
      ...(prefix !== undefined && { tablePrefix: prefix }),
    });
    others.push(host);
    return host;
  };
  const expectOthersUntouched = async () => {
    expect(await using(url, (database) => otherTableFaults(database, migrations, tablePrefix))).to.deep.equal([]);
  };

  before(async function () {
    this.timeout(60_000);
    url = await fresh();
    folder = await mkdtemp(join(tmpdir(), 'palestra-prefix-'));
    const sets = createPalestra({ ...worldOptions, dataDir: 'never-opened' }).migrations();
    migrations = sets.flatMap((set) => set.migrations);
    await using(url, (database) => makeOtherTables(database, migrations));
    const options = { database: url, dataDir: join(folder, 'world'), tablePrefix };
    // The first account is background work, which would then change rows beside those that are looked at.
    await (await startTestHost({ ...worldOptions, ...options })).stop();
    world = await createWorld({ ...options, background: false });
  });
  after(async () => {
    for (const host of [world.host, ...others]) await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('lets every write of the document work, once under one key, and the lists after it', async () => {
    const database = world.host.palestra.database();
    for (const row of writeRows(world.host.palestra.openapi())) {
      const write = await writeOf(world, row);
      const first = await write.send(world.host);
      if (write.answers === undefined) expect(first.status, `${row.key}: ${first.text}`).to.be.within(200, 299);
      else expect(first.status, `${row.key}: ${first.text}`).to.equal(write.answers);
      const after = await snapshotOf(database);
      const again = await write.send(world.host);
      expect([again.status, again.text], row.key).to.deep.equal([first.status, first.text]);
      expect(textOf(effectBetween(after, await snapshotOf(database))), row.key).to.equal('nothing');
    }
    await expectOthersUntouched();
  }).timeout(120_000);

  it('lets a member buy, and an administrator empty the collections', async () => {
    const { maker, host, stranger } = world;
    const gym = await maker.gym(stranger);
    await maker.paid(await host.account(), gym);
    const { token } = await host.account('system_admin');
    for (const collection of ['transaction_record', 'merchandise', 'team', 'stams']) {
      const path = `/api/admin/collection/${collection}?confirm=${collection}`;
      const answer = await host.request('DELETE', path, { token });
      expect(answer.status, `${collection}: ${answer.text}`).to.be.oneOf([200, 409]);
    }
    await expectOthersUntouched();
  });

  it('begins the name of everything in the database', async () => {
    const app = knexOfApp();
    try {
      const own = new Set<string>();
      const found: string[] = [];
      if (name === 'SQLite') {
        const rows: { name: string; tbl_name: string }[] = await app('sqlite_schema').select('name', 'tbl_name');
        for (const row of rows.filter((each) => each.tbl_name.startsWith(tablePrefix))) found.push(row.name);
      } else {
        const keys = await app('information_schema.REFERENTIAL_CONSTRAINTS')
          .select({ name: 'CONSTRAINT_NAME' })
          .whereRaw('CONSTRAINT_SCHEMA = DATABASE()');
        const triggers = await app('information_schema.TRIGGERS')
          .select({ name: 'TRIGGER_NAME' })
          .whereRaw('TRIGGER_SCHEMA = DATABASE()');
        found.push(...[...keys, ...triggers].map((row: { name: string }) => row.name));
      }
      for (const each of found) if (!each.startsWith('sqlite_autoindex')) own.add(each);
      expect(own.size).to.be.greaterThan(20);
      expect([...own].filter((each) => !each.startsWith(tablePrefix))).to.deep.equal([]);
    } finally {
      await app.destroy();
    }
  });

  it('is in no SQL that the knex of the app builds, inside a unit too', async () => {
    const app = knexOfApp();
    const database = world.host.palestra.database();
    try {
      await database.unitOfWork(async (unit) => {
        expect(await database.query(app('event').select('*'), unit)).to.deep.equal([{ other_app: 'of another app' }]);
        expect(await database.query(database.knex('country').select('id'), unit)).not.to.deep.equal([]);
      });
    } finally {
      await app.destroy();
    }
  });

  it('stays: under another one, or without, the database is not set up a second time', async () => {
    const says = /set up with the tablePrefix palestra_, and is opened/;
    for (const prefix of ['other_', undefined]) {
      const failed = await start(url, prefix).then(
        () => 'it started',
        (error: Error) => error.message,
      );
      expect(failed).to.match(says);
      expect(failed).to.include('Set it to palestra_');
    }
    await expectOthersUntouched();
  });

  it('is no part of a backup: it is restored under the same one, under another and without', async () => {
    const file = join(folder, 'world.backup');
    const { host, maker, accounts } = world;
    await maker.gym(accounts.operator);
    await host.palestra.service(backupService).create(file);
    const rowsThen = await host.palestra.service(backupService).rows();
    await maker.gym(accounts.operator);
    const targets = { same: host, other: await start(await fresh(), 'other_'), none: await start(await fresh()) };
    for (const [which, target] of Object.entries(targets)) {
      const { palestra } = target;
      const handle = await open(file);
      await palestra
        .service(backupService)
        .restore(handle)
        .finally(() => handle.close());
      const rows = await palestra.service(backupService).rows();
      for (const table of ['gym', 'account', 'merchandise', 'operator', 'game', 'transaction_record']) {
        expect(rows[table], `${table}, ${which}`).to.equal(rowsThen[table]);
      }
      expect((await palestra.audit().verify()).faults, which).to.deep.equal([]);
      const token = await signInAdmin(target, 'dba', password);
      const json = { operation: 'create', data: { name: `After the restore: ${which}` } };
      expect((await target.request('POST', '/api/gym', { token, json })).status, which).to.equal(201);
    }
    await expectOthersUntouched();
  }).timeout(60_000);
});
