/** Names of tables in a database that others share: migrations, faults and catalogues use those without the prefix. */
import type { Migration } from '@palestra/core';
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openDatabase } from '../../src/database/connect.js';
import { databaseFault } from '../../src/database/errors.js';
import { isDuplicate } from '../../src/database/insert-once.js';
import { inspectTables } from '../../src/database/inspect.js';
import { migrate } from '../../src/database/migrate.js';
import { assertTablePrefix } from '../../src/database/table-names.js';
import type { Database } from '../../src/database/types.js';
import { closeAll, guestTable, open, refusal, sets, visitTable } from './fixture.js';

const tablePrefix = 'club_';
const statement = (name: string, sql: string): Migration => ({ name, statement: { sqlite: sql, mysql: sql } });

/** Every kind of migration. */
const all: readonly Migration[] = [
  visitTable,
  guestTable,
  {
    name: 'add',
    addColumn: {
      table: 'guest',
      name: 'visit',
      column: { type: 'integer', nullable: true },
      foreignKey: { references: { table: 'visit', column: 'id' }, onDelete: 'set null' },
    },
  },
  { name: 'widen', widenColumn: { table: 'visit', name: 'label', column: { type: 'text', length: 120 } } },
  { name: 'index', createIndex: { table: 'guest', index: { name: 'guest_seat', columns: ['seat'] } } },
  { name: 'no index', dropIndex: { table: 'visit', name: 'visit_code_ratio' } },
  { name: 'drop', dropColumn: { table: 'visit', name: 'ratio' } },
  statement('table', 'CREATE TABLE IF NOT EXISTS seat (id INTEGER NOT NULL PRIMARY KEY, visit INTEGER)'),
  statement(
    'row',
    "INSERT INTO visit (label, code) SELECT 'from visit', 'visit' FROM (SELECT 1 AS one) AS visit WHERE NOT EXISTS (SELECT 1 FROM visit)",
  ),
];

