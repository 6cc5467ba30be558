/** Reads of one turn of the event loop: one statement for all of them on a server, and each its own answer everywhere. */
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { createLookup, createUnitedRead, type Lookup, type SharedRead } from '../../src/database/gathered-reads.js';
import type { Database, Statement } from '../../src/database/types.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, openMigrated } from './fixture.js';

describeOnEachDatabase('gathered reads', (fresh, name) => {
  let database: Database;
  let fault: Error | undefined;
  /** What the answers of queries wait for. */
  let held: Promise<void> | undefined;
  const sent: string[] = [];
  let answered = 0;
  before(async () => {
    const intercept = async (sql: string, phase: 'before' | 'after') => {
      if (!/^\(?select/i.test(sql)) return;
      if (phase === 'after') {
        answered += 1;
        return held;
      }
      if (fault) throw fault;
      sent.push(sql);
    };
    database = await openMigrated({ url: await fresh(), intercept });
    await database.knex('visit').insert(Array.from({ length: 60 }, (_, at) => ({ label: `visit ${at}`, count: at })));
    firstId = (await database.knex('visit').first('id').orderBy('id')).id;
    add = database.statement((knex, parameter) => knex('visit').insert(parameter.each(['label', 'count'])));
    labelOf = createLookup(database, 'id', (knex) => knex('visit').select(['id', 'label']));
    const united = createUnitedRead(database, (knex, parameter) =>
      knex('visit')
        .select(['id', 'count'])
        .where('count', '>=', parameter('least'))
        .orderByRaw('id limit ?', [parameter('limit')]),
    );
    atLeast = ({ least, limit = 100, reads = 'many' }) => united({ least, limit }, reads);
  });
  after(closeAll);
  beforeEach(() => {
    sent.length = 0;
    answered = 0;
    fault = undefined;
    held = undefined;
  });

  let firstId: number;
  let add: Statement;
  let labelOf: Lookup;
  let atLeast: (query: { least: number; limit?: number; reads?: 'few' | 'many' }) => ReturnType<SharedRead>;
  const expected = (few: number, many: number) => (name === 'SQLite' ? many : few);

  it('give every key its own row, and none to one that is not there, by one statement for 32 keys', async () => {
    const offsets = [...Array(40).keys(), 3, 3, 1_000, -1];
    const found = await Promise.all(offsets.map((at) => labelOf(firstId + at)));
    const labels = offsets.map((at) => (at >= 0 && at < 60 ? [firstId + at, `visit ${at}`] : undefined));
    expect(found).to.deep.equal(labels);
    expect(sent).to.have.length(expected(2, offsets.length));
  });

  it('find one key by itself, in the next turn as well', async () => {
    expect(await labelOf(firstId)).to.deep.equal([firstId, 'visit 0']);
    expect(await labelOf(firstId + 1)).to.deep.equal([firstId + 1, 'visit 1']);
    expect(sent).to.have.length(2);
  });

  it('prepare a few statements whatever the number of keys', async () => {
    for (let count = 1; count <= 32; count++) {
      const found = await Promise.all(Array.from({ length: count }, (_, at) => labelOf(firstId + at)));
      expect(found.map((row) => row?.[1])).to.deep.equal(found.map((_, at) => `visit ${at}`));
    }
    expect(new Set(sent).size).to.equal(expected(6, 1));
  });

  it('send those once that ask for the same', async () => {
    const [few, same, many] = await Promise.all([{ least: 58 }, { least: 58 }, { least: 50 }].map(atLeast));
    expect(few?.map(([, count]) => count)).to.deep.equal([58, 59]);
    expect(same).to.deep.equal(few);
    expect(many).to.have.length(10);
    expect(sent).to.have.length(expected(2, 3));
  });

  it('send those of few rows together, each with its own rows in order, and those of many rows alone', async () => {
    const queries = Array.from({ length: 15 }, (_, at) => ({ least: 50 - at, limit: 3, reads: 'few' as const }));
    const [many, few] = await Promise.all([
      Promise.all([{ least: 50 }, { least: 49 }].map(atLeast)),
      Promise.all(queries.map(atLeast)),
    ]);
    expect(many.map((rows) => rows.length)).to.deep.equal([10, 11]);
    const counts = few.map((rows) => rows.map(([, count]) => count));
    expect(counts).to.deep.equal(queries.map(({ least }) => [least, least + 1, least + 2]));
    expect(sent).to.have.length(expected(2 + [8, 4, 2, 1].length, 2 + queries.length));
  });

  it('answer with nothing older than the request, also while an equal one is under way', async () => {
    let answer = () => {};
    held = new Promise((resolve) => {
      answer = resolve;
    });
    const before = atLeast({ least: 1_000 });
    while (answered === 0) await setImmediate();
    await add.run({ label: 'late', count: 1_000 });
    const after = atLeast({ least: 1_000 });
    answer();
    expect((await Promise.all([before, after])).map((rows) => rows.length)).to.deep.equal([0, 1]);
    await database.knex('visit').where('label', 'late').del();
  });

  it('see what their own transaction has written', async () => {
    const label = await database.unitOfWork(async (unit) => {
      await database.write(database.knex('visit').where('id', firstId).update({ label: 'inside' }), unit);
      const [inside, outside] = await Promise.all([
        labelOf(firstId, unit),
        name === 'SQLite' ? undefined : labelOf(firstId),
      ]);
      if (outside) expect(outside[1]).to.equal('visit 0');
      await database.write(database.knex('visit').where('id', firstId).update({ label: 'visit 0' }), unit);
      return inside?.[1];
    });
    expect(label).to.equal('inside');
  });

  it('see what a transaction around them has written, and no others that are asked in the same turn', async () => {
    const update = database.statement((knex, parameter) =>
      knex('visit').where('id', parameter('id')).update({ count: 2_000, label: 'changed' }),
    );
    const read = async () => {
      const [many, one] = await Promise.all([atLeast({ least: 2_000 }), labelOf(firstId)]);
      return [many.length, one?.[1]];
    };
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const outside = begun.then(read);
    let inside: unknown[] = [];
    const work = async () => {
      await update.run({ id: firstId });
      begin();
      await begun;
      inside = await read();
      throw new Error('undone');
    };
    await database.oneTransaction(work, async () => {}).catch(() => undefined);
    expect(inside).to.deep.equal([1, 'changed']);
    expect(await outside).to.deep.equal([0, 'visit 0']);
  });

  it('fail together, and only then', async () => {
    fault = new Error('refused');
    const asked = [labelOf(firstId), labelOf(firstId + 1), atLeast({ least: 59 }), atLeast({ least: 59 })];
    const reasons = (await Promise.allSettled(asked)).map((each) => each.status === 'rejected' && each.reason.message);
    expect(reasons).to.deep.equal(asked.map(() => 'refused'));
    fault = undefined;
    expect((await labelOf(firstId))?.[1]).to.equal('visit 0');
    expect(await atLeast({ least: 59 })).to.have.length(1);
  });
});
