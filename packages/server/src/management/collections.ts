/** The collections, named after their tables: how many rows each has, what goes with them, and how one is emptied. */
import { type Call, catalogue, PalestraError, type RowRemover, resourceNotFound } from '@palestra/core';
import type { Logger } from 'pino';
import type { Database, Unit } from '../database/types.js';
import type { SetUpResource } from '../plugin/host-part.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { type Block, type CollectionTables, type Link, readCollectionTables } from './collection-tables.js';
import { createEmptying, type EmptiedBatch } from './emptying.js';

interface ListedCollection {
  readonly name: string;
  readonly count: number;
  /** Tables whose rows go when it is emptied. */
  readonly dependants: string[];
}

export interface Collections {
  list(): Promise<ListedCollection[]>;
  /**
   * Deletes the rows that there are, with what belongs to them, a batch in each transaction: see `emptying.ts`. `conclude`
   * writes last in each of them. How many were deleted.
   * @throws PalestraError 404 for an unknown name, 409 naming what still refers to it or must not be deleted, 503 where
   * the host stops in between
   */
  empty(name: string, call: Call, conclude: (batch: EmptiedBatch, unit: Unit) => Promise<void>): Promise<number>;
  /** Ends what is being emptied after its current batch. */
  stop(): void;
}

export interface CollectionsOptions {
  readonly database: Database;
  readonly log: Pick<Logger, 'info'>;
  readonly plugins: readonly AnyPlugin[];
  /** Those that plugins have set up, the last of them when the collections are asked for. */
  readonly resources: readonly SetUpResource[];
  /** By table, of what is not a resource. */
  readonly removers: ReadonlyMap<string, RowRemover>;
}

export function createCollections(options: CollectionsOptions): Collections {
  const { database, plugins, resources, removers } = options;
  const tables = readCollectionTables(plugins);
  const emptying = createEmptying({ ...options, tables });

  function names(): string[] {
    return [...new Set([...resources.map(({ facts }) => facts.table), ...tables.declared])].sort();
  }

  async function countOf(table: string): Promise<number> {
    const [row] = await database.knex(table).count({ rows: '*' });
    return Number(row?.rows ?? 0);
  }

  return {
    list: () =>
      Promise.all(
        names().map(async (name) => ({
          name,
          count: await countOf(name),
          dependants: tables.dependantsOf(name),
        })),
      ),

    async empty(name, call, conclude) {
      if (!names().includes(name)) throw resourceNotFound('Collection', name);
      const of = resources.filter(({ facts }) => facts.table === name);
      if (of.some(({ facts }) => facts.lasting)) throw conflict(lasting(name));
      const remove = of.find((each) => each.remove)?.remove ?? removers.get(name);
      // Known before anything is deleted, where it can be.
      const reason = await database.unitOfWork((unit) => obstacle({ database, tables, unit }, name));
      if (reason !== undefined) throw conflict(remedied(reason, names()));
      return emptying.empty({
        name,
        remove: remove && ((id) => remove(id, call)),
        conclude,
        obstacle: async (unit, ids) => {
          const found = await obstacle({ database, tables, unit }, name, ids);
          return found && conflict(remedied(found, names()));
        },
      });
    },

    stop: emptying.stop,
  };
}

interface Looking {
  readonly database: Database;
  readonly tables: CollectionTables;
  readonly unit: Unit;
}

/** Rows that keep others. */
type Obstacle = { readonly rows: number; readonly name: string } & (
  | { readonly block: Block }
  | { readonly link: Link }
);

/** What keeps the collection, or the rows of it with these ids; undefined if nothing does. */
async function obstacle(
  { database, tables, unit }: Looking,
  name: string,
  ids?: readonly number[],
): Promise<Obstacle | undefined> {
  const { knex } = database;
  const count = async (query: ReturnType<typeof knex>) => {
    const [row] = await database.query<{ rows: number }>(query, unit);
    return Number(row?.rows ?? 0);
  };
  for (const block of tables.blocksOf(name)) {
    const blocking = knex(block.table)
      .count({ rows: '*' })
      .whereIn(block.column, [...block.values]);
    const rows = await count(ids ? blocking.whereIn(block.owner, [...ids]) : blocking);
    if (rows > 0) return { rows, name, block };
  }
  for (const link of tables.referrersTo(name)) {
    const referring = knex(link.table).count({ rows: link.column });
    const rows = await count(ids ? referring.whereIn(link.column, [...ids]) : referring);
    if (rows > 0) return { rows, name, link };
  }
  return undefined;
}

function remedied(found: Obstacle, collections: readonly string[]): string {
  const { rows, name } = found;
  if ('block' in found) {
    const { table, values, because } = found.block;
    return `${rows} of ${table} ${rows === 1 ? 'is' : 'are'} ${values.join(' or ')}. ${because}`;
  }
  const { table } = found.link;
  const remedy = collections.includes(table)
    ? `Empty ${table} first.`
    : 'They belong to a part of the server that has to let them go first.';
  return `${rows} of ${table} refer to ${name}. ${remedy}`;
}

function lasting(name: string): string {
  return name === 'account'
    ? 'Accounts are deleted one by one: DELETE /api/admin/user/{id}.'
    : `${name} is not emptied by itself: its rows go with what they belong to.`;
}

function conflict(message: string): PalestraError {
  return new PalestraError(catalogue.conflict, message);
}
