/** Writes that know nothing of a transaction and are one all the same. */
import type { Unit } from '@palestra/core';
import { expect } from 'chai';
import { afterCommit } from '../../src/database/after-commit.js';
import { type TransactedCall, unitOf, unitOfWorkOf } from '../../src/database/call-transaction.js';
import { isOutcomeUnknown } from '../../src/database/errors.js';
import { outsideTransaction } from '../../src/database/joined-transaction.js';
import type { Database, Intercept, Statement } from '../../src/database/types.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, driverError, openMigrated, refusal } from './fixture.js';

describeOnEachDatabase('one transaction', (fresh, name) => {
  const log: string[] = [];
  let fault: { readonly at: string; readonly phase: 'before' | 'after'; readonly error: Error } | undefined;
  const intercept: Intercept = (sql, phase) => {
    if (phase === 'before') log.push(sql.split(' ')[0] ?? '');
    if (!fault || fault.phase !== phase || !sql.startsWith(fault.at)) return;
    const { error } = fault;
    fault = undefined;
    throw error;
  };
  let database: Database;
  let insert: Statement;
  let count: Statement<{ count: number }>;
  before(async () => {
    database = await openMigrated({ url: await fresh(), intercept, random: () => 0 });
    insert = database.statement((knex, parameter) => knex('visit').insert({ label: parameter('label') }));
    count = database.statement((knex) => knex('visit').count({ count: '*' }));
  });
  after(closeAll);
  beforeEach(async () => {
    fault = undefined;
    await database.knex('visit').del();
    log.length = 0;
  });

  const labels = () => database.knex('visit').orderBy('label').pluck('label');
  const add = (label: string) => insert.run({ label });
  const addInUnit = (label: string) => database.unitOfWork((unit) => insert.run({ label }, unit));
  const conclude = async (unit: Parameters<Parameters<Database['unitOfWork']>[0]>[0], result: unknown) => {
    await insert.run({ label: `result ${result}` }, unit);
  };
  const begin = name === 'SQLite' ? 'BEGIN' : 'START';

  it('holds single writes, units, and what is written last', async () => {
    const result = await database.oneTransaction(async () => {
      await add('a');
      await addInUnit('b');
      expect(await count.first(), 'reads see what was written').to.deep.equal({ count: 2 });
      return 7;
    }, conclude);
    expect(result).to.equal(7);
    expect(log.filter((word) => [begin, 'COMMIT'].includes(word))).to.deep.equal([begin, 'COMMIT']);
    expect(await labels()).to.deep.equal(['a', 'b', 'result 7']);
  });

  it('begins with the first write, so that what goes before it holds nothing', async () => {
    await database.oneTransaction(async () => {
      await count.first();
      expect(log).not.to.include(begin);
      await add('a');
      expect(log).to.include(begin);
    }, conclude);
  });

  it('undoes everything when the work throws', async () => {
    const mine = new Error('mine');
    const error = await refusal(() =>
      database.oneTransaction(async () => {
        await add('a');
        await addInUnit('b');
        throw mine;
      }, conclude),
    );
    expect(error).to.equal(mine);
    expect(await labels()).to.deep.equal([]);
  });

  it('undoes a unit that fails inside, alone, whether it was the first write or not', async () => {
    for (const first of [true, false]) {
      await database.oneTransaction(
        async () => {
          if (!first) await add('before');
          await refusal(() =>
            database.unitOfWork(async (unit) => {
              await insert.run({ label: 'undone' }, unit);
              throw new Error('no');
            }),
          );
          await add(`after ${first}`);
        },
        async () => undefined,
      );
    }
    expect(await labels()).to.deep.equal(['after false', 'after true', 'before']);
  });

  it('goes on after a statement that failed by itself, such as a duplicate', async () => {
    await database.oneTransaction(async () => {
      await add('a');
      await refusal(() => add('a'));
      await add('b');
    }, conclude);
    expect(await labels()).to.deep.equal(['a', 'b', 'result undefined']);
  });

  for (const at of ['insert', 'COMMIT']) {
    it(`runs the work again after a deadlock at ${at}`, async () => {
      fault = {
        at,
        phase: 'before',
        error: driverError(name === 'SQLite' ? { code: 'SQLITE_BUSY' } : { errno: 1213 }),
      };
      let runs = 0;
      await database.oneTransaction(async () => {
        runs += 1;
        await add(`a${runs}`);
        await addInUnit(`b${runs}`);
      }, conclude);
      expect(runs).to.equal(2);
      expect(await labels()).to.deep.equal(['a2', 'b2', 'result undefined']);
    });
  }

  it('runs the work again though it swallowed the deadlock of a unit', async () => {
    fault = {
      at: 'insert',
      phase: 'before',
      error: driverError(name === 'SQLite' ? { code: 'SQLITE_BUSY' } : { errno: 1213 }),
    };
    let runs = 0;
    await database.oneTransaction(async () => {
      runs += 1;
      await addInUnit(`a${runs}`).catch(() => undefined);
    }, conclude);
    expect(await labels()).to.deep.equal(['a2', 'result undefined']);
  });

  for (const phase of ['before', 'after'] as const) {
    it(`does not know the outcome of a connection lost at COMMIT (${phase} it took effect)`, async () => {
      fault = { at: 'COMMIT', phase, error: driverError({ code: 'ECONNRESET' }) };
      const error = await refusal(() =>
        database.oneTransaction(
          () => add('a'),
          async () => undefined,
        ),
      );
      expect(isOutcomeUnknown(error)).to.equal(true);
      expect(await labels()).to.deep.equal(phase === 'after' ? ['a'] : []);
    });
  }

  it('runs what follows a commit only after it, and not for what was undone', async () => {
    const done: string[] = [];
    await database.oneTransaction(async () => {
      await add('a');
      afterCommit(undefined, () => done.push(`single after ${log.at(-1)}`));
      await database.unitOfWork(async (unit) => unit.afterCommit(() => done.push('unit')));
      await refusal(() =>
        database.unitOfWork(async (unit) => {
          unit.afterCommit(() => done.push('never'));
          throw new Error('no');
        }),
      );
      expect(done).to.deep.equal([]);
    }, conclude);
    expect(done).to.deep.equal(['single after COMMIT', 'unit']);
  });

  it('runs units that are asked for at once one after another', async () => {
    let inside = 0;
    await database.oneTransaction(async () => {
      await Promise.all(
        ['a', 'b', 'c'].map((label) =>
          database.unitOfWork(async (unit) => {
            inside += 1;
            expect(inside).to.equal(1);
            await insert.run({ label }, unit);
            inside -= 1;
          }),
        ),
      );
    }, conclude);
    expect(await labels()).to.have.length(4);
  });

  describe('that a call passes on', () => {
    const call: TransactedCall = {};
    const addTo = async (label: string) => insert.run({ label }, await unitOf(call));
    const passed = (work: () => Promise<unknown>, open = async (_: Unit): Promise<void> => undefined) =>
      database.passedTransaction({
        open,
        work(transaction) {
          call.transaction = transaction;
          return work();
        },
        conclude,
      });

    it('holds its units and single writes, and nothing else', async () => {
      await passed(async () => {
        await add('outside');
        await addTo('a');
        await unitOfWorkOf(call, database, (unit) => insert.run({ label: 'b' }, unit));
        expect(await count.first(), 'reads see what is committed').to.deep.equal({ count: 1 });
      });
      expect(log.filter((word) => [begin, 'COMMIT'].includes(word))).to.deep.equal([begin, 'COMMIT']);
      expect(await labels()).to.deep.equal(['a', 'b', 'outside', 'result undefined']);
      await addTo('after its end');
      expect(await labels()).to.include('after its end');
    });

    it('is undone when the work throws', async () => {
      const mine = new Error('mine');
      const failing = passed(async () => {
        await addTo('undone');
        throw mine;
      });
      expect(await refusal(() => failing)).to.equal(mine);
      expect(await labels()).to.deep.equal([]);
    });

    it('is opened before its first write, and refused by what that throws', async () => {
      const opened: string[] = [];
      await passed(
        async () => {
          await count.first();
          expect(opened).to.deep.equal([]);
          await addTo('a');
          await addTo('b');
        },
        async (unit) => void opened.push(`${(await count.first({}, unit))?.count} rows`),
      );
      expect(opened).to.deep.equal(['0 rows']);
      const mine = new Error('mine');
      const refused = passed(
        () => addTo('refused').catch(() => undefined),
        () => Promise.reject(mine),
      );
      expect(await refusal(() => refused)).to.equal(mine);
      expect(await labels()).to.deep.equal(['a', 'b', 'result undefined']);
      await add('another');
    });
  });

  it('goes on while another one ends', async () => {
    const error = new Error('no');
    const failed = await refusal(() =>
      database.oneTransaction(async () => {
        await add('a');
        const other = () => database.oneTransaction(() => Promise.reject(error), conclude);
        expect(await refusal(() => outsideTransaction(other))).to.equal(error);
        await add('b');
        throw error;
      }, conclude),
    );
    expect(failed).to.equal(error);
    expect(await labels()).to.deep.equal([]);
  });

  it('leaves alone what runs outside of it, and what runs on after its end', async () => {
    let late: Promise<unknown> = Promise.resolve();
    let resume: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      resume = resolve;
    });
    await refusal(() =>
      database.oneTransaction(async () => {
        await outsideTransaction(() => add('outside'));
        late = ended.then(() => add('late'));
        await add('undone');
        throw new Error('no');
      }, conclude),
    );
    resume();
    await late;
    expect(await labels()).to.deep.equal(['late', 'outside']);
  });
});
