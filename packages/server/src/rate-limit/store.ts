/** The table of windows: each request at any instance counts once. */
import type { Database, Unit } from '../database/types.js';

export interface WindowStore {
  /** Counts one more, and returns the count. */
  hit(window: { id: string; endsAt: number }, unit: Unit): Promise<number>;
  takeBack(id: string, unit: Unit): Promise<void>;
  /** Makes a window without counting in it. */
  mark(window: { id: string; endsAt: number }, unit: Unit): Promise<void>;
  exists(id: string): Promise<boolean>;
  /** Deletes windows that ended before. */
  purge(before: number): Promise<void>;
}

const table = 'rate_window';

export function createWindowStore(database: Database): WindowStore {
  const statements = createStatements(database);
  return {
    async hit({ id, endsAt }, unit) {
      await statements.hit.run({ id, ends_at: endsAt }, unit);
      return (await statements.hits.first({ id }, unit))?.hits ?? 1;
    },
    takeBack: async (id, unit) => void (await statements.takeBack.run({ id }, unit)),
    async mark({ id, endsAt }, unit) {
      if (!(await statements.hits.first({ id }, unit))) await statements.hit.run({ id, ends_at: endsAt }, unit);
    },
    exists: async (id) => (await statements.hits.first({ id })) !== undefined,
    purge: async (before) => void (await statements.purge.run({ before })),
  };
}

function createStatements(database: Database) {
  return {
    hit: database.statement((knex, parameter) =>
      knex(table)
        .insert({ ...parameter.each(['id', 'ends_at']), hits: 1 })
        .onConflict('id')
        .merge({ hits: knex.raw(`${table}.hits + 1`) }),
    ),
    hits: database.statement<{ hits: number }>((knex, parameter) =>
      knex(table)
        .select('hits')
        .where(parameter.each(['id'])),
    ),
    takeBack: database.statement((knex, parameter) =>
      knex(table)
        .where(parameter.each(['id']))
        .where('hits', '>', 0)
        .update({ hits: knex.raw('hits - 1') }),
    ),
    purge: database.statement((knex, parameter) => knex(table).where('ends_at', '<', parameter('before')).delete()),
  };
}
