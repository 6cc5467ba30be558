/** Writes of SQLite that arrive together share one COMMIT; each is still its own. */
import { expect } from 'chai';
import { openDatabase } from '../../src/database/connect.js';
import { databaseFault } from '../../src/database/errors.js';
import { migrate } from '../../src/database/migrate.js';
import type { Database } from '../../src/database/types.js';
import { testDatabases } from '../../src/testing/databases.js';

const [sqlite] = testDatabases();

describe('writes of SQLite that arrive together', () => {
  let database: Database;
  const seen: string[] = [];
  /** The statement that fails once: the first that begins so, or the one at this place among them. */
  let failing: { readonly sql: string; at?: number; readonly error: Error } | undefined;

  before(async () => {
    database = await openDatabase({
      url: (await sqlite?.fresh()) ?? '',
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
