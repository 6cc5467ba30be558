/** What is read of merchandise beside the resource engine. */
import type { Database } from '@palestra/server';

export interface MerchandiseStore {
  /** Id of the gym that sells it. */
  gymOf(id: number): Promise<number | undefined>;
}

export function createStore(database: Database): MerchandiseStore {
  const gymOf = database.statement<{ gym_id: number }>((knex, parameter) =>
    knex('merchandise').select('gym_id').where('id', parameter('id')),
  );
  return {
    gymOf: async (id) => (await gymOf.first({ id }))?.gym_id,
  };
}
