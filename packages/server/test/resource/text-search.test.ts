/** What contains a text, by the index: the same rows in the same order as by looking at all, whatever was written and how. */
import { fold } from '@palestra/core';
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import { createTextIndex } from '../../src/database/create-text-index.js';
import { migrate } from '../../src/database/migrate.js';
import { tableRemovals, triggerNames } from '../../src/database/mysql-text-index-definition.js';
import { removalOf } from '../../src/database/sqlite-text-index-definition.js';
import type { TextIndex } from '../../src/database/text-index.js';
import type { Database } from '../../src/database/types.js';
import type { ResourceFacts } from '../../src/plugin/resource.js';
import { createPlan } from '../../src/resource/compile-plan.js';
import type { Condition } from '../../src/resource/plan.js';
import { contains, equals } from '../../src/resource/query.js';
import { createSelector, pagesOf } from '../../src/resource/select.js';
import { closeAll, open, refusal } from '../database/fixture.js';

const table = {
  table: 'note',
  columns: {
    id: { type: 'id' },
    title: { type: 'longtext' },
    title_folded: { type: 'longtext' },
    body: { type: 'longtext', nullable: true },
    body_folded: { type: 'longtext', nullable: true },
    owner: { type: 'integer' },
  },
} as const;
const facts: ResourceFacts = {
  ...table,
  name: 'Note',
  face: 'envelope',
  id: '_id',
  parameter: 'id',
  fields: {
    title: { kind: 'text', columns: ['title'], folded: 'title_folded' },
    body: { kind: 'text', columns: ['body'], folded: 'body_folded' },
    owner: { kind: 'integer', columns: ['owner'] },
  },
  dated: false,
  creates: true,
  unique: [],
  views: {},
  operations: {},
  schemas: { sent: 'NoteFields', shown: 'Note' },
};
const folded = ['title_folded', 'body_folded'];
const dropped = { name: 'note_body_dropped', dropColumn: { table: 'note', name: 'body_folded' } };
const never = () => false;

/** Few characters, so that texts have pieces in common; among them those that SQL, FTS5, JSON and Unicode treat alone. */
const character = fc.constantFrom(
  ...['a', 'b', 'B', 'c', ' ', '%', '_', '"', "'", '\\', '*', '(', ':', '-', '\u0000', '\u001f'],
  ...['ß', 'ς', 'İ', 'é', 'e\u0301', '体', '😀', '😁', '\ud83d', '\ude00'],
);
/** Any code point that is no half of a pair. fast-check's own unit makes a table of all of them first. */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10f7ff })
  .map((number) => String.fromCodePoint(number < 0xd800 ? number : number + 0x800));
const text = fc.oneof(
  fc.array(character, { maxLength: 12 }).map((characters) => characters.join('')),
  fc.string({ unit: anyCharacter, maxLength: 6 }),
  fc.constantFrom('AND', 'NOT', 'NEAR(', 'title_folded', '{title_folded}', 'Straße 12', 'xyz'.repeat(30)),
);
/** Some are within the first rows that a search looks at before it asks the index, some are behind. */
const apart = 900;
const id = fc.integer({ min: 1, max: 12 }).map((number) => number * apart);
const write = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('put', 'replace'), id, title: text, body: fc.option(text) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), id, title: text, body: fc.option(text) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('empty'), id, title: text, body: fc.option(text) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take in'), id, title: text, body: fc.option(text) }) },
);
/** Mostly at the end of some text. */
const shortText = fc.array(character, { minLength: 1, maxLength: 2 }).map((characters) => characters.join(''));
const search = fc.record({
  fragment: fc.oneof(text, shortText),
  /** Instead of that a part of what was written; none where it is of no length. */
  part: fc.record({ write: fc.nat(11), from: fc.nat(8), length: fc.constantFrom(0, 1, 2, 3, 4, 5) }),
  field: fc.constantFrom('title', 'body', 'both'),
  second: fc.option(text),
  after: fc.nat(10).map((number) => number * apart),
  find: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
  owner: fc.option(fc.nat(1)),
});

