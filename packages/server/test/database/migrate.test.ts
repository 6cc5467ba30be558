/** Migrations: each once, in order, whatever crashes in between or starts at the same time. */
import type { Migration } from '@palestra/core';
import { expect } from 'chai';
import type { RunningInstance } from '../../src/database/compatibility.js';
import { driverOf, withDriver } from '../../src/database/driver.js';
import { migrate } from '../../src/database/migrate.js';
import type { MigrationSet } from '../../src/database/migration-set.js';
import type { Database } from '../../src/database/types.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, driverError, guestTable, open, refusal, sets, visitTable } from './fixture.js';

const later: readonly Migration[] = [
  {
    name: 'add_note',
    addColumn: { table: 'visit', name: 'note', column: { type: 'text', length: 20, default: "it's \\ fine" } },
  },
  { name: 'index_note', createIndex: { table: 'visit', index: { name: 'visit_note', columns: ['note', 'count'] } } },
  {
    name: 'fill_note',
    statement: {
      sqlite: "UPDATE visit SET note = 'empty' WHERE count = 0",
      mysql: "UPDATE visit SET note = 'empty' WHERE count = 0",
    },
  },
];
const all: readonly MigrationSet[] = [
  { plugin: 'club', migrations: [visitTable, guestTable, ...later] },
  {
    plugin: 'extra',
    migrations: [{ name: 'create_extra', createTable: { table: 'extra', columns: { id: { type: 'id' } } } }],
  },
];
const names = ['create_visit', 'create_guest', 'add_note', 'index_note', 'fill_note', 'create_extra'];

/** The definitions as the database itself tells them. */
async function schemaOf(database: Database): Promise<unknown> {
  const { knex } = database;
  if (database.dialect.name === 'sqlite') return knex('sqlite_schema').select('name', 'sql').orderBy('name');
  const tables = ['visit', 'guest', 'extra', 'palestra_migration'];
  return Promise.all(
    tables.map(async (table) => (await knex.raw('show create table ??', [table]))[0][0]['Create Table']),
  );
}

const ledgerOf = (database: Database) =>
  database.knex('palestra_migration').select('plugin', 'name').orderBy('applied_at').orderBy('name');

async function expectMissing({ knex }: Database, table: string): Promise<void> {
  const found = await Promise.resolve(knex(table).select()).catch(() => undefined);
  expect(found).to.equal(undefined);
}

