/** The catalogue of games: every change of one raises its revision, in the same transaction. */
import type { Database, ResourceRules } from '@palestra/server/plugin';
import type { components, GameTypes } from '../contract.generated.js';
import { gameParts, wholeGame } from './config.js';

export type Game = components['schemas']['Game'];

export interface GameStore {
  revision(): Promise<number>;
  /** By id. */
  all(): Promise<Game[]>;
  /** `changed` is called after each commit. */
  rules(changed: () => void): ResourceRules<GameTypes>;
}

interface GameRow {
  readonly id: number;
  readonly name: string;
  readonly config: string;
}

export function createGameStore(database: Database): GameStore {
  const revision = database.statement<{ revision: number }>((knex) =>
    knex('game_catalogue').select('revision').where({ id: 1 }),
  );
  const raise = database.statement((knex) =>
    knex('game_catalogue')
      .where({ id: 1 })
      .update({ revision: knex.raw('revision + 1') }),
  );
  const all = database.statement<GameRow>((knex) => knex('game').select('id', 'name', 'config').orderBy('id'));
  return {
    revision: async () => (await revision.first())?.revision ?? 0,
    all: async () =>
      (await all.all()).map(({ id, name, config }) => ({ game_id: id, name, config: JSON.parse(config) })),
    rules: (changed) => ({
      prepare: (input, { current }) => ({ ...(current ? gameParts(input) : wholeGame(input)) }),
      async afterChange(_, { unit }) {
        await raise.run({}, unit);
        unit.afterCommit(changed);
      },
    }),
  };
}