for (const tablePrefix of ['', 'club_']) {
  const title = `a search by the index of trigrams${tablePrefix && ' of tables with a prefix'}`;
  describeOnEachDatabase(title, (fresh, name) => {
    let database: Database;
    let index: TextIndex;
    before(async () => {
      database = await open({ url: await fresh(), tablePrefix });
      await migrate(database, [{ plugin: 'notes', migrations: [{ name: 'note', createTable: table }] }]);
      index = createTextIndex(database, 'note', folded);
    });
    after(closeAll);

    /** Takes the index away. */
    async function remove(): Promise<void> {
      const { knex } = database;
      const triggers = triggerNames('note').map((each) => `drop trigger if exists ${each}`);
      for (const sql of name === 'SQLite' ? removalOf('note') : [...triggers, ...tableRemovals('note')]) {
        await knex.raw(sql);
      }
    }

    const { fields } = createPlan(facts, {});
    const columnsOf = (title: string, body: string | null) => {
      const body_folded = body === null ? null : fold(body);
      return { title, title_folded: fold(title), body, body_folded, owner: title.length % 2 };
    };
    /** Ids, page by page. */
    async function found(
      textIndex: TextIndex | undefined,
      conditions: readonly Condition[],
      find: number,
      after: number,
    ) {
      const selector = createSelector(database, createPlan(facts, {}, textIndex), ['id']);
      const pages: number[] = [];
      for await (const { rows } of pagesOf(await selector.page({ conditions, find, after }))) {
        pages.push(...rows.map(([id]) => id as number));
      }
      return pages;
    }

    it('finds what looking at every row finds', async function () {
      this.timeout(60_000);
      await index.build(never);
      const { knex } = database;
      await fc.assert(
        fc.asyncProperty(
          fc.array(write, { maxLength: 12 }),
          fc.array(search, { minLength: 3 }),
          async (writes, all) => {
            for (const { kind, id, title, body } of writes) {
              const row = { id, ...columnsOf(title, body) };
              if (kind === 'put') await knex('note').insert(row).onConflict('id').merge();
              if (kind === 'replace') {
                const { sql, bindings } = knex('note').insert(row).toSQL().toNative();
                await knex.raw(
                  sql.replace('insert', name === 'SQLite' ? 'insert or replace' : 'replace'),
                  bindings as never,
                );
              }
              if (kind === 'take in') await index.build(never);
              if (kind === 'delete') await knex('note').where('id', id).delete();
              if (kind === 'empty') await knex('note').delete();
            }
            expect(await index.isWhole()).to.equal(true);
            for (const { fragment: any, part, field, second, owner, find, after } of all) {
              const written = fold(writes[part.write]?.title ?? '').slice(part.from, part.from + part.length);
              const fragment = written || any;
              const fieldsOf = (name: string) =>
                ['title', 'body'].flatMap((each) => (name === 'both' || name === each ? (fields.get(each) ?? []) : []));
              const conditions = [
                contains(field, fieldsOf(field), fragment),
                ...(second === null ? [] : [contains('title', fieldsOf('title'), second)]),
                ...(owner === null ? [] : [equals(fields.get('owner') as never, owner)]),
              ];
              const expected = await found(undefined, conditions, find, after);
              expect(await found(index, conditions, find, after), JSON.stringify(fragment)).to.deep.equal(expected);
            }
          },
        ),
        { numRuns: name === 'SQLite' ? (tablePrefix === '' ? 150 : 20) : tablePrefix === '' ? 15 : 4 },
      );
    });

    /** What the index names for a text; undefined where it cannot tell. */
    async function named(text: string, ...columns: string[]): Promise<number[] | undefined> {
      const candidates = await index.candidates([{ columns, text }]);
      const all: number[] = [];
      for (let some = await candidates?.(0); some && some.length > 0; some = await candidates?.(all.at(-1) ?? 0)) {
        all.push(...some);
      }
      return candidates && all;
    }

    it('leaves half of a character to looking at every row', async () => {
      expect(await named('\ud83d', ...folded)).to.equal(undefined);
      expect(await named('x\udcaa', ...folded)).to.equal(undefined);
    });

    const titled = async (fragment: string, textIndex: TextIndex | undefined = index) => {
      const condition = contains('title', [fields.get('title') as never], fragment);
      return (await found(textIndex, [condition], Number.POSITIVE_INFINITY, 0)).length;
    };
    const rows = (count: number) => Array.from({ length: count }, (_, at) => columnsOf(`Yoga ${at}`, null));
    const triggers = () =>
      name === 'SQLite'
        ? database.knex('sqlite_schema').where('type', 'trigger')
        : database.knex('information_schema.triggers').whereRaw('trigger_schema = database()').select('created');

    it('begins once every row is in the index, and ends where the index is gone', async () => {
      const { knex } = database;
      await remove();
      await knex('note').delete();
      for (const some of [rows(250), rows(250)]) await knex.batchInsert('note', some, 50);
      expect(await index.isWhole()).to.equal(false);
      // On MariaDB a step takes in more rows than these.
      let steps = name === 'SQLite' ? 0 : 2;
      await index.build(() => ++steps > 2);
      expect(await index.isWhole(), 'ended in the middle').to.equal(false);
      expect(await titled('yoga')).to.equal(500);
      await knex('note').insert(columnsOf('Yoga at last', null));
      await index.build(never);
      expect(await index.isWhole()).to.equal(true);
      expect([await titled('yoga'), await titled('at last')]).to.deep.equal([501, 1]);
    });

    it('takes an index that is there, and makes it again where a trigger is missing', async () => {
      const { knex } = database;
      const before = await triggers();
      await index.build(never);
      expect(await triggers()).to.deep.equal(before);
      await knex.raw('drop trigger note_trigrams_insert');
      await knex('note').insert(columnsOf('Unseen', null));
      expect(await titled('unseen')).to.equal(0);
      await index.build(never);
      expect([await titled('unseen'), (await triggers()).length]).to.deep.equal([1, name === 'SQLite' ? 3 : 2]);
    });

    it('looks at few rows: a step has a bounded number of candidates', async () => {
      const seen: { after: number; found: number }[] = [];
      await index.build(never);
      const watched: TextIndex = {
        ...index,
        async candidates(texts) {
          const candidates = await index.candidates(texts);
          return async (after) => {
            const ids = (await candidates?.(after)) ?? expect.fail('no index');
            seen.push({ after, found: ids.length });
            return ids;
          };
        },
      };
      expect(await titled('yoga 77', watched)).to.equal(2);
      expect(seen).to.have.length(1);
      expect(seen[0]?.found).to.be.within(2, name === 'SQLite' ? 2 : 256);
      seen.length = 0;
      // Each piece is in every row, the whole in none.
      expect(await titled('oga yog', watched)).to.equal(0);
      expect(Math.max(...seen.map(({ found: count }) => count))).to.be.at.most(256);
    });

    it('tells of a text too short for a piece which rows have it, unless many have', async () => {
      const { knex } = database;
      const few = (text: string, column = 'title_folded') => named(text, column);
      // Of as many rows as the highest id says, 501 are few, and 2,101 are many.
      const id = 2 * 12 * apart;
      await knex('note').insert({ id, ...columnsOf('Sauna im Bad', 'über') });
      await index.build(never);
      expect([await few('qq'), await few('§'), await few('im'), await few('bad')]).to.deep.equal([[], [], [id], [id]]);
      expect([await few('ad'), await few('d'), await few('er', 'body_folded'), await few('er')]).to.deep.equal(
        [[id], [id], [id], []],
        'at the end of a text, and in its column',
      );
      expect(await few('yo')).to.have.length(501);
      expect([await titled('qq'), await titled('ad'), await titled('yo')]).to.deep.equal([0, 1, 501]);
      await knex.batchInsert('note', rows(1_600), 50);
      await index.build(never);
      expect(await few('yo')).to.equal(undefined);
      expect(await titled('yo')).to.equal(2_101);
      await knex('note').where({ id }).delete();
      // On MariaDB the entry of what is gone stays.
      expect([await few('im'), await titled('im')]).to.deep.equal([name === 'SQLite' ? [] : [id], 0]);
    });

    it('compares the texts of what another index has a thousand at a time, whose conditions all hold', async () => {
      const { knex } = database;
      const ownerOf = (title: string) => (['Yoga 1200', 'Yoga 2400'].includes(title) ? 8 : 7);
      const owned = rows(2_500).map((row) => ({ ...row, owner: ownerOf(row.title) }));
      await knex.batchInsert('note', owned, 50);
      const indexed = {
        ...facts,
        fields: { ...facts.fields, owner: { ...facts.fields.owner, indexed: true as const } },
      };
      for (const textIndex of [undefined, index]) {
        const plan = createPlan(indexed as ResourceFacts, {}, textIndex);
        const selector = createSelector(database, plan, ['id', 'title']);
        const titles = async (owner: number, fragment: string) => {
          const [title, by] = [plan.fields.get('title') as never, plan.fields.get('owner') as never];
          const conditions = [contains('title', [title], fragment), equals(by, owner)];
          const found: unknown[] = [];
          const first = await selector.page({ conditions, find: Number.POSITIVE_INFINITY, after: 0 });
          for await (const page of pagesOf(first)) found.push(...page.rows.map(([, each]) => each));
          return found;
        };
        expect(await titles(7, 'yoga')).to.have.length(2_498);
        expect(await titles(7, 'yoga 99')).to.have.length(11);
        expect(await titles(7, '2400')).to.deep.equal([]);
        expect(await titles(7, '2401')).to.deep.equal(['Yoga 2401']);
        expect(await titles(8, '00')).to.deep.equal(['Yoga 1200', 'Yoga 2400']);
        expect(await titles(9, 'yoga')).to.deep.equal([]);
      }
    });

    it('has what is written while it takes in', async () => {
      const { knex } = database;
      const ids = Array.from({ length: 20 }, (_, at) => 20_001 + at);
      await knex('note').insert(ids.map((each) => ({ id: each, ...columnsOf('before', null) })));
      let writing = true;
      const takingIn = (async () => {
        while (writing) await index.build(never);
      })();
      const found: unknown[] = [];
      const writers = [0, 1, 2, 3].map(async (writer) => {
        for (let round = 0; round < 2; round++) {
          for (const each of ids.filter((_, at) => at % 4 === writer)) {
            await knex('note')
              .where('id', each)
              .update(columnsOf(`Word${each}x${round}`, null));
            found.push((await named(`word${each}x${round}`, 'title_folded'))?.includes(each));
          }
        }
      });
      await Promise.all(writers);
      writing = false;
      await takingIn;
      expect([...new Set(found)]).to.deep.equal([true]);
      const last = () => Promise.all(ids.map((each) => titled(`word${each}x1`)));
      expect(await last()).to.deep.equal(ids.map(() => 1));
      await index.build(never);
      expect(await last()).to.deep.equal(ids.map(() => 1));
      await knex('note').whereIn('id', ids).delete();
    });

    it('has all that came one after the other, in the columns where they are', async () => {
      const { knex } = database;
      const ids: number[] = [];
      // At first few of a block, then many, then more; and some far behind.
      for (const [first, count] of [
        ...[
          [40_000, 1],
          [40_001, 400],
          [40_950, 1],
          [40_401, 300],
          [40_701, 1],
          [60_000, 2],
        ],
      ] as const) {
        const some = Array.from({ length: count }, (_, at) => first + at);
        const [title, body] = first === 40_950 ? ['Kettlebell', 'Zumba'] : ['Zumba', 'Kettlebell'];
        await knex.batchInsert(
          'note',
          some.map((id) => ({ id, ...columnsOf(`${title} ${id}`, body) })),
          100,
        );
        await index.build(never);
        ids.push(...some);
        ids.sort((a, b) => a - b);
        const others = ids.filter((id) => id !== 40_950);
        expect(await named('zumba', 'title_folded'), `from ${first}`).to.deep.equal(others);
        expect(await named('zumba', ...folded), `from ${first}`).to.deep.equal(ids);
        expect(await titled('zumba 40950')).to.equal(0);
        expect(await named('mb', ...folded), `from ${first}`).to.deep.equal(ids);
      }
      expect(await named('zumba 60001', 'title_folded')).to.include(60_001);
      await knex('note').whereIn('id', ids).delete();
    });

    if (name === 'MariaDB' && tablePrefix === '') {
      const pending = async () =>
        (await database.knex(database.tableName('note_trigrams_pending')).select('id')).map(({ id }) => id);

      it('takes in rows whose texts change, and no others', async () => {
        const { knex } = database;
        await index.build(never);
        expect(await pending()).to.deep.equal([]);
        await knex('note').insert({ id: 30_005, ...columnsOf('Restored', null) });
        expect(await pending()).to.deep.equal([30_005]);
        await index.build(never);
        await knex('note').where('id', 30_005).update({ owner: 0, title: 'restored' });
        expect(await pending()).to.deep.equal([]);
        await knex('note').where('id', 30_005).update({ title_folded: 'restored again' });
        expect([await pending(), await titled('d again')]).to.deep.equal([[30_005], 1]);
      });

      it('names no candidates where more rows are not taken in than a search compares', async () => {
        const { knex } = database;
        const pilates = Array.from({ length: 4_096 }, (_, at) => columnsOf(`Pilates ${at}`, null));
        await knex.batchInsert('note', pilates, 1_024);
        expect(await named('pilates 77', 'title_folded')).to.equal(undefined);
        expect(await titled('pilates 77')).to.equal(11);
        await index.build(never);
        expect(await named('pilates 77', 'title_folded')).to.have.length.within(11, 256);
        expect(await titled('pilates 77')).to.equal(11);
      });

      it('is not made by an account that may make no triggers, whose searches read the rows', async () => {
        const url = new URL(await fresh());
        const admin = await open({ url: url.href });
        const user = `plain_${url.pathname.slice(1)}`.slice(0, 32);
        await admin.knex.raw(`create user ${user} identified by 'secret'`);
        const rights = 'select, insert, update, delete, create, drop, alter, index, lock tables';
        await admin.knex.raw(`grant ${rights} on ${url.pathname.slice(1)}.* to ${user}`);
        Object.assign(url, { username: user, password: 'secret' });
        const plain = await open({ url: url.href });
        await migrate(plain, [{ plugin: 'notes', migrations: [{ name: 'note', createTable: table }] }]);
        const refused = createTextIndex(plain, 'note', folded);
        expect(await refusal(() => refused.build(never))).to.have.property('errno', 1142);
        expect(await refused.isWhole()).to.equal(false);
        expect(await refused.candidates([{ columns: folded, text: 'text' }])).to.equal(undefined);
        await migrate(plain, [{ plugin: 'notes', migrations: [{ name: 'note', createTable: table }, dropped] }]);
        await admin.knex.raw(`drop user ${user}`);
      });
    }

    it('follows the columns of its table: one that goes takes the index with it', async () => {
      await migrate(database, [{ plugin: 'notes', migrations: [{ name: 'note', createTable: table }, dropped] }]);
      expect(await index.isWhole()).to.equal(false);
      const narrower = createTextIndex(database, 'note', ['title_folded']);
      await narrower.build(never);
      expect([await narrower.isWhole(), await titled('unseen', narrower)]).to.deep.equal([true, 1]);
    });
  });
}
