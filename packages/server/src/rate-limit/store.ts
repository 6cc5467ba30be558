/** Fixed windows in the database: every try of every instance counts once. */
import type { Database, Unit } from '../database/types.js';

export interface WindowStore {
  /** Counts one more; how many there are then. */
  hit(window: { id: string; endsAt: number }, unit: Unit): Promise<number>;
  takeBack(id: string, unit: Unit): Promise<void>;
  /** Forgets what ended before. */
  purge(before: number): Promise<void>;
}

export function createWindowStore(database: Database): WindowStore {
  const hit = database.statement((knex, parameter) =>
    knex('rate_window')
      .insert({ id: parameter('id'), hits: 1, ends_at: parameter('ends_at') })
      .onConflict('id')
      .merge({ hits: knex.raw('rate_window.hits + 1') }),
  );
  const hits = database.statement<{ hits: number }>((knex, parameter) =>
    knex('rate_window').select('hits').where('id', parameter('id')),
  );
  const takeBack = database.statement((knex, parameter) =>
    knex('rate_window')
      .where('id', parameter('id'))
      .where('hits', '>', 0)
      .update({ hits: knex.raw('hits - 1') }),
  );
  const purge = database.statement((knex, parameter) =>
    knex('rate_window').where('ends_at', '<', parameter('before')).delete(),
  );
  return {
    async hit({ id, endsAt }, unit) {
      await hit.run({ id, ends_at: endsAt }, unit);
      return (await hits.first({ id }, unit))?.hits ?? 1;
    },
    takeBack: async (id, unit) => void (await takeBack.run({ id }, unit)),
    purge: async (before) => void (await purge.run({ before })),
  };
}
