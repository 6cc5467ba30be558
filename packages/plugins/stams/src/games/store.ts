/** Games in the database; every change raises the revision of the whole catalogue, in its transaction. */
import { catalogue, PalestraError, parseId } from '@palestra/core';
import type { Database, Row, Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import type { GameParts } from './config.js';

export type Game = components['schemas']['Game'];

export interface Games {
  revision(): Promise<number>;
  /** By id. */
  all(): Promise<Game[]>;
  /** @throws PalestraError 404, as every method with an id */
  get(id: string): Promise<Game>;
  create(parts: Required<GameParts>): Promise<Game>;
  update(id: string, parts: GameParts): Promise<Game>;
  remove(id: string): Promise<void>;
}

/** `changed` is called after each commit. */
export function createGames(database: Database, changed: () => void): Games {
  const { knex } = database;
  const revision = database.statement<{ revision: number }>(() =>
    knex('game_catalogue').select('revision').where({ id: 1 }),
  );
  const raise = database.statement(() =>
    knex('game_catalogue')
      .where({ id: 1 })
      .update({ revision: knex.raw('revision + 1') }),
  );
  const all = database.statement(() => knex('game').select('*').orderBy('id'));
  const byId = database.statement((_, parameter) =>
    knex('game')
      .select('*')
      .where({ id: parameter('id') }),
  );
  const insert = database.statement((_, parameter) =>
    knex('game').insert({ name: parameter('name'), config: parameter('config') }),
  );
  const update = database.statement((_, parameter) =>
    knex('game')
      .where({ id: parameter('id') })
      .update({ name: parameter('name'), config: parameter('config') }),
  );
  const remove = database.statement((_, parameter) =>
    knex('game')
      .where({ id: parameter('id') })
      .delete(),
  );

  async function find(id: string, unit?: Unit): Promise<Game> {
    const number = parseId(id);
    const row = number === undefined ? undefined : await byId.first({ id: number }, unit);
    if (!row) throw new PalestraError(catalogue.resourceNotFound, 'Game not found');
    return toGame(row);
  }

  /** The revision is raised first: its row keeps two changes from happening at once. */
  const change = <Result>(work: (unit: Unit) => Promise<Result>): Promise<Result> =>
    database.unitOfWork(async (unit) => {
      await raise.run({}, unit);
      const result = await work(unit);
      unit.afterCommit(changed);
      return result;
    });

  return {
    revision: async () => (await revision.first())?.revision ?? 0,
    all: async () => (await all.all()).map(toGame),
    get: (id) => find(id),
    create: ({ name, config }) =>
      change(async (unit) => {
        const { insertedId } = await insert.run({ name, config: JSON.stringify(config) }, unit);
        return { game_id: insertedId, name, config };
      }),
    update: (id, parts) =>
      change(async (unit) => {
        const game = { ...(await find(id, unit)), ...parts };
        const { game_id, name, config } = game;
        await update.run({ id: game_id, name, config: JSON.stringify(config) }, unit);
        return game;
      }),
    remove: (id) =>
      change(async (unit) => {
        await remove.run({ id: (await find(id, unit)).game_id }, unit);
      }),
  };
}

function toGame({ id, name, config }: Row): Game {
  return { game_id: Number(id), name: String(name), config: JSON.parse(String(config)) };
}
