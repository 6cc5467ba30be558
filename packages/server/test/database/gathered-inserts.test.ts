/** Rows inserted in one turn of the event loop: one statement on MariaDB, and to each its own id or its own fault. */
import { expect } from 'chai';
import { isOutcomeUnknown } from '../../src/database/errors.js';
import { createInsert, type Insert } from '../../src/database/gathered-inserts.js';
import type { Database } from '../../src/database/types.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, driverError, openMigrated } from './fixture.js';

const columns = ['label', 'count', 'story'] as const;

describeOnEachDatabase('gathered inserts', (fresh, name) => {
  let database: Database;
  let insert: Insert;
  let fault: { readonly phase: 'before' | 'after'; readonly error: Error } | undefined;
  const sent: string[] = [];
  before(async () => {
    const intercept = (sql: string, phase: 'before' | 'after') => {
      if (!/^insert into `visit`/i.test(sql)) return;
      if (phase === 'before') sent.push(sql);
      if (fault?.phase === phase) throw fault.error;
    };
    database = await openMigrated({ url: await fresh(), intercept });
    insert = createInsert(database, 'visit', columns);
  });
  after(closeAll);
  beforeEach(async () => {
    fault = undefined;
    await database.knex('visit').del();
    sent.length = 0;
  });

  const expected = (few: number, many: number) => (name === 'SQLite' ? many : few);
  const add = (label: string, count = 0, story: string | null = null) => insert({ label, count, story });
  const labelOf = async (id: number) => (await database.knex('visit').where({ id }).first('label'))?.label;
  const stored = async () => (await database.knex('visit').select('label').orderBy('label')).map(({ label }) => label);

  it('give each row the id that it was stored under', async () => {
    for (const count of [1, 2, 3, 8, 9, 20]) {
      const labels = Array.from({ length: count }, (_, at) => `${count} ${at}`);
      const ids = await Promise.all(labels.map((label, at) => add(label, at, at % 2 ? `story ${at}` : null)));
      expect(await Promise.all(ids.map(labelOf))).to.deep.equal(labels);
    }
    const rows = await database.knex('visit').where('label', 'like', '8 %').select('count', 'story').orderBy('count');
    expect(rows.slice(2, 4)).to.deep.equal([
      { count: 2, story: null },
      { count: 3, story: 'story 3' },
    ]);
    expect(sent).to.have.length(expected(1 + 1 + 1 + 1 + 2 + 3, 43));
  });

  it('refuse only the row that is at fault', async () => {
    await add('taken');
    const settled = await Promise.allSettled([add('one'), add('taken'), add('two', -1), add('three')]);
    expect(settled.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(await stored()).to.deep.equal(['one', 'taken', 'three']);
  });

  it('refuse a row without a column, or with another one, and no other', async () => {
    const faulty = [
      { label: 'less', count: 0 },
      { label: 'more', count: 0, story: null, ratio: 1 },
      { label: 'other', count: 0, ratio: 1 },
    ];
    for (const row of faulty) {
      const settled = await Promise.allSettled([insert(row), add(`beside ${row.label}`)]);
      expect(settled.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled']);
    }
    expect(await stored()).to.deep.equal(['beside less', 'beside more', 'beside other']);
  });

  it('say of each that its outcome is unknown where the connection is lost behind the statement, and insert nothing twice', async () => {
    fault = { phase: 'after', error: driverError({ code: 'ECONNRESET' }) };
    const settled = await Promise.allSettled([add('one'), add('two'), add('three')]);
    for (const each of settled) {
      expect(each.status === 'rejected' && isOutcomeUnknown(each.reason)).to.equal(true);
    }
    // On SQLite those that share a COMMIT may be undone together, and run again.
    if (name !== 'SQLite') expect(sent).to.have.length(1);
    expect((await stored()).length).to.be.at.most(3);
  });

  it('send long rows by themselves', async () => {
    await Promise.all([
      add('long', 0, 'x'.repeat(9_000)),
      add('long too', 0, 'x'.repeat(9_000)),
      add('one'),
      add('two'),
    ]);
    expect(await stored()).to.deep.equal(['long', 'long too', 'one', 'two']);
    expect(sent).to.have.length(expected(3, 4));
  });

  it('belong to the transaction around them, and to their unit', async () => {
    const undone = new Error('undone');
    const inside = async () => {
      await Promise.all([add('inside'), add('inside too')]);
      throw undone;
    };
    const outside = [add('outside'), add('outside too')];
    expect(await database.oneTransaction(inside, async () => {}).catch((error) => error)).to.equal(undone);
    const inUnit = database.unitOfWork(async (unit) => {
      await insert({ label: 'in a unit', count: 0, story: null }, unit);
      throw undone;
    });
    expect(await inUnit.catch((error) => error)).to.equal(undone);
    await Promise.all(outside);
    expect(await stored()).to.deep.equal(['outside', 'outside too']);
  });
});
