/** What the tables of the plugins say of a collection: which rows go with it, and which keep it. */
import type { TableDefinition } from '@palestra/core';
import type { Collection } from '../plugin/collection-rules.js';
import type { AnyPlugin } from '../plugin/plugin.js';

/** A column whose rows belong to the collection, or refer to it. */
export interface Link {
  readonly table: string;
  readonly column: string;
}

/** Rows that must not be deleted. */
export interface Block extends Link {
  readonly values: readonly string[];
  readonly because: string;
  /** Names the row of the collection: `id` in its own table. */
  readonly owner: string;
}

export interface CollectionTables {
  /** Collections that plugins declare beside their resources. */
  readonly declared: readonly string[];
  /** Every table whose rows go along, by name: declared ones, and those that cascade, whatever they take in turn. */
  dependantsOf(name: string): string[];
  /** Rows that are deleted before those of the collection, in this order. */
  deletedFirst(name: string): readonly Link[];
  /** Columns that refer to the collection and keep its rows: neither cascading nor declared to go with it. */
  referrersTo(name: string): readonly Link[];
  blocksOf(name: string): readonly Block[];
}

/** @throws Error for a `blockedBy` of a table that has nothing to do with its collection */
export function readCollectionTables(plugins: readonly AnyPlugin[]): CollectionTables {
  const tables = plugins.flatMap(({ migrations = [] }) =>
    migrations.flatMap((migration) => ('createTable' in migration ? [migration.createTable] : [])),
  );
  const declared = new Map(plugins.flatMap(({ collections = [] }) => collections).map((each) => [each.table, each]));
  const blocks = new Map([...declared].map(([name, collection]) => [name, blocksIn(collection)]));
  const deletedFirst = (name: string) => declared.get(name)?.dependants ?? [];
  return {
    declared: [...declared.keys()],
    deletedFirst,
    dependantsOf: (name) => dependantsIn(tables, name, deletedFirst(name)),
    referrersTo: (name) => referrersIn(tables, name, deletedFirst(name)),
    blocksOf: (name) => blocks.get(name) ?? [],
  };
}

function blocksIn({ table: name, dependants = [], blockedBy = [] }: Collection): Block[] {
  return blockedBy.map((block) => {
    const owner = block.table === name ? 'id' : dependants.find(({ table }) => table === block.table)?.column;
    if (owner === undefined) {
      throw new Error(`The collection ${name} is blocked by ${block.table}, which is not one of its dependants.`);
    }
    return { ...block, owner };
  });
}

function referrersIn(tables: readonly TableDefinition[], name: string, going: readonly Link[]): Link[] {
  return tables.flatMap(({ table, foreignKeys = [] }) =>
    foreignKeys
      .filter(({ references, onDelete = 'restrict' }) => references.table === name && onDelete === 'restrict')
      .filter(({ column }) => table !== name && !going.some((each) => each.table === table && each.column === column))
      .map(({ column }) => ({ table, column })),
  );
}

function dependantsIn(tables: readonly TableDefinition[], name: string, going: readonly Link[]): string[] {
  const found = new Set(going.map(({ table }) => table));
  const parents = [name, ...found];
  for (const parent of parents) {
    for (const { table, foreignKeys = [] } of tables) {
      const cascades = foreignKeys.some((key) => key.references.table === parent && key.onDelete === 'cascade');
      if (!cascades || table === name || found.has(table)) continue;
      found.add(table);
      parents.push(table);
    }
  }
  return [...found].sort();
}
