/**
 * A database whose line dies in silence: no reset, no error, only no answer. Nothing waits without end, nothing is done
 * twice, and all is well again soon after new connections work.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPalestraError } from '@palestra/core';
import { testDatabases } from '@palestra/server/testing';
import { expect } from 'chai';
import { isOutcomeUnknown } from '../../src/database/errors.js';
import { type TimeLimits, timeLimits } from '../../src/database/time-limits.js';
import type { Database, Statement, Unit } from '../../src/database/types.js';
import { closeAll, open, openMigrated } from './fixture.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

const long = process.env.PALESTRA_TEST_LONG === 'on';

/** A tenth of the real ones, which the long form has. */
const scale = long ? 1 : 0.1;
const limits = Object.fromEntries(
  Object.entries(timeLimits).map(([name, ms]: [string, number]) => [name, ms * scale]),
) as unknown as TimeLimits;

/** In the short form the limits are so short that a busy machine takes longer than they do. */
const slackMs = long ? 2_000 : 6_000;

const poolSize = 3;

const [, mariadb] = testDatabases();
const describeWhereIs = mariadb?.missing ? describe.skip : describe;

describeWhereIs(`a silent database${mariadb?.missing ? ` (${mariadb.missing})` : ''}`, function () {
  this.timeout(long ? 180_000 : 30_000);
  let direct: Database;
  let database: Database;
  let proxy: TcpProxy;
  let insert: Statement;
  let read: Statement<{ n: number }>;

  beforeEach(async () => {
    const url = (await mariadb?.fresh()) ?? '';
    direct = await openMigrated({ url });
    proxy = await startTcpProxy(url);
    database = await open({ url: proxy.url, poolSize, timeLimits: limits });
    insert = database.statement((knex, parameter) => knex('visit').insert(parameter.each(['label'])));
    read = database.statement<{ n: number }>((knex) => knex('visit').count({ n: '*' }));
  });
  afterEach(async () => {
    await closeAll();
    await proxy.close();
  });

  interface Ended {
    readonly ms: number;
    readonly error: unknown;
  }

  async function endOf(action: () => Promise<unknown>): Promise<Ended> {
    const begun = performance.now();
    const error = await action().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { ms: performance.now() - begun, error };
  }

  const codeOf = (error: unknown) => (isPalestraError(error) ? error.fact.code : error);

  async function openWith(own: TimeLimits) {
    const opened = await open({ url: proxy.url, poolSize, timeLimits: own });
    const query = opened.statement((knex) => knex('visit').count({ n: '*' }));
    /** Has every place of the pool filled. */
    const connectAll = async () => {
      let arrived = 0;
      const all = async (unit: Unit) => {
        arrived += 1;
        while (arrived < poolSize) await sleep(5);
        await query.all({}, unit);
      };
      await Promise.all(Array.from({ length: poolSize }, () => opened.unitOfWork(all)));
    };
    return { database: opened, read: query, connectAll };
  }

  it('refuses a transaction that cannot begin, in time', async () => {
    await insert.run({ label: 'before' });
    proxy.swallow();
    const { ms, error } = await endOf(() => database.unitOfWork((unit) => insert.run({ label: 'x' }, unit)));
    expect(codeOf(error)).to.equal('unavailable');
    // MariaDB's connections send no BEGIN: the transaction begins with its first statement.
    expect(ms).to.be.below(limits.statement + limits.acquire + slackMs);
  });

  it('refuses a query that is not prepared yet, in time', async () => {
    await insert.run({ label: 'before' });
    proxy.swallow();
    const { ms, error } = await endOf(() => read.all());
    expect(codeOf(error)).to.equal('unavailable');
    expect(ms).to.be.below(limits.statement + limits.acquire + slackMs);
  });

  it('does not know the outcome of a COMMIT without an answer, nor of a single write', async () => {
    await insert.run({ label: 'before' });
    const [unit, single] = await Promise.all([
      endOf(() =>
        database.unitOfWork(async (unit) => {
          await insert.run({ label: 'in a unit' }, unit);
          await sleep(50);
          proxy.swallow();
        }),
      ),
      endOf(async () => {
        await sleep(100);
        await insert.run({ label: 'alone' });
      }),
    ]);
    expect(isOutcomeUnknown(unit.error), String(unit.error)).to.equal(true);
    expect(unit.ms).to.be.below(limits.statement + slackMs);
    expect(isOutcomeUnknown(single.error) || codeOf(single.error) === 'unavailable', String(single.error)).to.equal(
      true,
    );
    proxy.heal();
    await insert.run({ label: 'after' });
    expect(await direct.knex('visit').where('label', 'after')).to.have.length(1);
  });

  /** Answers of `count` queries, begun now and repeated until each has one; they end with `until`. */
  async function answersBefore(until: Promise<unknown>, count: number, over: Statement): Promise<number> {
    let answered = 0;
    let ended = false;
    void until.then(() => {
      ended = true;
    });
    const ask = async () => {
      while (!ended && (await endOf(() => over.all())).error !== undefined);
      if (!ended) answered += 1;
    };
    await Promise.race([Promise.all(Array.from({ length: count }, ask)), until]);
    return answered;
  }

  it('frees the places of connections that are silent, before their statements are lost', async () => {
    const patient = await openWith({ ...limits, statement: limits.statement * 4 });
    await patient.connectAll();
    proxy.swallow();
    const lost = Promise.race([1, 2, 3].map(() => endOf(() => patient.read.all())));
    await sleep(limits.silence * 0.3);
    proxy.heal();
    expect(await answersBefore(lost, 6, patient.read)).to.equal(6);
    await patient.database.close();
  });

  it('hands out no idle connection that is as old as a silent one', async () => {
    const patient = await openWith({ ...limits, statement: limits.statement * 4, trusted: 60_000 });
    await patient.connectAll();
    proxy.swallow();
    const lost = endOf(() => patient.read.all());
    await sleep(limits.silence * 1.2);
    proxy.heal();
    expect(await answersBefore(lost, 6, patient.read)).to.equal(6);
    await patient.database.close();
  });

  it('asks an idle connection before it is used, where it was not heard of for long', async () => {
    await insert.run({ label: 'before' });
    await sleep(limits.trusted + 50);
    proxy.swallow();
    proxy.heal();
    const { ms, error } = await endOf(() => insert.run({ label: 'after' }));
    expect(error).to.equal(undefined);
    expect(ms).to.be.below(limits.ping + limits.connect + slackMs);
  });

  it('closes, whatever is under way', async () => {
    const patient = await openWith({ ...limits, statement: 30_000 });
    await patient.read.all();
    proxy.swallow();
    const pending = endOf(() => patient.read.all());
    const { ms } = await endOf(() => patient.database.close());
    expect(ms).to.be.below(5_000);
    expect((await pending).error).to.be.instanceOf(Error);
  });

  it('has its session end a transaction whose client is gone', async () => {
    const rows = await database.unitOfWork((unit) =>
      database.query<{ seconds: number }>(database.knex.raw('SELECT @@idle_transaction_timeout AS seconds'), unit),
    );
    expect(rows).to.deep.equal([{ seconds: 15 }]);
  });

  if (!long) return;

  it('frees the rows that a dead transaction had locked, within 20 s', async () => {
    await insert.run({ label: 'locked' });
    const touch = (value: number) => direct.knex('visit').where({ label: 'locked' }).update({ count: value });
    const dead = endOf(() =>
      database.unitOfWork(async (unit) => {
        await database.write(database.knex('visit').where({ label: 'locked' }).update({ count: 1 }), unit);
        proxy.swallow();
        await read.all({}, unit);
      }),
    );
    await sleep(1_000);
    const begun = performance.now();
    for (;;) {
      const { error } = await endOf(async () => touch(2));
      if (error === undefined) break;
      expect(performance.now() - begun).to.be.below(20_000);
    }
    await dead;
  });
});