describeOnEachDatabase('tables under a prefix', (fresh, name) => {
  let database: Database;
  beforeEach(async () => {
    database = await open({ url: await fresh(), tablePrefix });
    await migrate(database, [{ plugin: 'club', migrations: all }]);
  });
  afterEach(closeAll);

  const insert = (values: object) =>
    database.unitOfWork((unit) => database.write(database.knex('visit').insert(values), unit));

  it('are made by every kind of migration, once', async () => {
    expect(await migrate(database, [{ plugin: 'club', migrations: all }])).to.deep.equal([]);
    const physical = await database.knex.raw(
      name === 'SQLite'
        ? "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
        : 'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
    );
    const rows: { name: string }[] = name === 'SQLite' ? physical : physical[0];
    expect(rows.length).to.be.at.least(4);
    for (const row of rows) expect(row.name).to.match(/^club_/);
    const visit = (await inspectTables(database)).get('visit');
    expect([...(visit?.columns.keys() ?? [])])
      .to.include('label')
      .and.not.to.include('ratio');
    expect(visit?.indexes.map(({ columns }) => columns.join()))
      .to.include('label')
      .and.not.to.include('code,ratio');
  });

  it('are what a statement reads, a column of the same name included', async () => {
    await database.knex('guest').insert({ visit_id: 1, seat: 1, visit: 1 });
    const found = database.statement((knex, parameter) =>
      knex('guest')
        .select('guest.visit', 'visit.label')
        .join('visit', 'visit.id', 'guest.visit')
        .where('guest.visit', parameter('visit')),
    );
    expect(await found.all({ visit: 1 })).to.deep.equal([{ visit: 1, label: 'from visit' }]);
    expect(database.tableName('guest')).to.equal('club_guest');
  });

  it('are said without it where the database is inspected, and planned with it', async () => {
    const tables = await inspectTables(database);
    expect([...tables.keys()].sort()).to.deep.equal(['guest', 'palestra_migration', 'seat', 'visit']);
    const empty = await open({ url: await fresh(), tablePrefix });
    const plan = await migrate(empty, sets, { plan: true });
    expect(plan.flatMap(({ sql }) => sql).join('\n')).to.match(/CREATE TABLE IF NOT EXISTS `club_visit`/);
  });

  it('are not in the names of constraints that faults tell', async () => {
    await insert({ label: 'one' });
    const twice = await refusal(() => insert({ label: 'one' }));
    expect(isDuplicate(twice, 'visit_label'), String(twice)).to.equal(true);
    const negative = await refusal(() => insert({ label: 'two', count: -1 }));
    expect(databaseFault(negative)).to.deep.equal({ kind: 'check', constraint: 'visit_count' });
    const orphan = await refusal(() => database.knex('guest').insert({ visit_id: 999, seat: 1 }));
    expect(databaseFault(orphan)).to.deep.include(
      name === 'SQLite' ? { kind: 'reference' } : { kind: 'reference', constraint: 'guest_visit_id_fk' },
    );
  });

  it('are completed where a migration was interrupted after its step', async () => {
    const url = await fresh();
    for (const { name: step } of all) {
      let ran = false;
      const dying = await open({
        url,
        tablePrefix,
        intercept: (sql, phase) => {
          if (phase === 'before' && ran && sql.startsWith('INSERT INTO club_palestra_migration'))
            throw new Error('died');
          ran ||= /^(CREATE|ALTER|DROP)/.test(sql);
        },
      });
      await refusal(async () => {
        await migrate(dying, [{ plugin: 'club', migrations: all }]);
        throw new Error(`${step} was the last`);
      });
      await dying.close();
      await migrate(await open({ url, tablePrefix }), [
        { plugin: 'club', migrations: all.slice(0, all.findIndex((each) => each.name === step) + 1) },
      ]);
    }
  });

  it('are told to be writable, as others are', async () => {
    await database.assertWritable();
    expect(await database.ping()).to.equal(true);
  });

  it('stay unmade, with the name that is at fault, where a name would be too long or that of another', async () => {
    const url = await fresh();
    const long: Migration = { name: 'long', createTable: { ...visitTable.createTable, table: 'x'.repeat(60) } };
    const failed = await refusal(async () =>
      migrate(await open({ url, tablePrefix }), [{ plugin: 'l', migrations: [long] }]),
    );
    expect(String(failed)).to.include(`club_${'x'.repeat(60)} has more than 64 characters. Use a shorter prefix.`);
    const other: Migration = {
      name: 'other',
      createTable: { ...visitTable.createTable, table: 'club_visit', indexes: [] },
    };
    const clash = await refusal(async () =>
      migrate(await open({ url, tablePrefix }), [{ plugin: 'c', migrations: [visitTable, other] }]),
    );
    expect(String(clash)).to.include('visit would be named club_visit, as another table is. Use another prefix.');
    expect([...(await inspectTables(await open({ url }))).keys()]).to.deep.equal([]);
  });

  it('are refused where others of that name are there', async () => {
    const url = await fresh();
    const app = await open({ url });
    await app.knex.schema.createTable('club_visit', (table) => table.increments('id'));
    const failed = await refusal(async () => migrate(await open({ url, tablePrefix }), sets));
    expect(String(failed)).to.include('club_visit (of plugin club)');
  });
});

describe('the prefix of tables', () => {
  for (const wrong of ['1club_', 'Club_', 'club-', 'club.', '`', ' ', 'c'.repeat(21)]) {
    it(`is not ${JSON.stringify(wrong)}`, async () => {
      expect(() => assertTablePrefix(wrong)).to.throw('lower case letters, digits and _, at most 20');
      const failed = await refusal(() => openDatabase({ url: 'sqlite:/never/opened', tablePrefix: wrong }));
      expect(failed).to.be.instanceOf(TypeError);
    });
  }
});
