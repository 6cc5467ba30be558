/**
 * A process that runs units of work together, two rows each, tells its parent which were answered, and kills itself
 * around the COMMIT that they share.
 */
import { openDatabase } from '../../src/database/connect.js';

const [, , url = '', phase = '', count = '0'] = process.argv;
let armed = false;
const database = await openDatabase({
  url,
  intercept(sql, at) {
    if (armed && sql === 'COMMIT' && at === phase) process.kill(process.pid, 'SIGKILL');
  },
});
const add = async (label: string) => {
  await database.unitOfWork(async (unit) => {
    for (const half of ['a', 'b']) {
      await database.write(database.knex('visit').insert({ label: `${label}${half}` }), unit);
    }
  });
  process.send?.(label);
};
await add('first');
armed = true;
await Promise.all(Array.from({ length: Number(count) }, (_, index) => add(`u${index}`)));
