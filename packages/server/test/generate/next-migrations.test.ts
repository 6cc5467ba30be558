/** The migrations that `plugin generate` writes: what each change of a description becomes, and what is refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatId, type Migration } from '@palestra/core';
import { expect } from 'chai';
import { emptyMigrations, migrationsFile } from '../../src/generate/migrations-file.js';
import { nextMigrations } from '../../src/generate/next-migrations.js';
import type { ResourceFacts } from '../../src/plugin/resource.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { startTestHost } from '../../src/testing/index.js';
import {
  type Description,
  describeLocker,
  locker,
  lockerFields,
  lockerPlugin,
  migrationsOf,
  withFields,
} from '../resource/described-plugin.js';

const first = migrationsOf(locker);

function added(description: Description, before: readonly Migration[] = first): Migration[] {
  return migrationsOf(description, before).slice(before.length);
}

function refusal(description: Description, before?: readonly Migration[]): string {
  try {
    return JSON.stringify(added(description, before));
  } catch (error) {
    return (error as Error).message;
  }
}

function withoutField(name: keyof typeof lockerFields): Description {
  const properties = Object.fromEntries(Object.entries(lockerFields).filter(([field]) => field !== name));
  return { ...locker, properties };
}

describe('the generated migrations', () => {
  it('begin with the table, its indexes and its foreign keys', () => {
    expect(first).to.have.length(1);
    expect(first[0])
      .to.have.nested.property('createTable.columns')
      .that.has.all.keys([...['id', 'name', 'name_folded', 'size', 'owner_id', 'created_at', 'updated_at']]);
    expect(first[0]).to.deep.nested.include({
      name: 'locker',
      'createTable.indexes': [
        { name: 'locker_name', columns: ['name'], unique: true },
        { name: 'locker_size', columns: ['size'] },
        { name: 'locker_owner', columns: ['owner_id'] },
      ],
    });
  });

  it('are none where nothing has changed', () => expect(added(locker)).to.deep.equal([]));

  const changes: readonly (readonly [what: string, description: Description, migrations: readonly Migration[]])[] = [
    [
      'a searchable text',
      withFields({ note: { type: ['string', 'null'], maxLength: 20 } }),
      [
        {
          name: 'locker_note',
          addColumn: { table: 'locker', name: 'note', column: { type: 'text', length: 20, nullable: true } },
        },
        {
          name: 'locker_note_folded',
          addColumn: { table: 'locker', name: 'note_folded', column: { type: 'longtext', nullable: true } },
        },
      ],
    ],
    [
      'a field with a default: existing rows have null, which reads as the default',
      withFields({ shelves: { type: 'integer', default: 2 } }),
      [
        {
          name: 'locker_shelves',
          addColumn: { table: 'locker', name: 'shelves', column: { type: 'integer', nullable: true } },
        },
      ],
    ],
    [
      'a reference, with its foreign key and its index',
      withFields({ cleaner: { 'x-reference': { table: 'account', onDelete: 'set null' }, default: null } }),
      [
        {
          name: 'locker_cleaner_id',
          addColumn: {
            table: 'locker',
            name: 'cleaner_id',
            column: { type: 'integer', nullable: true },
            foreignKey: { references: { table: 'account', column: 'id' }, onDelete: 'set null' },
          },
        },
        {
          name: 'locker_cleaner',
          createIndex: { table: 'locker', index: { name: 'locker_cleaner', columns: ['cleaner_id'] } },
        },
      ],
    ],
    [
      'an index of several fields',
      { ...locker, indexes: [['owner', 'size']] },
      [
        {
          name: 'locker_owner_size',
          createIndex: { table: 'locker', index: { name: 'locker_owner_size', columns: ['owner_id', 'size'] } },
        },
      ],
    ],
    [
      'a longer text',
      withFields({ name: { ...lockerFields.name, maxLength: 80 } }),
      [
        {
          name: 'locker_name_wider',
          widenColumn: { table: 'locker', name: 'name', column: { type: 'text', length: 80 } },
        },
      ],
    ],
  ];
  for (const [what, description, migrations] of changes) {
    it(`add ${what}`, () => expect(added(description)).to.deep.equal(migrations));
  }

  it('keep a name once it is taken', () => {
    const longer = (maxLength: number) => withFields({ name: { ...lockerFields.name, maxLength } });
    const second = migrationsOf(longer(60), first);
    expect(added(longer(70), second).map(({ name }) => name)).to.deep.equal(['locker_name_wider_2']);
  });

  it('make each table after those that it refers to', () => {
    const { facts } = describeLocker(locker);
    const shelf: ResourceFacts = {
      ...facts,
      table: 'shelf',
      foreignKeys: [{ column: 'owner_id', references: { table: 'locker', column: 'id' } }],
    };
    expect(nextMigrations({ Shelf: shelf, Locker: facts }, []).map(({ name }) => name)).to.deep.equal([
      'locker',
      'shelf',
    ]);
    const circle = { ...facts, foreignKeys: [{ column: 'size', references: { table: 'shelf', column: 'id' } }] };
    expect(() => nextMigrations({ Shelf: shelf, Locker: circle }, [])).to.throw('refer to each other');
  });

  const note = (more: object): Description =>
    withFields({ note: { type: ['string', 'null'], maxLength: 20, ...more } });
  const plain = migrationsOf(note({ 'x-searchable': false }), first);
  const refused: readonly (readonly [
    what: string,
    description: Description,
    before: readonly Migration[],
    says: string,
  ])[] = [
    [
      'a field that is gone',
      withoutField('size'),
      first,
      "the column size still has data, but no field describes it. Describe it again, with x-hidden: true if no caller may see it, or lose the data by adding to src/migrations.ts: { name: 'locker_size_index_dropped', dropIndex: { table: 'locker', name: 'locker_size' } }, { name: 'locker_size_dropped', dropColumn: { table: 'locker', name: 'size' } }",
    ],
    [
      'a reference that is gone',
      withoutField('owner'),
      first,
      'Describe it again, with x-hidden: true if no caller may see it.',
    ],
    [
      'a required field',
      { ...withFields({ colour: { type: 'string' } }), required: ['name', 'colour'] },
      first,
      'the field colour is required, but existing rows have no value for it. Give it a default, or allow null.',
    ],
    [
      'another type',
      withFields({ size: { type: ['string', 'null'], maxLength: 9, 'x-searchable': false } }),
      first,
      'the field size holds text, but the column size holds integer. Give the field another x-column',
    ],
    [
      'JSON in place of text',
      note({ type: 'array', items: {}, default: [], maxLength: undefined }),
      plain,
      'the field note holds JSON, but the column note holds text.',
    ],
    [
      'a shorter text',
      withFields({ name: { ...lockerFields.name, maxLength: 20 } }),
      first,
      'the field name takes less than the column name may hold already. Keep the column with x-column: { name: { type: text, length: 50 } }.',
    ],
    [
      'a few words in place of any text',
      note({ enum: ['red', null], maxLength: undefined }),
      plain,
      'the field note takes less than the column note may hold already.',
    ],
    [
      'null where there was none',
      { ...withFields({ name: { ...lockerFields.name, type: ['string', 'null'] } }), required: undefined as never },
      first,
      'the field name may be null, but the column name is NOT NULL.',
    ],
    [
      'no null where there was',
      { ...withFields({ size: { type: 'integer', 'x-indexed': true } }), required: ['name', 'size'] },
      first,
      'the field size is required, but existing rows may have null. Give it a default for those.',
    ],
    [
      'a search in text that was not searched',
      note({}),
      plain,
      'the field note is to be searched, but existing rows have no folded text.',
    ],
    [
      'a unique key that is gone',
      withFields({ name: { type: 'string', maxLength: 50 } }),
      first,
      "the unique index locker_name is no longer described. Describe it again, or add to src/migrations.ts: { name: 'locker_name_index_dropped', dropIndex: { table: 'locker', name: 'locker_name' } }",
    ],
    [
      'a new check',
      { ...locker, checks: { locker_size: 'size > 0' } },
      first,
      'the check locker_size is new, and SQLite adds none',
    ],
  ];
  for (const [what, description, before, says] of refused) {
    it(`refuse ${what}`, () =>
      expect(refusal(description, before)).to.include(`Locker: ${says}`.replace(/^Locker: Desc/, 'Desc')));
  }
});

describe('src/migrations.ts', () => {
  const file = (text: string, description: Description = locker) =>
    migrationsFile('src/migrations.ts', text, { Locker: describeLocker(description).facts });

  it('is appended to, and unchanged once it is complete', async () => {
    const written = await file(emptyMigrations);
    expect(written).to.include("name: 'locker',\n");
    expect(await file(written)).to.equal(written);
    const longer = withFields({ name: { ...lockerFields.name, maxLength: 80 } });
    const next = await file(written, longer);
    expect(next.startsWith(written.slice(0, written.lastIndexOf('];')))).to.equal(true);
    expect(next).to.include('widenColumn');
    expect(await file(next, longer)).to.equal(next);
  });

  it('keeps comments and needs no comma after the last migration', async () => {
    const written =
      "export const migrations = [\n  // The first.\n  { name: 'x', statement: { sqlite: '', mysql: '' } }\n];\n";
    const next = await file(written);
    expect(next).to.match(/^export const migrations = \[\n {2}\/\/ The first\.\n.*\},\n {2}\{\n {4}name: 'locker'/);
  });

  for (const [what, text, says] of [
    ['without the list', 'export const tables = [];', 'src/migrations.ts has no list named migrations'],
    [
      'that imports values',
      "import { x } from './x.js';\nexport const migrations = [x];",
      'src/migrations.ts must be data alone',
    ],
  ] as const) {
    it(`is refused ${what}`, async () => {
      expect(await file(text).catch((error: Error) => error.message)).to.include(says);
    });
  }

  it('is named by a refusal', async () => {
    const written = await file(emptyMigrations);
    const message = await file(written, withoutField('size')).catch((error: Error) => error.message);
    expect(message).to.match(/^src\/migrations\.ts: Locker: the column size/);
  });
});

describeOnEachDatabase('a table that is brought up to date', (fresh) => {
  let dataDir: string;
  let database: string;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'palestra-migrations-'));
    database = await fresh();
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const start = (description: Description, migrations?: readonly Migration[]) =>
    startTestHost({ plugins: [lockerPlugin(description, migrations && { migrations })], database, dataDir });

  it('keeps its rows, and takes what the new description says', async () => {
    const before = await start(locker);
    const { token, id: account } = await before.account('player');
    const id = formatId(account);
    const old = await before.operate('/api/locker', token, 'create', { name: 'Old', size: 3, owner: id });
    await before.stop();
    const description = withFields({
      name: { ...lockerFields.name, maxLength: 80 },
      note: { type: ['string', 'null'], maxLength: 20, 'x-unique': true },
      shelves: { type: 'integer', default: 2 },
      cleaner: { 'x-reference': { table: 'account', onDelete: 'set null' }, default: null },
    });
    const migrations = migrationsOf(description, first);
    const after = await start(description, migrations);
    const dba = await after.account('dba');
    const found = await after.request('GET', `/api/locker/${old.body.data._id}`, { token: dba.token });
    expect(found.status, JSON.stringify([old.body, found.body])).to.equal(200);
    expect(found.body.data).to.include({ name: 'Old', size: 3, owner: id, note: null, shelves: 2, cleaner: null });
    const name = 'n'.repeat(80);
    const sent = { name, note: 'Étage', cleaner: id };
    const made = await after.operate('/api/locker', dba.token, 'create', sent);
    expect([made.status, made.body.data]).to.deep.equal([201, { ...made.body.data, ...sent, shelves: 2 }]);
    const searched = await after.operate('/api/locker', dba.token, 'query', { note: { contains: 'ÉTAGE' } });
    expect(searched.body.data).to.have.length(1);
    const twice = await after.operate('/api/locker', dba.token, 'create', { ...sent, name: 'Other' });
    expect(twice.status).to.equal(409);
    const nobody = await after.operate('/api/locker', dba.token, 'create', { name: 'Third', cleaner: '987654' });
    expect(nobody.status).to.equal(400);
    await after.stop();
  });

  it('loses a column and its index by migrations that were written by hand', async () => {
    await (await start(locker)).stop();
    const description = withoutField('size');
    const migrations = migrationsOf(description, [
      ...first,
      { name: 'locker_size_index_dropped', dropIndex: { table: 'locker', name: 'locker_size' } },
      { name: 'locker_size_dropped', dropColumn: { table: 'locker', name: 'size' } },
    ]);
    const host = await start(description, migrations);
    const { token } = await host.account('player');
    expect((await host.operate('/api/locker', token, 'create', { name: 'New' })).status).to.equal(201);
    await host.stop();
  });
});
