/** Faults: one kind and one constraint name, whichever database raised them. */
import { setImmediate } from 'node:timers/promises';
import { isPalestraError, unavailable } from '@palestra/core';
import { expect } from 'chai';
import { databaseFault } from '../../src/database/errors.js';
import type { Database, Row } from '../../src/database/types.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, driverError, openMigrated, refusal } from './fixture.js';

describeOnEachDatabase('faults', (fresh, name) => {
  let database: Database;
  before(async () => {
    database = await openMigrated({ url: await fresh() });
    await database.knex('visit').insert({ id: 1, label: 'a', code: 'c', ratio: 0.5 });
    await database.knex('guest').insert({ visit_id: 1, seat: 1 });
  });
  after(closeAll);

  const inserting = (table: string, row: Row) =>
    refusal(() => database.statement((knex) => knex(table).insert(row as never)).run());
  /** SQLite does not say which foreign key. */
  const foreignKey = (constraint: string) =>
    name === 'SQLite' ? { kind: 'reference' } : { kind: 'reference', constraint };

  it('names the unique index, of one column or several, and the primary key', async () => {
    const label = await inserting('visit', { label: 'a' });
    expect(databaseFault(label)).to.deep.equal({ kind: 'duplicate', constraint: 'visit_label' });
    const pair = await inserting('visit', { label: 'b', code: 'c', ratio: 0.5 });
    expect(databaseFault(pair)).to.deep.equal({ kind: 'duplicate', constraint: 'visit_code_ratio' });
    const key = await inserting('guest', { visit_id: 1, seat: 1 });
    expect(databaseFault(key)).to.deep.equal({ kind: 'duplicate', constraint: 'PRIMARY' });
    const id = await inserting('visit', { id: 1, label: 'z' });
    expect(databaseFault(id)).to.deep.equal({ kind: 'duplicate', constraint: 'PRIMARY' });
  });

  it('names the unique index inside a unit and through knex too', async () => {
    const row = { label: 'a' };
    const written = await refusal(() =>
      database.unitOfWork((unit) => database.write(database.knex('visit').insert(row), unit)),
    );
    expect(databaseFault(written)?.constraint).to.equal('visit_label');
    const direct = await refusal(async () => database.knex('visit').insert(row));
    expect(databaseFault(direct)).to.deep.equal({ kind: 'duplicate', constraint: 'visit_label' });
  });

  it('tells references from checks from values', async () => {
    expect(databaseFault(await inserting('guest', { visit_id: 99, seat: 1 }))).to.deep.equal(
      foreignKey('guest_visit_id_fk'),
    );
    const restricted = await refusal(() => database.statement((knex) => knex('visit').where('id', 1).del()).run());
    expect(databaseFault(restricted)).to.deep.equal(foreignKey('guest_visit_id_fk'));
    const check = await inserting('visit', { label: 'm', count: -1 });
    expect(databaseFault(check)).to.deep.equal({ kind: 'check', constraint: 'visit_count' });
    expect(databaseFault(await inserting('visit', { label: null }))).to.deep.equal({ kind: 'value' });
    expect(databaseFault(await inserting('visit', { label: 't', count: 'many' }))).to.deep.equal({ kind: 'value' });
  });

  it('says that this process has closed the database, also to those that wait for a connection', async () => {
    const closed = await openMigrated({ url: await fresh(), ...(name === 'MariaDB' && { poolSize: 1 }) });
    const rows = closed.statement((knex) => knex('visit').select('id'));
    const uses = [
      () => rows.all(),
      () => closed.unitOfWork((unit) => rows.all({}, unit)),
      async () => closed.knex('visit').select('id'),
    ];
    const held = await closed.knex.transaction();
    const waiting = refusal(async () => closed.knex('visit').select('id'));
    const { pool } = closed.knex.client;
    const closing = closed.close();
    while (!pool.destroyed) await setImmediate();
    const late = await refusal(async () => closed.knex('visit').select('id'));
    await held.rollback();
    await closing;
    for (const refused of [late, await waiting, ...(await Promise.all(uses.map(refusal)))]) {
      const fault = isPalestraError(refused) ? refused.cause : refused;
      expect(databaseFault(fault)).to.deep.equal({ kind: 'closed' });
    }
  });

  it('leaves bad SQL and what is no driver error undefined', async () => {
    const bad = await refusal(() => database.statement((knex) => knex('visit').select('nowhere')).all());
    expect(databaseFault(bad)).to.equal(undefined);
    for (const other of [new Error('x'), unavailable('x', 1), 'x', null, undefined, { errno: 1062 }]) {
      expect(databaseFault(other)).to.equal(undefined);
    }
  });
});

describe('the table of driver errors', () => {
  const expected = {
    retry: [
      { errno: 1213 },
      { errno: 1205 },
      { errno: 1020 },
      { errno: 1047 },
      { errno: 1180 },
      { code: 'SQLITE_BUSY' },
    ],
    connection: [{ errno: 2006 }, { errno: 1927 }, { code: 'ECONNRESET' }, { code: 'PROTOCOL_CONNECTION_LOST' }],
    full: [{ errno: 1114 }, { code: 'SQLITE_FULL' }],
    readonly: [{ errno: 1290 }, { code: 'SQLITE_READONLY' }, { code: 'SQLITE_READONLY_DBMOVED' }],
    denied: [{ errno: 1045 }, { code: 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED' }],
    damaged: [{ code: 'SQLITE_CORRUPT_INDEX' }, { code: 'SQLITE_IOERR_WRITE' }],
  };

  it('knows numbers, codes, and the codes that specialise a code', () => {
    for (const [kind, faults] of Object.entries(expected)) {
      for (const fault of faults)
        expect(databaseFault(driverError(fault)), JSON.stringify(fault)).to.deep.equal({ kind });
    }
    expect(databaseFault(driverError({ code: 'SQLITE_BUSY_SNAPSHOT' }))).to.deep.equal({ kind: 'retry' });
  });

  it('goes by the number where mysql2 gives a MariaDB error another name', () => {
    const misnamed = Object.assign(new Error('x'), { errno: 4025, code: 'ER_NOT_IN_THE_TABLE' });
    expect(databaseFault(misnamed)).to.deep.equal({ kind: 'check' });
    const network = Object.assign(new Error('x'), { errno: -104, code: 'ECONNRESET' });
    expect(databaseFault(network)).to.deep.equal({ kind: 'connection' });
  });

  it('finds the name of the constraint in the messages of MySQL 8', () => {
    const mysql8 = [
      [1062, "Duplicate entry 'it's' for key 'visit.visit_label'", 'visit_label'],
      [1062, "Duplicate entry '1' for key 'visit.PRIMARY'", 'PRIMARY'],
      [3819, "Check constraint 'visit_count' is violated.", 'visit_count'],
    ] as const;
    for (const [errno, message, constraint] of mysql8) {
      expect(databaseFault(Object.assign(new Error(message), { errno }))?.constraint).to.equal(constraint);
    }
  });
});
