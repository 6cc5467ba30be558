/** The collections, named after their tables: how many rows each has, what goes with them, and how one is emptied. */
import {
  type Call,
  catalogue,
  PalestraError,
  type RowRemover,
  resourceNotFound,
  type TableDefinition,
} from '@palestra/core';
import { databaseFault } from '../database/errors.js';
import { joinedTransaction } from '../database/joined-transaction.js';
import type { Database, Unit } from '../database/types.js';
import type { Collection } from '../plugin/collection-rules.js';
import type { SetUpResource } from '../plugin/host-part.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { createCollectionRows } from './collection-rows.js';

interface ListedCollection {
  readonly name: string;
  readonly count: number;
  /** Tables whose rows go when it is emptied. */
  readonly dependants: string[];
}

export interface Collections {
  list(): Promise<ListedCollection[]>;
  /**
   * Deletes all that is in it, and what belongs to it, in one transaction, in which `conclude` writes last; how many
   * there were.
   * @throws PalestraError 404 for an unknown name, 409 naming what still refers to it or must not be deleted
   */
  empty(name: string, call: Call, conclude: (deleted: number, unit: Unit) => Promise<void>): Promise<number>;
}

export interface CollectionsOptions {
  readonly database: Database;
  readonly plugins: readonly AnyPlugin[];
  /** Those that plugins have set up, the last of them when the collections are asked for. */
  readonly resources: readonly SetUpResource[];
  /** By table, of what is not a resource. */
  readonly removers: ReadonlyMap<string, RowRemover>;
}

export function createCollections({ database, plugins, resources, removers }: CollectionsOptions): Collections {
  const tables = plugins.flatMap(({ migrations = [] }) =>
    migrations.flatMap((migration) => ('createTable' in migration ? [migration.createTable] : [])),
  );
  const declared = plugins.flatMap(({ collections = [] }) => collections);
  const rows = createCollectionRows(database);

  function names(): string[] {
    const all = [...resources.map(({ facts }) => facts.table), ...declared.map(({ table }) => table)];
    return [...new Set(all)].sort();
  }

  /** @throws PalestraError 409 */
  async function assertEmptiable(name: string, unit: Unit): Promise<void> {
    for (const { table, column, values, because } of blocksOf(name, declared)) {
      const blocking = await rows.count(table, { column, values, unit });
      if (blocking > 0) {
        throw conflict(`${blocking} of ${table} ${blocking === 1 ? 'is' : 'are'} ${values.join(' or ')}. ${because}`);
      }
    }
    for (const { table, column } of referrersTo(name, tables, declared)) {
      const referring = await rows.countReferring(table, column, unit);
      if (referring > 0) throw conflict(`${referring} of ${table} refer to ${name}. ${remedyFor(table, names())}`);
    }
  }

  return {
    list: () =>
      Promise.all(
        names().map(async (name) => ({
          name,
          count: await rows.count(name),
          dependants: dependantsOf(name, tables, declared),
        })),
      ),

    async empty(name, call, conclude) {
      if (!names().includes(name)) throw resourceNotFound('Collection', name);
      const of = resources.filter(({ facts }) => facts.table === name);
      if (of.some(({ facts }) => facts.lasting)) throw lasting(name);
      const remove = of.find((each) => each.remove)?.remove ?? removers.get(name);
      const dependants = declared.find((each) => each.table === name)?.dependants ?? [];
      return inTransaction(database, async () => {
        const last = await database.unitOfWork(async (unit) => {
          const held = remove ? 0 : await rows.lock(name, unit);
          await assertEmptiable(name, unit);
          return held;
        });
        const counted = remove && (await rows.removeEach(name, remove, call));
        return database.unitOfWork(async (unit) => {
          const deleted =
            counted ?? (await rows.deleteUpTo(last, name, dependants, unit).catch((error) => refused(name, error)));
          await conclude(deleted, unit);
          return deleted;
        });
      });
    },
  };
}

function lasting(name: string): PalestraError {
  return conflict(
    name === 'account'
      ? 'Accounts are deleted one by one: DELETE /api/admin/user/{id}.'
      : `${name} is not emptied by itself: its rows go with what they belong to.`,
  );
}

function remedyFor(table: string, collections: readonly string[]): string {
  return collections.includes(table)
    ? `Empty ${table} first.`
    : 'They belong to a part of the server that has to let them go first.';
}

/** Under an `Idempotency-Key` the request is one transaction already. */
function inTransaction<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  return joinedTransaction() ? work() : database.oneTransaction(work, async () => {});
}

function blocksOf(name: string, declared: readonly Collection[]): NonNullable<Collection['blockedBy']> {
  return declared.find(({ table }) => table === name)?.blockedBy ?? [];
}

/** Columns that refer to the collection and keep its rows: neither cascading nor declared to go with it. */
function referrersTo(name: string, tables: readonly TableDefinition[], declared: readonly Collection[]) {
  const going = declared.find(({ table }) => table === name)?.dependants ?? [];
  return tables.flatMap(({ table, foreignKeys = [] }) =>
    foreignKeys
      .filter(({ references, onDelete = 'restrict' }) => references.table === name && onDelete === 'restrict')
      .filter(({ column }) => table !== name && !going.some((each) => each.table === table && each.column === column))
      .map(({ column }) => ({ table, column })),
  );
}

/** Declared ones, and those that cascade, whatever they take along in turn. */
function dependantsOf(name: string, tables: readonly TableDefinition[], declared: readonly Collection[]): string[] {
  const found = new Set((declared.find(({ table }) => table === name)?.dependants ?? []).map(({ table }) => table));
  for (const parent of [name, ...found]) {
    for (const { table, foreignKeys = [] } of tables) {
      const cascades = foreignKeys.some((key) => key.references.table === parent && key.onDelete === 'cascade');
      if (!cascades || table === name || found.has(table)) continue;
      found.add(table);
      for (const further of dependantsOf(table, tables, declared)) found.add(further);
    }
  }
  return [...found].sort();
}

/** A reference that no migration of a plugin declares, such as one of the embedding app. */
function refused(name: string, error: unknown): never {
  if (databaseFault(error)?.kind !== 'reference') throw error;
  throw conflict(`Rows of a table outside of Palestra refer to ${name}.`, error);
}

function conflict(message: string, cause?: unknown): PalestraError {
  return new PalestraError(catalogue.conflict, message, { cause });
}