describeOnEachDatabase('migrations', (fresh, name) => {
  afterEach(closeAll);

  it('says with plan what it would do, does it in order, records it, and has nothing to do after', async () => {
    const database = await open({ url: await fresh() });
    const planned = await migrate(database, all, { plan: true });
    expect(planned.map(({ name }) => name)).to.deep.equal(names);
    expect(planned[0]?.sql[0]).to.match(/^CREATE TABLE IF NOT EXISTS `visit`/);
    expect(await migrate(database, all, { plan: true }), 'nothing was done').to.deep.equal(planned);
    let now = 0;
    expect(await migrate(database, all, { now: () => ++now })).to.deep.equal(planned);
    expect((await ledgerOf(database)).map(({ name }) => name)).to.deep.equal(names);
    expect(await migrate(database, all)).to.deep.equal([]);
  });

  it('leaves out, in one pass, each plugin that fails and may be skipped, and no other', async () => {
    const database = await open({ url: await fresh() });
    const table = (plugin: string, ...tables: string[]) => ({
      plugin,
      migrations: tables.map((name) => ({
        name: `create_${name}`,
        createTable: { table: name, columns: { id: { type: 'id' } } },
      })) satisfies Migration[],
    });
    const badSql = { name: 'bad', statement: { sqlite: 'CREATE TABEL x', mysql: 'CREATE TABEL x' } };
    const sets = [
      table('first', 'a'),
      {
        plugin: 'broken',
        migrations: [...table('broken', 'b').migrations, badSql, ...table('broken', 'c').migrations],
      },
      table('copy', 'a', 'd'),
      table('last', 'd', 'e'),
    ];
    const failed: [plugin: string, error: string][] = [];
    const skip = (plugin: string, error: unknown) => {
      failed.push([plugin, (error as Error).message]);
      return plugin !== 'last';
    };
    const applied = await migrate(database, sets, { skip });
    expect(applied.map(({ plugin, name }) => `${plugin}/${name}`)).to.deep.equal([
      'first/create_a',
      'broken/create_b',
      'last/create_d',
      'last/create_e',
    ]);
    expect(failed).to.deep.equal([
      ['copy', 'Migration copy/create_a: table a is made already by plugin first.'],
      ['broken', 'Migration broken/bad could not be applied.'],
    ]);
    const rejected = await migrate(database, [...sets, { plugin: 'last', migrations: [badSql] }], { skip }).catch(
      (error: Error) => error.message,
    );
    expect(rejected).to.match(/last/);
  });

  it('refuses by name, before it changes anything, tables that are there and not its own', async () => {
    const database = await open({ url: await fresh() });
    const { knex } = database;
    // Names of tables differ by case on MySQL, as it is set on Linux.
    const visit = name === 'SQLite' ? 'Visit' : 'visit';
    await knex.raw('CREATE TABLE ?? (theirs INTEGER)', [visit]);
    await knex(visit).insert({ theirs: 7 });
    await knex.raw('CREATE VIEW extra AS SELECT theirs FROM ??', [visit]);
    for (const plan of [true, false]) {
      const error = await refusal(() => migrate(database, all, { plan }));
      expect(String(error)).to.equal(
        'Error: The database has tables that Palestra did not make, by names that it needs: visit (of plugin club), ' +
          'extra (of plugin extra). Give its tables a prefix (tablePrefix, PALESTRA_TABLE_PREFIX), or Palestra a database of its own.',
      );
    }
    expect(await knex(visit).select()).to.deep.equal([{ theirs: 7 }]);
    await expectMissing(database, 'palestra_migration');
    await knex.raw('DROP VIEW extra');
    const made = await migrate(database, all, { skip: (plugin) => plugin === 'club' });
    expect(made.map(({ name }) => name)).to.deep.equal(['create_extra']);
    await knex.raw('DROP TABLE ??', [visit]);
    expect((await migrate(database, all)).map(({ name }) => name)).to.deep.equal(names.slice(0, -1));
  });

  it('makes what it was asked for: defaults, keys, references, unused ids', async () => {
    const database = await open({ url: await fresh() });
    await migrate(database, all);
    const { knex } = database;
    const [first] = await knex('visit').insert({ label: 'a' });
    expect(await knex('visit').select('count', 'note', 'code')).to.deep.equal([
      { count: 0, note: "it's \\ fine", code: null },
    ]);
    await knex('visit').del();
    const [second] = await knex('visit').insert({ label: 'a' });
    expect(second, 'an id is never used twice').to.be.greaterThan(first as number);
  });

  it('is completed by the next start after a crash around any statement', async () => {
    const whole = await open({ url: await fresh() });
    await migrate(whole, all);
    const expected = await schemaOf(whole);
    for (let crash = 0; ; crash++) {
      const url = await fresh();
      let statements = 0;
      const crashing = await open({
        url,
        intercept() {
          statements += 1;
          if (statements > crash) throw new Error('crash');
        },
      });
      const crashed = await migrate(crashing, all).then(
        () => false,
        () => true,
      );
      const next = await open({ url });
      await migrate(next, all);
      expect(await schemaOf(next), `after ${crash} phases`).to.deep.equal(expected);
      expect((await ledgerOf(next)).map(({ name }) => name)).to.have.members(names);
      await closeAll();
      if (!crashed) {
        expect(crash, 'every statement had its crash').to.be.greaterThan(2 * names.length);
        return;
      }
    }
  }).timeout(60_000);

  it('lets instances that start at once apply each migration exactly once', async () => {
    const url = await fresh();
    const created: string[] = [];
    const intercept = (sql: string, phase: string) => {
      if (phase === 'before' && sql.startsWith('CREATE TABLE IF NOT EXISTS `visit`')) created.push(sql);
    };
    const databases = await Promise.all(Array.from({ length: 4 }, () => open({ url, intercept })));
    const applied = await Promise.all(databases.map((database) => migrate(database, all)));
    expect(created, 'the others waited').to.have.length(1);
    expect(applied.flat().map(({ name }) => name)).to.have.members(names);
    expect((await ledgerOf(databases[0] as Database)).map(({ name }) => name)).to.have.members(names);
  });

  it('needs no lock to be right, as on Galera, where there is none', async () => {
    const url = await fresh();
    const databases = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const database = await open({ url });
        const driver = driverOf(database);
        return withDriver(database, { ...driver, dialect: { ...driver.dialect, cluster: true } });
      }),
    );
    await Promise.all(databases.map((database) => migrate(database, all)));
    expect((await ledgerOf(databases[0] as Database)).map(({ name }) => name)).to.have.members(names);
  });

  const onServers = name === 'SQLite' ? undefined : it;
  onServers?.('bears the deadlocks that other nodes of a cluster cause', async () => {
    const failed = new Set<string>();
    const database = await open({
      url: await fresh(),
      intercept(sql, phase) {
        if (phase === 'after' || failed.has(sql)) return;
        failed.add(sql);
        throw driverError({ errno: 1213 });
      },
    });
    expect(await migrate(database, all)).to.have.length(names.length);
    expect((await ledgerOf(database)).map(({ name }) => name)).to.have.members(names);
  });

  it('goes on where an earlier version stopped', async () => {
    const database = await open({ url: await fresh() });
    await migrate(database, sets);
    await database.knex('visit').insert({ label: 'old' });
    expect((await migrate(database, all)).map(({ name }) => name)).to.deep.equal(names.slice(2));
    expect(await database.knex('visit').pluck('note')).to.deep.equal(['empty']);
  });

  it('refuses a migration that was changed after it had been applied, naming it', async () => {
    const database = await open({ url: await fresh() });
    await migrate(database, sets);
    const changed: Migration = { ...visitTable, createTable: { ...visitTable.createTable, indexes: [] } };
    const error = await refusal(() => migrate(database, [{ plugin: 'club', migrations: [changed, guestTable] }]));
    expect(String(error)).to.include('club/create_visit').and.include('changed');
  });

  it('refuses a database that a newer version has changed, but not for a plugin that is not installed', async () => {
    const database = await open({ url: await fresh() });
    await migrate(database, all);
    const error = await refusal(() => migrate(database, sets));
    expect(String(error)).to.include('newer version of club').and.include('club/fill_note').and.not.include('extra');
    expect(await migrate(database, all.slice(0, 1))).to.deep.equal([]);
  });

  it('serves a version from before on tables that only grew, and on those that it is named for', async () => {
    const database = await open({ url: await fresh() });
    const before: MigrationSet = { plugin: 'club', version: '1.1.0', migrations: [visitTable] };
    const grown: Migration = {
      name: 'grown',
      addColumn: { table: 'visit', name: 'grown', column: { type: 'integer', nullable: true } },
    };
    const code = { name: 'code', dropIndex: { table: 'visit', name: 'visit_code_ratio' } };
    await migrate(database, [{ plugin: 'club', version: '1.2.0', migrations: [visitTable, grown] }]);
    expect(await migrate(database, [before])).to.deep.equal([]);
    const next = [visitTable, grown, { ...code, compatibleSince: '1.1.0' }];
    await migrate(database, [{ plugin: 'club', version: '1.3.0', migrations: next }]);
    expect(await migrate(database, [before])).to.deep.equal([]);
    const error = await refusal(() => migrate(database, [{ ...before, version: '1.0.9' }]));
    expect(String(error)).to.include('newer version of club').and.include('club/code').and.not.include('club/grown');
  });

  it('keeps from running instances what they use, before anything is run', async () => {
    const database = await open({ url: await fresh() });
    await migrate(database, [{ plugin: 'club', version: '1.0.0', migrations: [visitTable] }]);
    const instance = (version: string, migrations: number): RunningInstance => ({
      name: `vm:${version}`,
      plugins: { club: { version, migrations } },
    });
    const grow: Migration = { name: 'grow', createTable: { table: 'more', columns: { id: { type: 'id' } } } };
    const upgrade = (contraction: Migration, ...running: RunningInstance[]) =>
      migrate(database, [{ plugin: 'club', version: '2.0.0', migrations: [visitTable, grow, contraction] }], {
        running: async () => running,
      });
    const drop: Migration = { name: 'drop', dropColumn: { table: 'visit', name: 'story' } };
    const contractions: readonly Migration[] = [
      drop,
      { name: 'loose', dropIndex: { table: 'visit', name: 'visit_label' } },
      { name: 'tight', createIndex: { table: 'visit', index: { name: 'one', columns: ['count'], unique: true } } },
      { name: 'sql', statement: { sqlite: 'SELECT 1', mysql: 'SELECT 1' } },
    ];
    for (const contraction of contractions) {
      const error = await refusal(() => upgrade(contraction, instance('1.0.0', 1), instance('2.0.0', 3)));
      expect(String(error), contraction.name).to.include(`club/${contraction.name} removes or tightens`);
      expect(String(error)).to.include('vm:1.0.0 (club 1.0.0)').and.not.include('vm:2.0.0');
    }
    expect(await database.knex.schema.hasTable('more'), 'nothing was run').to.equal(false);
    const named = { ...drop, compatibleSince: '1.0.0' };
    expect(await refusal(() => upgrade(named, instance('0.9.0', 1)))).to.be.an('error');
    expect(await upgrade(named, instance('1.0.0', 1))).to.have.length(2);
  });
});

