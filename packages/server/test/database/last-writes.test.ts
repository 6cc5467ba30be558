/** Writes that run right before the COMMIT: with it, or not at all. */
import { expect } from 'chai';
import { isOutcomeUnknown } from '../../src/database/errors.js';
import { isDuplicate } from '../../src/database/insert-once.js';
import { takesBlocks } from '../../src/database/mysql-block.js';
import type { Database, Statement } from '../../src/database/types.js';
import { describeOnDatabase, describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, driverError, openMigrated, refusal, rivalRows, startRival } from './fixture.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

function statementsOf(database: Database) {
  const add = database.statement((knex, parameter) => knex('visit').insert(parameter.each(['label', 'count'])));
  const raise: Statement = database.statement((knex, parameter) =>
    knex('visit')
      .where({ label: parameter('label'), count: parameter('from') })
      .update({ count: knex.raw('count + 1') }),
  );
  return { add, raise };
}

const storedIn = async ({ knex }: Database) =>
  (await knex('visit').select('label', 'count').orderBy('label')).map(({ label, count }) => `${label} ${count}`);

class NotThere extends Error {}
const missing = () => new NotThere();

describeOnEachDatabase('last writes of a unit', (fresh) => {
  let database: Database;
  let add: Statement;
  let raise: Statement;
  const log: string[] = [];
  let fault: { readonly at: RegExp; readonly error: Error } | undefined;

  before(async () => {
    const intercept = (sql: string, phase: string) => {
      if (phase !== 'before') return;
      log.push(sql.split(' ')[0] ?? '');
      const { at, error } = fault ?? {};
      if (!error || !at?.test(sql)) return;
      fault = undefined;
      throw error;
    };
    database = await openMigrated({ url: await fresh(), intercept, random: () => 0 });
    ({ add, raise } = statementsOf(database));
  });
  after(closeAll);
  beforeEach(async () => {
    fault = undefined;
    await database.knex('visit').del();
    log.length = 0;
  });

  it('run in their order behind all others, and are committed with them', async () => {
    const ids: number[] = [];
    const told = await database.unitOfWork(async (unit) => {
      add.runLast({ label: 'last', count: 0 }, unit, { inserted: (id) => ids.push(id) });
      raise.runLast({ label: 'last', from: 0 }, unit, { missing });
      raise.runLast({ label: 'first', from: 0 }, unit, { missing });
      add.runLast({ label: 'second of both', count: 5 }, unit, { inserted: (id) => ids.push(id) });
      await add.run({ label: 'first', count: 0 }, unit);
      return ids.length;
    });
    expect(told).to.equal(0);
    expect(await storedIn(database)).to.deep.equal(['first 1', 'last 1', 'second of both 5']);
    expect(
      await database.knex('visit').whereIn('label', ['last', 'second of both']).orderBy('id').pluck('id'),
    ).to.deep.equal(ids);
    expect(log.slice(0, 8).slice(1, 7)).to.deep.equal(['insert', 'insert', 'update', 'update', 'insert', 'COMMIT']);
  });

  it('undo the unit where one changes no row, with the error that it was given', async () => {
    const error = await refusal(() =>
      database.unitOfWork(async (unit) => {
        await add.run({ label: 'a', count: 0 }, unit);
        raise.runLast({ label: 'a', from: 0 }, unit, { missing: () => new Error('another') });
        raise.runLast({ label: 'a', from: 7 }, unit, { missing });
        add.runLast({ label: 'behind it', count: 0 }, unit);
      }),
    );
    expect(error).to.be.instanceOf(NotThere);
    expect(await storedIn(database)).to.deep.equal([]);
  });

  it('may change no row where no error was given', async () => {
    await database.unitOfWork(async (unit) => raise.runLast({ label: 'nobody', from: 0 }, unit));
    expect(await storedIn(database)).to.deep.equal([]);
  });

  it('undo the unit where one is refused, and leave the connection to the next', async () => {
    await add.run({ label: 'taken', count: 0 });
    const error = await refusal(() =>
      database.unitOfWork(async (unit) => {
        add.runLast({ label: 'new', count: 0 }, unit);
        add.runLast({ label: 'taken', count: 0 }, unit);
        raise.runLast({ label: 'taken', from: 0 }, unit);
      }),
    );
    expect(isDuplicate(error, 'visit_label')).to.equal(true);
    await add.run({ label: 'next', count: 0 });
    expect(await storedIn(database)).to.deep.equal(['next 0', 'taken 0']);
  });

  it('are run again with the unit after a deadlock, once', async () => {
    const busy = driverError(database.dialect.name === 'mysql' ? { errno: 1213 } : { code: 'SQLITE_BUSY' });
    fault = { at: /^update/, error: busy };
    const attempts: number[] = [];
    await database.unitOfWork(async (unit) => {
      attempts.push(unit.attempt);
      add.runLast({ label: `try ${unit.attempt}`, count: 0 }, unit);
      raise.runLast({ label: `try ${unit.attempt}`, from: 0 }, unit, { missing });
    });
    expect(attempts).to.deep.equal([1, 2]);
    expect(await storedIn(database)).to.deep.equal(['try 2 1']);
  });

  it('are forgotten where the unit throws, and take none after its end', async () => {
    let late = () => {};
    await refusal(() =>
      database.unitOfWork(async (unit) => {
        add.runLast({ label: 'forgotten', count: 0 }, unit);
        throw new Error('not done');
      }),
    );
    await database.unitOfWork(async (unit) => {
      late = () => add.runLast({ label: 'late', count: 0 }, unit);
    });
    expect(late).to.throw(TypeError, 'The unit has ended');
    expect(await storedIn(database)).to.deep.equal([]);
  });

  it('of a unit inside another transaction are its own: what refuses them undoes no more', async () => {
    const refused: unknown[] = [];
    await database.oneTransaction(
      async () => {
        await add.run({ label: 'around', count: 0 });
        const inner = (from: number) =>
          database.unitOfWork(async (unit) => {
            await add.run({ label: `inner ${from}`, count: 0 }, unit);
            raise.runLast({ label: 'around', from }, unit, { missing });
          });
        await inner(3).catch((error) => refused.push(error));
        const thrown = database.unitOfWork(async (unit) => {
          add.runLast({ label: 'forgotten', count: 0 }, unit);
          throw new Error('not done');
        });
        await thrown.catch((error) => refused.push(error));
        await inner(0);
      },
      async (unit) => raise.runLast({ label: 'around', from: 1 }, unit, { missing }),
    );
    expect(refused).to.have.length(2);
    expect(refused[0]).to.be.instanceOf(NotThere);
    expect(await storedIn(database)).to.deep.equal(['around 2', 'inner 0 0']);
  });
});

