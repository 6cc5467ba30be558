/** Statements: composed once, run with named scalars, the same answers from every database. */
import { expect } from 'chai';
import { limited } from '../../src/database/statement.js';
import type { Database } from '../../src/database/types.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, openMigrated, refusal } from './fixture.js';

describeOnEachDatabase('statements', (fresh) => {
  let database: Database;
  before(async () => {
    database = await openMigrated({ url: await fresh() });
  });
  after(closeAll);
  beforeEach(async () => {
    await database.knex('visit').del();
  });

  const add = (values: { label: string; count?: number }) =>
    database
      .statement((knex, parameter) => knex('visit').insert({ label: parameter('label'), count: parameter('count') }))
      .run({ count: 0, ...values });

  it('binds names in the order of their places, a name as often as it occurs, and constants between', async () => {
    await add({ label: 'one', count: 1 });
    await add({ label: 'two', count: 2 });
    const statement = database.statement<{ label: string }>((knex, parameter) =>
      knex('visit')
        .select('label')
        .where('count', '>=', parameter('least'))
        .where('count', '<', 10)
        .whereRaw('count + ? > ?', [parameter('least'), parameter('more')]),
    );
    expect(await statement.all({ least: 1, more: 2 })).to.deep.equal([{ label: 'two' }]);
    expect(await statement.all({ more: 1, least: 1 })).to.have.length(2);
    expect(statement.sql.match(/\?/g)).to.have.length(4);
  });

  it('gives every column type back as it was given', async () => {
    const row = {
      label: 'été 🏋️ \0 end',
      code: 'sha256',
      count: 3,
      ratio: 0.1,
      story: 'x'.repeat(100_000),
      facts: '{"a" : [1, null]}',
      stamp: Buffer.from([0, 255, 1]),
    };
    const insert = database.statement((knex, parameter) =>
      knex('visit').insert(Object.fromEntries(Object.keys(row).map((name) => [name, parameter(name)]))),
    );
    const written = await insert.run({ ...row, stamp: new Uint8Array(row.stamp) });
    expect(written.affected).to.equal(1);
    const byId = database.statement((knex, parameter) => knex('visit').where('id', parameter('id')));
    expect(await byId.first({ id: written.insertedId })).to.deep.equal({ id: written.insertedId, ...row });
    expect(await byId.first({ id: written.insertedId + 1 })).to.equal(undefined);
    expect(await byId.all({ id: written.insertedId + 1 })).to.deep.equal([]);
  });

  it('keeps integers exact up to 2^53-1 on both sides of zero, stored and compared', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    await add({ label: 'most', count: most });
    await add({ label: 'next', count: most - 1 });
    const equal = database.statement((knex, parameter) =>
      knex('visit').select('label', 'count').where('count', parameter('count')),
    );
    expect(await equal.all({ count: most })).to.deep.equal([{ label: 'most', count: most }]);
    expect(await equal.all({ count: most - 1 })).to.deep.equal([{ label: 'next', count: most - 1 }]);
    const negative = database.statement((knex, parameter) =>
      knex.select(knex.raw('0 - ? as value', parameter('count'))),
    );
    expect(await negative.first({ count: most })).to.deep.equal({ value: -most });
  });

  it('compares text by code point: case, accents, padding and emoji all count', async () => {
    const labels = ['a', 'A', 'a ', 'á', 'a\u0301', 'ß', 'ss', '😀', '😁', '', ' '];
    for (const label of labels) await add({ label });
    const equal = database.statement((knex, parameter) =>
      knex('visit').select('label').where('label', parameter('label')),
    );
    for (const label of labels) expect(await equal.all({ label })).to.deep.equal([{ label }]);
    const sorted = await database.knex('visit').orderBy('label').pluck('label');
    const byCodePoint = [...labels].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(sorted).to.deep.equal(byCodePoint);
  });

  it('never takes a number for a text that is not that number', async () => {
    for (const label of ['root', '', '0x', '1 root']) await add({ label });
    const equal = database.statement((knex, parameter) => knex('visit').where('label', parameter('label')));
    for (const label of [0, 1, -0, 1.5]) expect(await equal.all({ label })).to.deep.equal([]);
    expect(await database.knex('visit').where('label', 0)).to.deep.equal([]);
    expect(
      await database.unitOfWork((unit) => database.query(database.knex('visit').where('label', 0), unit)),
    ).to.deep.equal([]);
  });

  it('makes a number the text of its digits where a text is due', async () => {
    await add({ label: 5 as never });
    const equal = database.statement((knex, parameter) =>
      knex('visit').select('label').where('label', parameter('label')),
    );
    expect(await equal.all({ label: '5' })).to.deep.equal([{ label: '5' }]);
  });

  it('finds nothing by foreign text in an ascii column, instead of failing', async () => {
    await add({ label: 'x' });
    const equal = database.statement((knex, parameter) => knex('visit').where('code', parameter('code')));
    expect(await equal.all({ code: 'á😀' })).to.deep.equal([]);
  });

  it('takes the limit at each run', async () => {
    for (const label of ['a', 'b', 'c']) await add({ label });
    const some = database.statement((knex, parameter) =>
      limited(
        knex,
        knex('visit').select('label').where('label', '>', parameter('after')).orderBy('label'),
        parameter('find'),
      ),
    );
    expect(await some.all({ after: 'a', find: 1 })).to.deep.equal([{ label: 'b' }]);
    expect(await some.all({ after: '', find: 2 })).to.have.length(2);
  });

  it('refuses what is no scalar, and names without values or values without names, before a driver sees them', async () => {
    const statement = database.statement((knex, parameter) =>
      knex('visit').where({ label: parameter('label'), code: parameter('code') }),
    );
    const wrong = [true, undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, new Date(), ['a'], { a: 1 }, () => 'a'];
    for (const label of wrong) {
      const error = await refusal(() => statement.all({ label: label as never, code: 'c' }));
      expect(error, String(label)).to.be.instanceOf(TypeError);
      expect((error as Error).message)
        .to.include('"label"')
        .and.include('from `visit`');
    }
    for (const [values, fault] of [
      [{ label: 'a' }, 'no value for "code"'],
      [{ label: 'a', code: 'c', colour: 'red' }, 'no parameter "colour"'],
      [{ label: 'a', colour: 'red' }, '"code"'],
      [{}, 'no value for "label"'],
    ] as const) {
      const error = (await refusal(() => statement.all(values as never))) as Error;
      expect(error).to.be.instanceOf(TypeError);
      expect(error.message).to.include(fault);
    }
    const { knex } = database;
    const constant = database.statement(() => knex('visit').where('label', new Date() as never));
    const fault = (await refusal(() => constant.all())) as Error;
    expect(fault).to.be.instanceOf(TypeError);
    expect(fault.message).to.include('scalar');
    expect(await refusal(async () => knex('visit').where('label', true))).to.be.instanceOf(TypeError);
    const inUnit = () =>
      database.unitOfWork((unit) => database.query(knex('visit').whereIn('label', [new Date() as never]), unit));
    expect(await refusal(inUnit)).to.be.instanceOf(TypeError);
  });

  it('says nothing of bound values in its errors', async () => {
    const statement = database.statement((knex, parameter) =>
      knex.raw('select nowhere from visit where label = ?', parameter('label')),
    );
    const composed = (await refusal(() => statement.all({ label: 'geheim' }))) as Error;
    expect(composed.message).to.not.include('geheim');
    const direct = (await refusal(async () =>
      database.knex('visit').select('nowhere').where('label', 'geheim'),
    )) as Error;
    expect(direct.message).to.include('nowhere').and.not.include('geheim');
  });

  it('counts matched rows, so that a compare-and-swap is seen to win or to lose', async () => {
    await add({ label: 'a', count: 1 });
    const take = database.statement((knex, parameter) =>
      knex('visit')
        .where('label', parameter('label'))
        .where('count', '>', 0)
        .update({ count: knex.raw('count - 1') }),
    );
    expect((await take.run({ label: 'a' })).affected).to.equal(1);
    expect((await take.run({ label: 'a' })).affected).to.equal(0);
    const same = database.statement((knex) => knex('visit').update({ count: 0 }));
    expect((await same.run()).affected, 'matched, unchanged').to.equal(1);
  });

  it('lets exactly 20 of 200 concurrent decrements of 20 through', async () => {
    await add({ label: 'a', count: 20 });
    const take = database.statement((knex) =>
      knex('visit')
        .where('count', '>', 0)
        .update({ count: knex.raw('count - 1') }),
    );
    const results = await Promise.all(Array.from({ length: 200 }, () => take.run()));
    expect(results.filter(({ affected }) => affected === 1)).to.have.length(20);
    expect(results.filter(({ affected }) => affected === 0)).to.have.length(180);
    expect(await database.knex('visit').pluck('count')).to.deep.equal([0]);
  });
});
