/**
 * All instances of one database have the same keys (decision D4): which are active is recorded there, and a start with
 * a folder that does not know them fails, before anybody is answered by the wrong keys.
 */
import { databaseFault } from '../database/errors.js';
import type { Database } from '../database/types.js';
import type { OpenedKeys } from '../keys/types.js';

/** @throws Error naming the purpose and both keys */
export async function assertRecordedKeys(database: Database, opened: readonly OpenedKeys[]): Promise<void> {
  const records = createRecords(database);
  for (const keys of opened) {
    const recorded = (await records.find(keys.purpose)) ?? (await records.add(keys.purpose, keys.active));
    if (recorded === keys.active) continue;
    if (!keys.kids.includes(recorded)) throw otherKeys(keys, recorded);
    // They were rotated since; an instance that has not seen it yet finds its own among the new one's retired.
    await records.replace(keys.purpose, recorded, keys.active);
  }
}

function otherKeys({ purpose, active }: OpenedKeys, recorded: string): Error {
  return new Error(
    `The keys for ${purpose} are not those that this database was served with: ${active} here, ${recorded} there. ` +
      'Give this instance the folder of the others (PALESTRA_KEYS_DIR). If those keys are lost for good, delete the ' +
      `row ${purpose} of the table active_key: whatever they made is then worth nothing.`,
  );
}

function createRecords(database: Database) {
  const find = database.statement<{ kid: string }>((knex, parameter) =>
    knex('active_key')
      .select('kid')
      .where({ purpose: parameter('purpose') }),
  );
  const add = database.statement((knex, parameter) =>
    knex('active_key').insert({ purpose: parameter('purpose'), kid: parameter('kid') }),
  );
  const replace = database.statement((knex, parameter) =>
    knex('active_key')
      .where({ purpose: parameter('purpose'), kid: parameter('from') })
      .update({ kid: parameter('to') }),
  );
  const kidOf = async (purpose: string) => (await find.first({ purpose }))?.kid;
  return {
    find: kidOf,
    /** What is recorded then, if another instance was first. */
    async add(purpose: string, kid: string): Promise<string> {
      try {
        await add.run({ purpose, kid });
        return kid;
      } catch (error) {
        if (databaseFault(error)?.kind !== 'duplicate') throw error;
        return (await kidOf(purpose)) ?? kid;
      }
    },
    replace: (purpose: string, from: string, to: string) => replace.run({ purpose, from, to }),
  };
}
