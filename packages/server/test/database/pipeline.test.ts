/** Statements of a transaction that do not wait for each other: one round trip on MariaDB, and never half a transaction. */
import { expect } from 'chai';
import { isDuplicate } from '../../src/database/insert-once.js';
import type { Database, Statement, Unit } from '../../src/database/types.js';
import { describeOnDatabase } from '../../src/testing/databases.js';
import { closeAll, openMigrated, refusal, rivalRows, startRival } from './fixture.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

describeOnDatabase('MariaDB', 'statements sent together', (fresh) => {
  let proxy: TcpProxy;
  let database: Database;
  let other: Database;
  let add: Statement;
  let raise: Statement;
  let find: Statement<{ label: string; count: number }>;

  before(async () => {
    const url = await fresh();
    proxy = await startTcpProxy(url);
    other = await openMigrated({ url });
    // One connection: what a transaction leaves behind on it, the next user finds.
    database = await openMigrated({ url: proxy.url, poolSize: 1 });
    add = database.statement((knex, parameter) => knex('visit').insert(parameter.each(['label', 'count'])));
    raise = database.statement((knex, parameter) =>
      knex('visit')
        .where('label', parameter('label'))
        .update({ count: knex.raw('count + 1') }),
    );
    find = database.statement((knex, parameter) =>
      knex('visit').select(['label', 'count']).where('label', parameter('label')),
    );
  });
  after(async () => {
    await closeAll();
    await proxy.close();
  });
  beforeEach(() => other.knex('visit').del());

  const stored = async () =>
    (await other.knex('visit').select('label', 'count').orderBy('label')).map(
      ({ label, count }) => `${label} ${count}`,
    );

  async function roundTripsOf(work: () => Promise<unknown>): Promise<number> {
    const before = proxy.roundTrips;
    await work();
    return proxy.roundTrips - before;
  }

  const five = (label: string) => (unit: Unit) =>
    Promise.all([
      add.run({ label, count: 0 }, unit),
      raise.run({ label }, unit),
      find.first({ label }, unit),
      find.tuples({ label }, unit),
      raise.run({ label: 'nobody' }, unit),
    ]);

  it('are one round trip with the beginning of the transaction, and the COMMIT is another', async () => {
    await database.unitOfWork(five('prepares'));
    expect(await roundTripsOf(() => database.unitOfWork(five('first')))).to.equal(2);
    await find.first({ label: 'first' });
    expect(await roundTripsOf(() => database.unitOfWork(five('second')))).to.equal(2);
    expect(await roundTripsOf(() => database.unitOfWork(async () => undefined))).to.equal(0);
    expect(await stored()).to.deep.equal(['first 1', 'prepares 1', 'second 1']);
  });

  it('have each its own answer, in order, prepared or not', async () => {
    const fresh = await openMigrated({ url: proxy.url, poolSize: 1 });
    for (const label of ['not prepared', 'prepared']) {
      const [added, raised, row, tuples, none] = await fresh.unitOfWork(five(label));
      expect(added.affected).to.equal(1);
      expect(added.insertedId).to.be.greaterThan(0);
      expect([raised.affected, none.affected]).to.deep.equal([1, 0]);
      expect({ ...row }).to.deep.equal({ label, count: 1 });
      expect(tuples).to.deep.equal([[label, 1]]);
    }
  });

  it('fail by themselves, and undo the transaction they are in', async () => {
    await add.run({ label: 'taken', count: 0 });
    let results: readonly PromiseSettledResult<unknown>[] = [];
    const refused = await refusal(() =>
      database.unitOfWork(async (unit) => {
        const label = 'new';
        results = await Promise.allSettled([
          add.run({ label, count: 0 }, unit),
          add.run({ label: 'taken', count: 0 }, unit),
          add.run({ label: 'negative', count: -1 }, unit),
          raise.run({ label }, unit),
          find.first({ label }, unit),
        ]);
        throw new Error('not done');
      }),
    );
    expect((refused as Error).message).to.equal('not done');
    expect(results.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await stored()).to.deep.equal(['taken 0']);
  });

  it('are not committed behind a deadlock', async () => {
    await other.knex('visit').insert(rivalRows);
    const attempts: number[] = [];
    let rival: Awaited<ReturnType<typeof startRival>> | undefined;
    await database.unitOfWork(async (unit) => {
      attempts.push(unit.attempt);
      if (unit.attempt > 1) return;
      await raise.run({ label: 'a' }, unit);
      rival = await startRival(other);
      const results = await Promise.allSettled([
        raise.run({ label: 'b' }, unit),
        add.run({ label: 'behind the deadlock', count: 0 }, unit),
      ]);
      expect(results[0].status).to.equal('rejected');
    });
    await rival?.ended;
    expect(attempts).to.deep.equal([1, 2]);
    expect(await stored()).to.deep.equal(['a 10', 'b 10', 'heavy 1 10', 'heavy 2 10', 'heavy 3 10']);
  });

  it('leave a connection whose next write is committed by itself', async () => {
    await database.unitOfWork(five('unit'));
    await add.run({ label: 'alone', count: 0 });
    expect(await stored()).to.deep.equal(['alone 0', 'unit 1']);
    await database.unitOfWork(five('second unit'));
    await database.knex('visit').insert({ label: 'by knex', count: 0 });
    expect(await stored()).to.deep.equal(['alone 0', 'by knex 0', 'second unit 1', 'unit 1']);
    await refusal(() =>
      database.unitOfWork(async (unit) => five('undone')(unit).then(() => Promise.reject(new Error()))),
    );
    await add.run({ label: 'after it', count: 0 });
    expect(await stored())
      .to.include('after it 0')
      .and.not.include('undone 1');
  });

  it('need no SET for a few statements between two transactions', async () => {
    const settings = () =>
      database.unitOfWork(async (unit) => {
        const sql = "show session status like 'Com_set_option'";
        const [row] = await database.query<{ Value: string }>(database.knex.raw(sql), unit);
        return Number(row?.Value);
      });
    const first = await settings();
    await add.run({ label: 'between', count: 0 });
    expect(await stored()).to.deep.equal(['between 0']);
    expect(isDuplicate(await refusal(() => add.run({ label: 'between', count: 0 })))).to.equal(true);
    expect(await roundTripsOf(() => raise.run({ label: 'between' }))).to.equal(1);
    expect(await stored()).to.deep.equal(['between 1']);
    expect(await roundTripsOf(() => settings())).to.equal(2);
    expect(await settings()).to.equal(first);
    for (let time = 0; time < 4; time++) await find.first({ label: 'between' });
    expect(await settings(), 'autocommit on, and off again').to.equal(first + 2);
  });

  it('are prepared again where the driver has closed them, since it keeps 500', async () => {
    const label = 'kept';
    await add.run({ label, count: 0 });
    const numbered = (number: number) =>
      database.statement<{ number: number }>((knex, parameter) =>
        knex('visit')
          .select(knex.raw(`${number} as number`))
          .where('label', parameter('label')),
      );
    const many = Array.from({ length: 520 }, (_, number) => numbered(number));
    for (let time = 0; time < 2; time++) {
      await database.unitOfWork(async (unit) => {
        for (let from = 0; from < many.length; from += 40) {
          const found = await Promise.all(many.slice(from, from + 40).map((each) => each.first({ label }, unit)));
          expect(found.map((row) => row?.number)).to.deep.equal(found.map((_, at) => from + at));
        }
        await raise.run({ label }, unit);
      });
    }
    expect(await stored()).to.deep.equal(['kept 2']);
  });

  it('are all refused where the connection is lost', async () => {
    const lost = database.unitOfWork(async (unit) => {
      await raise.run({ label: 'a' }, unit);
      if (unit.attempt === 1) {
        const [row] = await database.query<{ id: number }>(database.knex.raw('select connection_id() as id'), unit);
        await other.knex.raw(`kill ${row?.id}`);
      }
      const results = await Promise.allSettled([
        add.run({ label: 'once', count: 0 }, unit),
        find.first({ label: 'once' }, unit),
      ]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    });
    await lost;
    expect(await stored()).to.deep.equal(['once 0']);
  });
});
