import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { insertOnce, isDuplicate } from '../../src/database/insert-once.js';
import type { Database, Statement } from '../../src/database/types.js';
import { closeAll, openMigrated } from './fixture.js';

describeOnEachDatabase('inserting once', (fresh) => {
  let database: Database;
  let insert: Statement;

  before(async () => {
    database = await openMigrated({ url: await fresh() });
    insert = database.statement((knex, parameter) => knex('visit').insert(parameter.each(['label'])));
  });
  after(closeAll);

  it('lets one of many callers insert, and tells the others that the row is there', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => insertOnce(insert, { label: 'one' })));
    expect(outcomes.filter(Boolean)).to.have.length(1);
  });

  it('leaves the transaction usable', async () => {
    const outcomes = await database.unitOfWork(async (unit) => [
      await insertOnce(insert, { label: 'two' }, unit),
      await insertOnce(insert, { label: 'two' }, unit),
      await insertOnce(insert, { label: 'three' }, unit),
    ]);
    expect(outcomes).to.deep.equal([true, false, true]);
    expect(await database.knex('visit').whereIn('label', ['two', 'three'])).to.have.length(2);
  });

  it('passes every other failure on', async () => {
    const error = await insertOnce(insert, { label: null }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
    expect(isDuplicate(error)).to.equal(false);
  });

  it('names the constraint', async () => {
    const error = await insert.run({ label: 'one' }).catch((reason: unknown) => reason);
    expect(isDuplicate(error, 'visit_label')).to.equal(true);
    expect(isDuplicate(error, 'another')).to.equal(false);
  });
});