describe('migrations that one database would not take', () => {
  const table = (definition: object): Migration => ({
    name: 'm',
    createTable: { table: 't', columns: { id: { type: 'id' }, a: { type: 'text', length: 700 } }, ...definition },
  });
  const faulty: readonly [string, Migration[]][] = [
    ['used twice', [table({}), table({ table: 'u' })]],
    ['is not a valid name', [table({ table: 'Visit' })]],
    ['is not a valid name', [table({ columns: { id: { type: 'id' }, [`x${'y'.repeat(64)}`]: { type: 'integer' } } })]],
    ['primary key', [table({ columns: { a: { type: 'integer' } } })]],
    ['primary key', [table({ primaryKey: ['a'] })]],
    ['no column b', [table({ indexes: [{ name: 'i', columns: ['b'] }] })]],
    [
      '3072 bytes',
      [
        table({
          columns: { id: { type: 'id' }, a: { type: 'text', length: 769 } },
          indexes: [{ name: 'i', columns: ['a'] }],
        }),
      ],
    ],
    [
      '3072 bytes',
      [table({ columns: { id: { type: 'id' }, a: { type: 'json' } }, indexes: [{ name: 'i', columns: ['a'] }] })],
    ],
    ['65535', [table({ columns: { id: { type: 'id' }, a: { type: 'text', length: 16_383 } } })]],
    ['made already', [table({}), { ...table({}), name: 'again' }]],
    [
      'made already',
      [
        table({
          indexes: [
            { name: 'i', columns: ['a'] },
            { name: 'i', columns: ['id'] },
          ],
        }),
      ],
    ],
    ['nullable or has a default', [{ name: 'm', addColumn: { table: 't', name: 'b', column: { type: 'integer' } } }]],
  ];

  it('are refused before anything runs, naming plugin and migration', async () => {
    for (const [fault, migrations] of faulty) {
      const error = await refusal(() => migrate({} as Database, [{ plugin: 'club', migrations }]));
      expect(String(error), fault)
        .to.match(/^TypeError: Migration club\/(m|again): /)
        .and.include(fault);
    }
  });
});
