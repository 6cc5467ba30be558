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

/** Rows that are read at once to be deleted one by one. */
const chunk = 500;

export function createCollections({ database, plugins, resources, removers }: CollectionsOptions): Collections {
  const { knex } = database;
  const tables = plugins.flatMap(({ migrations = [] }) =>
    migrations.flatMap((migration) => ('createTable' in migration ? [migration.createTable] : [])),
  );
  const declared = plugins.flatMap(({ collections = [] }) => collections);

  function names(): string[] {
    const all = [...resources.map(({ facts }) => facts.table), ...declared.map(({ table }) => table)];
    return [...new Set(all)].sort();
  }

  const countOf = async (unit: Unit | undefined, table: string, column?: string, values?: readonly string[]) => {
    const query = knex(table).count({ rows: '*' });
    const asked = column === undefined ? query : query.whereIn(column, [...(values ?? [])]);
    const [row] = unit ? await database.query<{ rows: number }>(asked, unit) : await asked;
    return Number(row?.rows ?? 0);
  };

  /** @throws PalestraError 409 */
  async function assertEmptiable(name: string, unit: Unit): Promise<void> {
    for (const { table, column, values, because } of blocksOf(name, declared)) {
      const rows = await countOf(unit, table, column, values);
      if (rows > 0)
        throw conflict(`${rows} of ${table} ${rows === 1 ? 'is' : 'are'} ${values.join(' or ')}. ${because}`);
    }
    for (const { table, column } of referrersTo(name, tables, declared)) {
      const [row] = await database.query<{ rows: number }>(knex(table).count({ rows: column }), unit);
      const rows = Number(row?.rows ?? 0);
      if (rows > 0) throw conflict(`${rows} of ${table} refer to ${name}. ${remedyFor(table, names())}`);
    }
  }

  /** Holds the rows that there are, so that none of them changes after it was looked at; the last of them. */
  async function lockAll(name: string, unit: Unit): Promise<number> {
    const all = knex(name).count({ rows: 'id' }).max({ last: 'id' }).forUpdate();
    const [row] = await database.query<{ last: number | null }>(all, unit);
    return Number(row?.last ?? 0);
  }

  /** Later rows were not looked at: they stay. */
  async function deleteUpTo(last: number, name: string, unit: Unit): Promise<number> {
    const rows = knex(name).where('id', '<=', last);
    for (const { table, column } of declared.find((each) => each.table === name)?.dependants ?? []) {
      await database.write(knex(table).whereIn(column, rows.clone().select('id')).delete(), unit);
    }
    return (await database.write(rows.delete(), unit)).affected;
  }

  /** By the rules of the plugin, each row. */
  async function removeEach(name: string, remove: NonNullable<SetUpResource['remove']>, call: Call): Promise<number> {
    const ids = database.statement<{ id: number }>((build) => build(name).select('id').orderBy('id').limit(chunk));
    let deleted = 0;
    for (let rows = await ids.all(); rows.length > 0; rows = await ids.all()) {
      for (const { id } of rows) await remove(id, call);
      deleted += rows.length;
    }
    return deleted;
  }

  return {
    list: () =>
      Promise.all(
        names().map(async (name) => ({
          name,
          count: await countOf(undefined, name),
          dependants: dependantsOf(name, tables, declared),
        })),
      ),

    async empty(name, call, conclude) {
      if (!names().includes(name)) throw resourceNotFound('Collection', name);
      const of = resources.filter(({ facts }) => facts.table === name);
      if (of.some(({ facts }) => facts.lasting)) {
        throw conflict(
          name === 'account'
            ? 'Accounts are deleted one by one: DELETE /api/admin/user/{id}.'
            : `${name} is not emptied by itself: its rows go with what they belong to.`,
        );
      }
      const remove = of.find((each) => each.remove)?.remove ?? removers.get(name);
      return inTransaction(database, async () => {
        const last = await database.unitOfWork(async (unit) => {
          const held = remove ? 0 : await lockAll(name, unit);
          await assertEmptiable(name, unit);
          return held;
        });
        const counted = remove && (await removeEach(name, remove, call));
        return database.unitOfWork(async (unit) => {
          const deleted = counted ?? (await deleteUpTo(last, name, unit).catch((error) => refused(name, error)));
          await conclude(deleted, unit);
          return deleted;
        });
      });
    },
  };
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
