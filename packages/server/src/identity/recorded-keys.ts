/**
 * All instances of one database have the same keys: the database records which are active, and a start with a folder
 * that lacks them fails, before a request is answered with the wrong keys.
 */
import { insertOnce } from '../database/insert-once.js';
import type { Database } from '../database/types.js';
import type { OpenedKeys } from '../keys/types.js';

/** @throws Error naming the purpose and both keys */
export async function assertRecordedKeys(database: Database, opened: readonly OpenedKeys[]): Promise<void> {
  const records = createRecords(database);
  for (const keys of opened) {
    const recorded = await records.findOrAdd(keys.purpose, keys.active);
    if (recorded === keys.active) continue;
    if (!keys.kids.includes(recorded)) throw otherKeys(keys, recorded);
    // They were rotated since; an instance that has not seen it yet finds its own among the new one's retired.
    await records.replace(keys.purpose, recorded, keys.active);
  }
}

function otherKeys({ purpose, active }: OpenedKeys, recorded: string): Error {
  return new Error(
    `The keys for ${purpose} differ from those that this database was served with: ${active} here, ${recorded} there. ` +
      'Give this instance the keys folder of the others (PALESTRA_KEYS_DIR). If those keys are lost, delete the row ' +
      `${purpose} of the table active_key: everything that was made with them then stops working.`,
  );
}

function createRecords(database: Database) {
  const statements = {
    find: database.statement<{ kid: string }>((knex, parameter) =>
      knex('active_key')
        .select('kid')
        .where(parameter.each(['purpose'])),
    ),
    insert: database.statement((knex, parameter) => knex('active_key').insert(parameter.each(['purpose', 'kid']))),
    replace: database.statement((knex, parameter) =>
      knex('active_key')
        .where({ purpose: parameter('purpose'), kid: parameter('from') })
        .update({ kid: parameter('to') }),
    ),
  };
  const find = async (purpose: string) => (await statements.find.first({ purpose }))?.kid;
  return {
    /** What is recorded, where another instance was first. */
    async findOrAdd(purpose: string, kid: string): Promise<string> {
      const recorded = await find(purpose);
      if (recorded !== undefined || (await insertOnce(statements.insert, { purpose, kid }))) return recorded ?? kid;
      return (await find(purpose)) ?? kid;
    },
    replace: (purpose: string, from: string, to: string) => statements.replace.run({ purpose, from, to }),
  };
}
