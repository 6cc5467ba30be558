/** The migrations that take tables from what earlier migrations made to what the resources describe now. */
import type { Column, ForeignKey, Migration, TableDefinition } from '@palestra/core';
import { replay } from '../database/replay.js';
import type { ResourceFacts } from '../plugin/resource.js';
import { fits } from './column-fit.js';
import { refusalsOf } from './migration-refusals.js';

type Resources = Readonly<Record<string, ResourceFacts>>;

/** @throws Error with a line for each change that needs a decision or would lose data, and what to write by hand */
export function nextMigrations(resources: Resources, migrations: readonly Migration[]): Migration[] {
  const tables = replay(migrations);
  const taken = new Set(migrations.map(({ name }) => name));
  const all = Object.values(resources);
  // A table that this plugin neither makes nor fills belongs to another.
  const created = inOrder(all.filter((facts) => facts.creates && !tables.has(facts.table)));
  const refusals: string[] = [];
  const changes = all.flatMap((facts) => {
    const table = tables.get(facts.table);
    if (!table) return [];
    refusals.push(...refusalsOf(facts, table));
    return [...columnChanges(facts, table), ...indexChanges(facts, table)];
  });
  if (refusals.length > 0) throw new Error(refusals.join('\n'));
  return [...created.map(newTable), ...changes].map((migration) => ({
    ...migration,
    name: unusedName(migration.name, taken),
  }));
}

function unusedName(name: string, taken: Set<string>): string {
  let unused = name;
  for (let count = 2; taken.has(unused); count++) unused = `${name}_${count}`;
  taken.add(unused);
  return unused;
}

/** Each table after those that it refers to. @throws Error for tables that refer to each other */
function inOrder(resources: readonly ResourceFacts[]): ResourceFacts[] {
  const left = [...resources];
  const sorted: ResourceFacts[] = [];
  while (left.length > 0) {
    const waits = ({ foreignKeys = [], table }: ResourceFacts): boolean =>
      foreignKeys.some(({ references: to }) => to.table !== table && left.some((other) => other.table === to.table));
    const at = left.findIndex((facts) => !waits(facts));
    if (at < 0) throw new Error(`${left.map(({ name }) => name).join(' and ')} refer to each other. ${byHand}`);
    sorted.push(...left.splice(at, 1));
  }
  return sorted;
}

const byHand = 'Write the migrations of these tables in src/migrations.ts by hand.';

function newTable({ table, columns, indexes = [], foreignKeys = [], checks }: ResourceFacts): Migration {
  return {
    name: table,
    createTable: {
      table,
      columns,
      ...(indexes.length > 0 && { indexes }),
      ...(foreignKeys.length > 0 && { foreignKeys }),
      ...(checks && { checks }),
    },
  };
}

function columnChanges(facts: ResourceFacts, { table, columns }: TableDefinition): Migration[] {
  return Object.entries(facts.columns).flatMap(([name, column]): Migration[] => {
    const before = columns[name];
    if (!before) return [{ name: `${table}_${name}`, addColumn: { table, name, ...addition(facts, name, column) } }];
    if (fits(before, column) || !isWritten(facts, name)) return [];
    const widened = { ...column, ...('nullable' in before && before.nullable && { nullable: true }) } as Column;
    return [{ name: `${table}_${name}_wider`, widenColumn: { table, name, column: widened } }];
  });
}

/** Whether a request can put a value there. What other code writes is as long as that code makes it. */
function isWritten({ creates, fields }: ResourceFacts, column: string): boolean {
  if (creates) return true;
  return Object.values(fields).some(({ columns, folded, readOnly }) => {
    return !readOnly && (columns.includes(column) || folded === column);
  });
}

interface AddedParts {
  readonly column: Column;
  readonly foreignKey?: Omit<ForeignKey, 'column'>;
}

/** Rows that exist already have null there, which the engine shows as the field's default. */
function addition({ foreignKeys = [] }: ResourceFacts, name: string, column: Column): AddedParts {
  const { default: _, ...optional } = { default: undefined, ...column, nullable: true as const };
  const key = foreignKeys.find((each) => each.column === name);
  if (!key) return { column: optional as Column };
  const { column: __, ...foreignKey } = key;
  return { column: optional as Column, foreignKey };
}

function indexChanges(facts: ResourceFacts, { table, indexes: before = [] }: TableDefinition): Migration[] {
  return (facts.indexes ?? []).flatMap((index): Migration[] => {
    const same = before.find(({ name }) => name === index.name);
    const create: Migration = { name: index.name, createIndex: { table, index } };
    if (same && sameColumns(same.columns, index.columns)) return [];
    if (same) return [{ name: `${index.name}_index_dropped`, dropIndex: { table, name: index.name } }, create];
    // Errors name a unique index; any other may have another name.
    const served = !index.unique && before.some(({ columns }) => sameColumns(columns, index.columns));
    return served ? [] : [create];
  });
}

function sameColumns(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((column, at) => after[at] === column);
}
