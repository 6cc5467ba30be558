/** Transactions of SQLite that arrive together share one COMMIT; each is still its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPalestraError } from '@palestra/core';
import { expect } from 'chai';
import { programOf } from '../../../../scripts/testing/program.js';
import type { CommitTimes } from '../../src/database/commit-times.js';
import { openDatabase } from '../../src/database/connect.js';
import { databaseFault, isOutcomeUnknown } from '../../src/database/errors.js';
import { migrate } from '../../src/database/migrate.js';
import type { Database, Unit } from '../../src/database/types.js';
import { testDatabases } from '../../src/testing/databases.js';
import { closeAll, openMigrated } from './fixture.js';

const [sqlite] = testDatabases();

/** On a busy machine too, those that arrive together are gathered for one COMMIT. */
const patient: CommitTimes = { gather: 1_000, setAside: 50 };

describe('writes of SQLite that arrive together', () => {
  let database: Database;
  const seen: string[] = [];
  /** The statement that fails once: the first that begins so, or the one at this place among them. */
  let failing: { readonly sql: string; at?: number; readonly error: Error } | undefined;

  before(async () => {
    database = await openDatabase({
      url: (await sqlite?.fresh()) ?? '',
      commitTimes: patient,
      intercept: (sql, phase) => {
        if (phase === 'before') seen.push(sql);
        if (phase === 'before' && failing && sql.startsWith(failing.sql)) {
          const { error, at = 1 } = failing;
          failing.at = at - 1;
          if (at > 1) return;
          failing = undefined;
          throw error;
        }
      },
    });
    const columns = { id: { type: 'id' }, name: { type: 'text', length: 20 } } as const;
    const indexes = [{ name: 'thing_name', columns: ['name'], unique: true }] as const;
    await migrate(database, [
      { plugin: 'test', migrations: [{ name: 'thing', createTable: { table: 'thing', columns, indexes } }] },
    ]);
  });
  after(() => database.close());
  beforeEach(async () => {
    await database.knex('thing').delete();
    seen.length = 0;
  });

  const insertAll = (names: readonly string[]) => {
    const insert = database.statement((knex, parameter) => knex('thing').insert({ name: parameter('name') }));
    return Promise.allSettled(names.map((name) => insert.run({ name })));
  };
  const count = async () => (await database.knex('thing')).length;
  const commits = () => seen.filter((sql) => sql === 'COMMIT').length;

  it('share a COMMIT, and each learns its own id', async () => {
    const written = await insertAll(Array.from({ length: 100 }, (_, index) => `n${index}`));
    const ids = written.map((each) => (each.status === 'fulfilled' ? each.value.insertedId : 0));
    expect(new Set(ids).size).to.equal(100);
    expect(await count()).to.equal(100);
    expect(commits()).to.be.within(1, 10);
  });

  it('fail alone', async () => {
    const written = await insertAll(['a', 'b', 'a', 'c', 'b']);
    expect(written.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    const refused = written[2] as PromiseRejectedResult;
    expect(databaseFault(refused.reason)).to.deep.equal({ kind: 'duplicate', constraint: 'thing_name' });
    expect(await count()).to.equal(3);
  });

  it('are all tried again if one of them finds the database busy', async () => {
    failing = { sql: 'insert', at: 2, error: Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' }) };
    const written = await insertAll(['a', 'b', 'c']);
    expect(written.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(failing, 'it was busy').to.equal(undefined);
    expect(await count()).to.equal(3);
  });

  it('are all tried again if the COMMIT is refused', async () => {
    failing = { sql: 'COMMIT', error: Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' }) };
    const written = await insertAll(['a', 'b', 'c']);
    expect(written.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await count()).to.equal(3);
  });

  it('are none of them written if the disk is full', async () => {
    failing = { sql: 'COMMIT', error: Object.assign(new Error('full'), { code: 'SQLITE_FULL' }) };
    const written = await insertAll(['a', 'b', 'c']);
    expect(written.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(await count()).to.equal(0);
  });

  it('have an unknown outcome if the COMMIT is not answered, and are not tried again', async () => {
    failing = { sql: 'COMMIT', error: Object.assign(new Error('lost'), { code: 'ECONNRESET' }) };
    const written = await insertAll(['a', 'b']);
    expect(written.map((each) => each.status === 'rejected' && isOutcomeUnknown(each.reason))).to.deep.equal([
      true,
      true,
    ]);
    expect(await count()).to.equal(0);
  });

  it('do not wait for company: one alone is written at once', async () => {
    const [written] = await insertAll(['alone']);
    expect(written?.status).to.equal('fulfilled');
    expect(commits()).to.equal(0);
  });

  it('wait for a unit of work, and never fall into it', async () => {
    const insert = database.statement((knex, parameter) => knex('thing').insert({ name: parameter('name') }));
    let outside: Promise<unknown> = Promise.resolve();
    const unit = database.unitOfWork(async (unit) => {
      await insert.run({ name: 'inside' }, unit);
      outside = insertAll(['x', 'y']);
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('undo');
    });
    await unit.catch(() => undefined);
    await outside;
    const names = (await database.knex('thing').orderBy('name')).map(({ name }: { name: string }) => name);
    expect(names).to.deep.equal(['x', 'y']);
  });
});

describe('units of work of SQLite that arrive together', () => {
  let url: string;
  let database: Database;
  const seen: string[] = [];
  let failing: { readonly at: string; readonly phase: 'before' | 'after'; readonly code: string } | undefined;

  before(async () => {
    url = (await sqlite?.fresh()) ?? '';
    database = await openMigrated({
      url,
      random: () => 0,
      commitTimes: patient,
      intercept: (sql, phase) => {
        if (phase === 'before') seen.push(sql);
        if (!failing || failing.phase !== phase || !sql.startsWith(failing.at)) return;
        const { code } = failing;
        failing = undefined;
        throw Object.assign(new Error('injected'), { code });
      },
    });
  });
  after(closeAll);
  beforeEach(async () => {
    failing = undefined;
    await database.knex('visit').del();
    seen.length = 0;
  });

  const write = (label: string, unit: Unit) => database.write(database.knex('visit').insert({ label }), unit);
  const add = (label: string) => database.unitOfWork((unit) => write(label, unit));
  const labels = (unit?: Unit): Promise<string[]> => {
    const query = database.knex('visit').orderBy('label');
    return unit ? database.query<{ label: string }>(query, unit).then(labelsOf) : query.then(labelsOf);
  };
  const labelsOf = (rows: readonly { label: string }[]) => rows.map(({ label }) => label);
  const commits = () => seen.filter((sql) => sql === 'COMMIT').length;
  const statuses = (results: readonly PromiseSettledResult<unknown>[]) => results.map(({ status }) => status);
  const reasons = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
    results.map((result) => (result.status === 'rejected' ? result.reason : undefined));

  it('share a COMMIT with each other, with single writes and with requests under a key', async () => {
    const insert = database.statement((knex, parameter) => knex('visit').insert({ label: parameter('label') }));
    const keyed = (label: string) =>
      database.oneTransaction(
        () => insert.run({ label }),
        (unit) => write(`${label} concluded`, unit).then(() => undefined),
      );
    await Promise.all([add('a'), insert.run({ label: 'b' }), keyed('c'), add('d'), insert.run({ label: 'e' })]);
    expect(await labels()).to.deep.equal(['a', 'b', 'c', 'c concluded', 'd', 'e']);
    expect(commits()).to.equal(1);
  });

  it('undo a unit that fails between two others, alone, whatever of it came before', async () => {
    const mine = new Error('mine');
    const done: string[] = [];
    const results = await Promise.allSettled([
      add('before'),
      database.unitOfWork(async (unit) => {
        await write('undone', unit);
        unit.afterCommit(() => done.push('undone'));
        throw mine;
      }),
      database.unitOfWork(async (unit) => {
        unit.afterCommit(() => done.push(`after ${seen.at(-1)}`));
        await write('after', unit);
      }),
    ]);
    expect(reasons(results)).to.deep.equal([undefined, mine, undefined]);
    expect(await labels()).to.deep.equal(['after', 'before']);
    expect(done).to.deep.equal(['after COMMIT']);
    expect(commits()).to.equal(1);
  });

  describe('one of which a call passes on', () => {
    const passed = (label: string, fail: (unit: Unit) => void = () => undefined) =>
      database.passedTransaction({
        open: async () => undefined,
        async work(transaction) {
          const unit = await transaction.unit();
          await write(label, unit);
          fail(unit);
        },
        conclude: (unit) => write(`${label} concluded`, unit).then(() => undefined),
      });
    const savepoints = () => seen.filter((sql) => /^(SAVEPOINT|RELEASE)/.test(sql)).length;

    it('need no savepoints', async () => {
      await Promise.all([passed('a'), passed('b'), passed('c')]);
      expect(await labels()).to.have.length(6);
      expect([commits(), savepoints()]).to.deep.equal([1, 0]);
    });

    it('go on after a statement of it failed', async () => {
      const results = await Promise.allSettled([passed('a'), passed('a'), passed('b')]);
      expect(statuses(results)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      expect(await labels()).to.deep.equal(['a', 'a concluded', 'b', 'b concluded']);
      expect(commits()).to.equal(1);
    });

    it('are each run again where it fails after a write, and it is undone', async () => {
      const mine = new Error('mine');
      const fail = () => {
        throw mine;
      };
      const results = await Promise.allSettled([add('before'), passed('undone', fail), passed('after')]);
      expect(seen.filter((sql) => sql === 'ROLLBACK')).to.have.length(2);
      expect(reasons(results)).to.deep.equal([undefined, mine, undefined]);
      expect(await labels()).to.deep.equal(['after', 'after concluded', 'before']);
    });
  });

  it('go on after the first of them failed', async () => {
    const first = database.unitOfWork(async (unit) => {
      await write('undone', unit);
      throw new Error('mine');
    });
    expect(statuses(await Promise.allSettled([first, add('a'), add('b')]))).to.deep.equal([
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await labels()).to.deep.equal(['a', 'b']);
  });

  it('see those before them, are not seen by others, and are answered only after the COMMIT', async () => {
    const count = database.statement<{ count: number }>((knex) => knex('visit').count({ count: '*' }));
    let answered = false;
    const first = add('a').then(() => {
      answered = true;
    });
    const second = database.unitOfWork(async (unit) => {
      expect(await labels(unit)).to.deep.equal(['a']);
      expect(await count.first(), 'from outside').to.deep.equal({ count: 0 });
      await sleep(5);
      expect(answered, 'before the COMMIT').to.equal(false);
    });
    await Promise.all([first, second]);
    expect(commits()).to.equal(1);
  });

  it('are each refused where the disk is full at their COMMIT, with nothing of any written', async () => {
    failing = { at: 'COMMIT', phase: 'before', code: 'SQLITE_FULL' };
    const results = await Promise.allSettled([add('a'), add('b'), add('c')]);
    for (const reason of reasons(results)) expect(isPalestraError(reason) && reason.fact.code).to.equal('unavailable');
    expect(await labels()).to.deep.equal([]);
  });

  it('are each run again where their COMMIT finds the database busy', async () => {
    failing = { at: 'COMMIT', phase: 'before', code: 'SQLITE_BUSY' };
    await Promise.all([add('a'), add('b'), add('c')]);
    expect(failing, 'it was busy').to.equal(undefined);
    expect(await labels()).to.deep.equal(['a', 'b', 'c']);
  });

  for (const phase of ['before', 'after'] as const) {
    it(`have each an unknown outcome where the COMMIT is not answered (${phase} it took effect)`, async () => {
      failing = { at: 'COMMIT', phase, code: 'ECONNRESET' };
      const results = await Promise.allSettled([add('a'), add('b')]);
      expect(reasons(results).map(isOutcomeUnknown)).to.deep.equal([true, true]);
      expect(await labels()).to.deep.equal(phase === 'after' ? ['a', 'b'] : []);
    });
  }

  it('are not refused for the sake of what was never committed', async () => {
    failing = { at: 'COMMIT', phase: 'before', code: 'SQLITE_FULL' };
    const results = await Promise.allSettled([add('same'), add('same')]);
    expect(statuses(results), 'the second is a duplicate of nothing').to.deep.equal(['rejected', 'fulfilled']);
    expect(await labels()).to.deep.equal(['same']);
  });

  it('are refused for the sake of what was committed', async () => {
    const [, second] = await Promise.allSettled([add('same'), add('same')]);
    expect(databaseFault((second as PromiseRejectedResult).reason)?.kind).to.equal('duplicate');
    expect(commits()).to.equal(1);
  });

  it('wait for a slow one no longer than a moment: it runs again by itself', async () => {
    const attempts: number[] = [];
    let ended = false;
    const slow = (label: string) =>
      database.unitOfWork(async (unit) => {
        attempts.push(unit.attempt);
        await write(label, unit);
        await sleep(200);
        await write(`${label} too`, unit);
        ended = true;
      });
    const first = add('first').then(() => expect(ended, 'the slow one').to.equal(false));
    const slowly = slow('slow');
    await Promise.all([first, slowly, add('last')]);
    expect(attempts).to.deep.equal([1, 2]);
    expect(await labels()).to.deep.equal(['first', 'last', 'slow', 'slow too']);
  });

  it('run a slow one again though it swallows what it is refused with', async () => {
    let attempts = 0;
    const first = add('first');
    const slowly = database.unitOfWork(async (unit) => {
      attempts += 1;
      await sleep(100);
      await write(`slow ${attempts}`, unit).catch(() => undefined);
    });
    await Promise.all([first, slowly]);
    expect(await labels()).to.deep.equal(['first', 'slow 2']);
  });

  it('let a slow one take its time while no other waits behind it', async () => {
    const attempts: number[] = [];
    const slowly = database.unitOfWork(async (unit) => {
      attempts.push(unit.attempt);
      await sleep(60);
      await write('slow', unit);
    });
    await Promise.all([slowly, add('after')]);
    expect(attempts).to.deep.equal([1]);
  });

  describe('on a full disk', () => {
    const pragma = async (text: string) =>
      Number(Object.values((await database.knex.raw(`PRAGMA ${text}`))[0] ?? {})[0]);
    const huge = (unit: Unit) =>
      database.write(database.knex('visit').insert({ label: 'huge', story: 'x'.repeat(100_000) }), unit);
    beforeEach(async () => {
      await pragma(`max_page_count = ${(await pragma('page_count')) + 2}`);
    });
    afterEach(() => pragma('max_page_count = 1073741823'));

    it('are run again where SQLite has undone them for the sake of another', async () => {
      const results = await Promise.allSettled([add('a'), database.unitOfWork(huge), add('b')]);
      expect(statuses(results)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      const [, refused] = reasons(results);
      expect(isPalestraError(refused) && refused.fact.code).to.equal('unavailable');
      expect(await labels()).to.deep.equal(['a', 'b']);
    });

    it('leave nothing of one that goes on after SQLite has undone it', async () => {
      const swallowing = database.unitOfWork(async (unit) => {
        await huge(unit).catch(() => undefined);
        await write('half', unit).catch(() => undefined);
      });
      expect(statuses(await Promise.allSettled([swallowing, add('a')]))).to.deep.equal(['rejected', 'fulfilled']);
      expect(await labels()).to.deep.equal(['a']);
    });
  });

  it('do not fail with one that breaks a deferred foreign key', async () => {
    const { knex } = database;
    await knex.raw(
      'CREATE TABLE later (id INTEGER PRIMARY KEY, visit INTEGER REFERENCES visit (id) DEFERRABLE INITIALLY DEFERRED)',
    );
    const dangling = database.unitOfWork((unit) => database.write(knex('later').insert({ visit: 999 }), unit));
    const results = await Promise.allSettled([add('a'), dangling, add('b')]);
    expect(statuses(results)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(databaseFault(reasons(results)[1])?.kind).to.equal('reference');
    expect(await labels()).to.deep.equal(['a', 'b']);
  });

  it('give way to other users of the writer', async () => {
    let going = true;
    const load = Array.from({ length: 100 }, async (_, index) => {
      for (let round = 0; going && round < 1000; round++) await add(`n${index} ${round}`);
    });
    await database.knex('visit').insert({ label: 'knex' });
    going = false;
    await Promise.all(load);
    expect((await labels()).length, 'far from the end').to.be.below(50_000);
  });

  for (const phase of ['before', 'after'] as const) {
    it(`are all there or none, and none is answered, where the process is killed ${phase} their COMMIT`, async () => {
      const program = await programOf(new URL('./units-victim.ts', import.meta.url));
      const child = fork(program, [url, phase, '5'], { execArgv: [] });
      const answered: unknown[] = [];
      child.on('message', (label) => answered.push(label));
      const [, signal] = await once(child, 'exit');
      expect(signal).to.equal('SIGKILL');
      expect(answered).to.deep.equal(['first']);
      // On a busy machine those that begin too late have a COMMIT of their own, which the kill prevents.
      const kept = await labels();
      const all = ['u0', 'u1', 'u2', 'u3', 'u4'].slice(0, phase === 'after' ? (kept.length - 2) / 2 : 0);
      expect(kept).to.deep.equal(['first', ...all].flatMap((label) => [`${label}a`, `${label}b`]));
      if (phase === 'after') expect(all).not.to.deep.equal([]);
    }).timeout(20_000);
  }
});
