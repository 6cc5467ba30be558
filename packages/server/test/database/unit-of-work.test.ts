/** Units of work: all or nothing, tried again as a whole, never applied twice. */
import { isPalestraError } from '@palestra/core';
import { expect } from 'chai';
import { isOutcomeUnknown } from '../../src/database/errors.js';
import type { Database, Intercept } from '../../src/database/types.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, driverError, openMigrated, refusal } from './fixture.js';

/** Throws once: at the first statement that begins as `at` says, in that phase. */
class Fault {
  armed: { at: string; phase: 'before' | 'after'; error: Error; times: number } | undefined;
  readonly log: string[] = [];

  readonly intercept: Intercept = (sql, phase) => {
    if (phase === 'before') this.log.push(sql);
    const { armed } = this;
    if (!armed || armed.phase !== phase || !sql.startsWith(armed.at) || armed.times === 0) return;
    armed.times -= 1;
    throw armed.error;
  };

  arm(at: string, phase: 'before' | 'after', error: Error, times = 1): void {
    this.armed = { at, phase, error, times };
    this.log.length = 0;
  }
}

describeOnEachDatabase('units of work', (fresh, name) => {
  const fault = new Fault();
  let database: Database;
  before(async () => {
    database = await openMigrated({ url: await fresh(), intercept: fault.intercept, random: () => 0 });
  });
  after(closeAll);
  beforeEach(async () => {
    fault.armed = undefined;
    await database.knex('visit').del();
  });

  const labels = () => database.knex('visit').orderBy('label').pluck('label');
  const begin = name === 'SQLite' ? 'BEGIN' : 'START';
  const retried =
    name === 'SQLite'
      ? [{ code: 'SQLITE_BUSY' }, { code: 'SQLITE_BUSY_SNAPSHOT' }]
      : [1213, 1205, 1020, 1047, 1180].map((errno) => ({ errno }));

  /** Two inserts in one unit; the labels tell the try. */
  const addTwo = async () => {
    const attempts: number[] = [];
    const insert = database.statement((knex, parameter) => knex('visit').insert({ label: parameter('label') }));
    const result = await database.unitOfWork(async (unit) => {
      attempts.push(unit.attempt);
      await insert.run({ label: `a${unit.attempt}` }, unit);
      await database.write(database.knex('visit').insert({ label: `b${unit.attempt}` }), unit);
      return database.query<{ label: string }>(database.knex('visit').select('label').orderBy('label'), unit);
    });
    return { attempts, seen: result.map(({ label }) => label) };
  };

  it('commits what was done in it, and sees it before others do', async () => {
    const count = database.statement<{ count: number }>((knex) => knex('visit').count({ count: '*' }));
    await database.unitOfWork(async (unit) => {
      await database.write(database.knex('visit').insert({ label: 'a' }), unit);
      expect(await count.first({}, unit)).to.deep.equal({ count: 1 });
      expect(await count.first(), 'from outside').to.deep.equal({ count: 0 });
    });
    expect(await count.first()).to.deep.equal({ count: 1 });
  });

  it('leaves nothing of a unit that throws, and passes the error on untouched', async () => {
    const mine = new Error('mine');
    const error = await refusal(() =>
      database.unitOfWork(async (unit) => {
        await database.write(database.knex('visit').insert({ label: 'a' }), unit);
        throw mine;
      }),
    );
    expect(error).to.equal(mine);
    expect(await labels()).to.deep.equal([]);
  });

  it('goes on after a statement that failed by itself, such as a duplicate', async () => {
    await database.unitOfWork(async (unit) => {
      const insert = database.knex('visit').insert({ label: 'a' });
      await database.write(insert, unit);
      await refusal(() => database.write(insert, unit));
      await database.write(database.knex('visit').insert({ label: 'b' }), unit);
    });
    expect(await labels()).to.deep.equal(['a', 'b']);
  });

  for (const driver of retried) {
    for (const at of ['begin', 'insert', 'select', 'COMMIT'] as const) {
      it(`does all of it again after ${JSON.stringify(driver)} at ${at}`, async () => {
        fault.arm(at === 'begin' ? begin : at, 'before', driverError(driver));
        expect(await addTwo()).to.deep.equal({
          attempts: at === 'begin' ? [1].map(() => 2) : [1, 2],
          seen: ['a2', 'b2'],
        });
        expect(await labels()).to.deep.equal(['a2', 'b2']);
        expect(
          fault.log.filter((sql) => sql === 'ROLLBACK'),
          'always rolled back first',
        ).to.have.length(1);
      });
    }
  }

  it('does it again after a lost connection before COMMIT was sent', async () => {
    fault.arm('select', 'after', driverError({ code: 'ECONNRESET' }));
    expect((await addTwo()).attempts).to.deep.equal([1, 2]);
    expect(await labels()).to.deep.equal(['a2', 'b2']);
  });

  for (const phase of ['before', 'after'] as const) {
    it(`never does it again after a connection lost at COMMIT (${phase} it took effect)`, async () => {
      fault.arm('COMMIT', phase, driverError({ code: 'ECONNRESET' }));
      const error = await refusal(addTwo);
      expect(isOutcomeUnknown(error)).to.equal(true);
      expect(isPalestraError(error) && error.fact.status).to.equal(503);
      expect(await labels()).to.deep.equal(phase === 'before' ? [] : ['a1', 'b1']);
    });
  }

  it('is unavailable after five tries, with nothing done', async () => {
    fault.arm('insert', 'before', driverError({ errno: 1213 }), Number.POSITIVE_INFINITY);
    const error = await refusal(addTwo);
    expect(fault.log.filter((sql) => sql.startsWith(begin))).to.have.length(5);
    if (!isPalestraError(error)) throw error;
    expect([error.fact.code, error.headers]).to.deep.equal(['unavailable', { 'retry-after': '1' }]);
    expect(await labels()).to.deep.equal([]);
  });

  it('is unavailable at once where trying again cannot help', async () => {
    fault.arm('insert', 'before', driverError({ code: 'SQLITE_FULL' }));
    const error = await refusal(addTwo);
    expect(isPalestraError(error) && error.fact.code).to.equal('unavailable');
    expect(isOutcomeUnknown(error)).to.equal(false);
    expect(fault.log.filter((sql) => sql.startsWith(begin))).to.have.length(1);
  });

  it('does not commit half a unit when the work swallowed the deadlock that rolled it back', async () => {
    fault.arm('insert into `visit`', 'before', driverError({ errno: 1213 }));
    const tries: unknown[] = [];
    await database.unitOfWork(async (unit) => {
      for (const label of ['a', 'b']) {
        await database
          .write(database.knex('visit').insert({ label: label + unit.attempt }), unit)
          .catch((error) => tries.push(error));
      }
    });
    expect(tries, 'the second statement was refused too').to.have.length(2);
    expect(await labels()).to.deep.equal(['a2', 'b2']);
  });

  it('refuses statements after its end, and statements of a thing that is no unit', async () => {
    let kept: Parameters<Parameters<Database['unitOfWork']>[0]>[0] | undefined;
    await database.unitOfWork(async (unit) => {
      kept = unit;
    });
    const insert = database.statement((knex) => knex('visit').insert({ label: 'late' }));
    expect(await refusal(() => insert.run({}, kept))).to.be.instanceOf(TypeError);
    expect(await refusal(() => insert.run({}, { ...kept, attempt: 1 } as typeof kept))).to.be.instanceOf(TypeError);
    expect(await refusal(() => insert.run({}, {} as never))).to.be.instanceOf(TypeError);
    expect(await labels()).to.deep.equal([]);
  });

  it('runs afterCommit once, after the commit, and not after a rollback or for a try that failed', async () => {
    const ran: string[] = [];
    fault.arm('COMMIT', 'before', driverError({ errno: 1213 }));
    await database.unitOfWork(async (unit) => {
      unit.afterCommit(() => ran.push(`${unit.attempt} after ${fault.log.at(-1)}`));
    });
    expect(ran).to.deep.equal(['2 after COMMIT']);
    const failing = (unit: { afterCommit(action: () => void): void }) => {
      unit.afterCommit(() => ran.push('never'));
      throw new Error('no');
    };
    await refusal(() => database.unitOfWork(async (unit) => failing(unit)));
    expect(ran).to.have.length(1);
  });

  it('serialises 200 concurrent units that take the last 20, each with its own entry', async () => {
    await database.knex('visit').insert({ id: 7, label: 'stock', count: 20 });
    const take = database.statement((knex) =>
      knex('visit')
        .where('id', 7)
        .where('count', '>', 0)
        .update({ count: knex.raw('count - 1') }),
    );
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) =>
        database.unitOfWork(async (unit) => {
          if ((await take.run({}, unit)).affected === 0) throw new Error('sold out');
          await database.write(database.knex('visit').insert({ label: `sold ${index}` }), unit);
        }),
      ),
    );
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    expect(new Set(refused)).to.deep.equal(new Set(['Error: sold out']));
    expect(refused).to.have.length(180);
    expect(await database.knex('visit').where('label', 'like', 'sold %')).to.have.length(20);
  });

  it('lets a write outside of units be tried again, but not when its answer was lost', async () => {
    const insert = database.statement((knex) => knex('visit').insert({ label: 'alone' }));
    fault.arm('insert', 'before', driverError({ errno: 1213 }));
    expect((await insert.run()).affected).to.equal(1);
    await database.knex('visit').del();
    fault.arm('insert', 'after', driverError({ code: 'ECONNRESET' }));
    expect(isOutcomeUnknown(await refusal(() => insert.run()))).to.equal(true);
    expect(await labels()).to.deep.equal(['alone']);
  });
});
