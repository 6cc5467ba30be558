/** A process of its own that adds `argv[3]` times one to the count of visit 1, reading first, without a second try. */
import { openDatabase } from '../../src/database/connect.js';

const [, , url = '', times = '0'] = process.argv;
const database = await openDatabase({ url });
const read = database.statement<{ count: number }>((knex) => knex('visit').select('count').where('id', 1));
const write = database.statement((knex, parameter) =>
  knex('visit')
    .where('id', 1)
    .update({ count: parameter('count') }),
);
for (let done = 0; done < Number(times); done++) {
  await database.unitOfWork(async (unit) => {
    if (unit.attempt > 1) throw new Error('With the write lock from the start the first try succeeds.');
    const row = await read.first({}, unit);
    await write.run({ count: (row?.count ?? Number.NaN) + 1 }, unit);
  });
}
await database.close();