describeOnDatabase('MariaDB', 'last writes and their COMMIT', (fresh) => {
  let proxy: TcpProxy;
  let database: Database;
  let other: Database;
  before(async () => {
    const url = await fresh();
    proxy = await startTcpProxy(url);
    other = await openMigrated({ url });
    database = await openMigrated({ url: proxy.url, poolSize: 1 });
  });
  after(async () => {
    await closeAll();
    await proxy.close();
  });
  beforeEach(() => other.knex('visit').del());

  it('are one round trip with the COMMIT, and with what was sent in their turn', async () => {
    const { add, raise } = statementsOf(database);
    const unitOf = (label: string, alone: boolean) =>
      database.unitOfWork(async (unit) => {
        if (!alone) await add.run({ label: `${label} at first`, count: 0 }, unit);
        add.runLast({ label, count: 0 }, unit);
        raise.runLast({ label, from: 0 }, unit, { missing });
      });
    for (const alone of [true, false]) await unitOf(`prepares ${alone}`, alone);
    for (const [alone, trips] of [
      [true, 1],
      [false, 2],
    ] as const) {
      const before = proxy.roundTrips;
      await unitOf(`measured ${alone}`, alone);
      expect(proxy.roundTrips - before).to.equal(trips);
    }
    expect(await storedIn(other))
      .to.include('measured true 1')
      .and.include('measured false 1');
  });

  it('are blocks of the same length, however many they are', async () => {
    const { add } = statementsOf(database);
    const label = (at: number) => `of many ${String(at).padStart(2, '0')}`;
    const labels = Array.from({ length: 40 }, (_, at) => label(at));
    const ids = new Map<string, number>();
    const prepared = async () => {
      const [rows] = await other.knex.raw("show global status like 'Prepared_stmt_count'");
      return Number(rows[0].Value);
    };
    const lasting = async (count: number) =>
      database.unitOfWork(async (unit) => {
        for (const each of labels.slice(0, count)) {
          add.runLast({ label: each, count: 0 }, unit, { inserted: (id) => ids.set(each, id) });
        }
      });
    await lasting(20);
    await other.knex('visit').del();
    const before = await prepared();
    await lasting(40);
    expect(await prepared()).to.equal(before);
    const rows: { id: number; label: string }[] = await other.knex('visit').select('id', 'label').orderBy('id');
    expect(rows.map((row) => row.label)).to.deep.equal(labels);
    expect(rows.map(({ id }) => id)).to.deep.equal(labels.map((each) => ids.get(each)));
  });

  it('are not committed behind a deadlock', async () => {
    const { add, raise } = statementsOf(database);
    await other.knex('visit').insert(rivalRows);
    const attempts: number[] = [];
    let rival: Awaited<ReturnType<typeof startRival>> | undefined;
    await database.unitOfWork(async (unit) => {
      attempts.push(unit.attempt);
      if (unit.attempt > 1) return;
      await raise.run({ label: 'a', from: 0 }, unit);
      rival = await startRival(other);
      raise.runLast({ label: 'b', from: 0 }, unit);
      add.runLast({ label: 'behind the deadlock', count: 0 }, unit);
    });
    await rival?.ended;
    expect(attempts).to.deep.equal([1, 2]);
    expect(await storedIn(other)).to.deep.equal(['a 10', 'b 10', 'heavy 1 10', 'heavy 2 10', 'heavy 3 10']);
  });

  it('have an unknown outcome where the connection is lost meanwhile', async () => {
    const { add } = statementsOf(database);
    const error = await refusal(() =>
      database.unitOfWork(async (unit) => {
        const [row] = await database.query<{ id: number }>(database.knex.raw('select connection_id() as id'), unit);
        await other.knex.raw(`kill ${row?.id}`);
        add.runLast({ label: 'lost', count: 0 }, unit);
      }),
    );
    expect(isOutcomeUnknown(error)).to.equal(true);
    expect(await storedIn(other)).to.deep.equal([]);
  });

  it('are a block where every statement can be prepared', () => {
    const versions = ['10.6.2-MariaDB', '10.11.6-MariaDB-0+deb12u1', '11.4.1-MariaDB', '5.5.5-10.6.18-MariaDB-log'];
    expect(versions.filter((version) => !takesBlocks(version))).to.deep.equal([]);
    const older = ['10.6.1-MariaDB', '10.5.26-MariaDB', '8.0.34', '8.4.0-commercial', ''];
    expect(older.filter((version) => takesBlocks(version))).to.deep.equal([]);
  });
});
