/** Games in the database; every change raises the revision of the whole catalogue, in its transaction. */
import { type Call, catalogue, PalestraError, parseId } from '@palestra/core';
import type { Audit, Database, Row, Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import type { GameParts } from './config.js';

export type Game = components['schemas']['Game'];

export interface Games {
  revision(): Promise<number>;
  /** By id. */
  all(): Promise<Game[]>;
  /** @throws PalestraError 404, as every method with an id */
  get(id: string): Promise<Game>;
  create(parts: Required<GameParts>, call: Call): Promise<Game>;
  update(id: string, parts: GameParts, call: Call): Promise<Game>;
  remove(id: string, call: Call): Promise<void>;
}

export interface GamesOptions {
  readonly database: Database;
  readonly audit: Audit;
  /** Called after each commit. */
  readonly changed: () => void;
}

export function createGames({ database, audit, changed }: GamesOptions): Games {
  const { revision, raise, all, byId, insert, update, remove } = composeStatements(database);

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
    create: ({ name, config }, call) =>
      change(async (unit) => {
        const { insertedId } = await insert.run({ name, config: JSON.stringify(config) }, unit);
        const game = { game_id: insertedId, name, config };
        await audit.record(unit, call, { action: 'game.create', object: `game/${insertedId}`, after: game });
        return game;
      }),
    update: (id, parts, call) =>
      change(async (unit) => {
        const before = await find(id, unit);
        const after = { ...before, ...parts };
        const { game_id, name, config } = after;
        await update.run({ id: game_id, name, config: JSON.stringify(config) }, unit);
        await audit.record(unit, call, { action: 'game.update', object: `game/${game_id}`, before, after });
        return after;
      }),
    remove: (id, call) =>
      change(async (unit) => {
        const before = await find(id, unit);
        await remove.run({ id: before.game_id }, unit);
        await audit.record(unit, call, { action: 'game.delete', object: `game/${before.game_id}`, before });
      }),
  };
}

function toGame({ id, name, config }: Row): Game {
  return { game_id: Number(id), name: String(name), config: JSON.parse(String(config)) };
}

function composeStatements(database: Database) {
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
  return { revision, raise, all, byId, insert, update, remove };
}
