/** A knex handed over keeps its own settings and its own life, and ours keep their guarantees. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPalestraError } from '@palestra/core';
import { describeOnDatabase, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import knexModule, { type Knex } from 'knex';
import { openDatabase } from '../../src/database/connect.js';
import { databaseFault } from '../../src/database/errors.js';
import { migrate } from '../../src/database/migrate.js';
import type { Database } from '../../src/database/types.js';

const migrations = [
  {
    name: 'counter',
    createTable: {
      table: 'counter',
      columns: { name: { type: 'ascii', length: 32 }, value: { type: 'integer' } },
      primaryKey: ['name'],
    },
  },
] as const;

function knexFor(url: string, pool?: Knex.PoolConfig): Knex {
  const sqlite = url.startsWith('sqlite:');
  return knexModule.knex({
    client: sqlite ? 'better-sqlite3' : 'mysql2',
    connection: sqlite ? { filename: url.slice('sqlite:'.length) } : url,
    useNullAsDefault: true,
    ...(pool && { pool }),
  });
}

describeOnEachDatabase('a knex handed over', (fresh, name) => {
  let app: Knex;
  let database: Database;

  beforeEach(async () => {
    app = knexFor(await fresh());
    await app.schema.createTable('own', (table) => table.increments('id'));
    database = await openDatabase({ knex: app });
    await migrate(database, [{ plugin: 'test', migrations }]);
  });
  afterEach(async () => {
    await database.close();
    await app.destroy();
  });

  (name === 'SQLite' ? it : it.skip)('says that the app has closed it', async () => {
    await app.destroy();
    const refused = await database.unitOfWork(async () => expect.fail('it is closed')).catch((error: unknown) => error);
    expect(isPalestraError(refused) && databaseFault(refused.cause)).to.deep.equal({ kind: 'closed' });
  });

  it('is the same database', async () => {
    await database.unitOfWork((unit) => database.write(database.knex('counter').insert({ name: 'a', value: 1 }), unit));
    expect(await app('counter').select('name', 'value')).to.deep.equal([{ name: 'a', value: 1 }]);
  });

  it('commits rows of the app with ours, or neither', async () => {
    const both = (fail: boolean) =>
      database.unitOfWork(async (unit) => {
        await database.write(database.knex('counter').insert({ name: String(fail), value: 1 }), unit);
        await database.write(app('own').insert({}), unit);
        if (fail) throw new Error('on purpose');
      });
    await both(false);
    const failure = await both(true).catch((error: Error) => error.message);
    expect(failure).to.equal('on purpose');
    expect(await app('own').select('id')).to.have.length(1);
    expect(await app('counter').select('name')).to.deep.equal([{ name: 'false' }]);
  });

  it('lets units and writes of the app take turns without losing one', async () => {
    await app('counter').insert({ name: 'shared', value: 0 });
    const add = () =>
      database.unitOfWork(async (unit) => {
        await database.write(database.knex('counter').where({ name: 'shared' }).increment('value'), unit);
        await sleep(2);
      });
    const began = performance.now();
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        at % 2 ? add() : app('counter').where({ name: 'shared' }).increment('value'),
      ),
    );
    expect(await app('counter').select('value')).to.deep.equal([{ value: 20 }]);
    expect(performance.now() - began, 'a wait inside the driver').to.be.lessThan(4000);
  });

  it('keeps the settings of its own connections', async () => {
    const settings = () =>
      name === 'SQLite'
        ? Promise.all(['synchronous', 'foreign_keys', 'busy_timeout'].map((each) => app.raw(`PRAGMA ${each}`)))
        : app.raw('SELECT @@sql_mode AS m, @@time_zone AS z, @@innodb_lock_wait_timeout AS w').then(([rows]) => rows);
    const before = await settings();
    await database.unitOfWork((unit) => database.write(database.knex('counter').insert({ name: 'a', value: 1 }), unit));
    expect(await settings()).to.deep.equal(before);
  });

  it('stays open when ours is closed', async () => {
    await database.close();
    expect(await app('counter').select('name')).to.deep.equal([]);
    database = await openDatabase({ knex: app });
  });
});

describe('a knex that cannot be handed over', () => {
  const faults: readonly (readonly [string, Knex.Config, string])[] = [
    ['in memory', { client: 'better-sqlite3', connection: { filename: ':memory:' } }, 'SQLite needs a file'],
    [
      'with two writers',
      { client: 'better-sqlite3', connection: { filename: '/nonexistent/x.db' }, pool: { min: 0, max: 2 } },
      'SQLite has one writer',
    ],
    ['for another database', { client: 'pg' }, 'A knex for pg cannot be used'],
  ];
  for (const [title, config, message] of faults) {
    it(`is refused ${title}`, async () => {
      const app = knexModule.knex({ useNullAsDefault: true, ...config });
      const refusal = await openDatabase({ knex: app }).catch((error: Error) => error.message);
      await app.destroy();
      expect(refusal).to.contain(message);
    });
  }
});

describeOnDatabase('MariaDB', 'credentials that a function gives', (fresh) => {
  it('are asked for when connections are made', async () => {
    const url = new URL(await fresh());
    let asked = 0;
    const app = knexModule.knex({
      client: 'mysql2',
      connection: async () => {
        asked += 1;
        return { host: url.hostname, port: Number(url.port), user: url.username, database: url.pathname.slice(1) };
      },
    });
    const database = await openDatabase({ knex: app });
    expect(await database.ping()).to.equal(true);
    expect(asked).to.equal(1);
    await database.close();
    await app.destroy();
  });
});
