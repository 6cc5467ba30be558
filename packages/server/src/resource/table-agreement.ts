/** Whether a table of the database has the columns and indexes that a resource is compiled for. */
import type { Column } from '@palestra/core';
import { type RealTable, storageOf } from '../database/inspect.js';
import type { FieldFacts, ResourceFacts } from '../plugin/resource.js';

const migrate = 'Run palestra plugin generate, which writes the migration or says why it cannot.';

/** A sentence for each difference. */
export function tableFaults(facts: ResourceFacts, real: RealTable | undefined): string[] {
  if (!real) return [`There is no table ${facts.table}. ${migrate}`];
  return [
    ...Object.entries(facts.columns).flatMap(([name, column]) => columnFaults(facts, real, name, column)),
    ...(facts.creates ? unknownColumns(facts, real) : []),
    ...uniqueFaults(facts, real),
    ...indexFaults(facts, real),
  ];
}

function columnFaults(facts: ResourceFacts, { columns }: RealTable, name: string, column: Column): string[] {
  const real = columns.get(name);
  const owner = ownerOf(facts, name);
  if (!real) return [`The table ${facts.table} has no column ${name}, where ${owner} is stored. ${migrate}`];
  const place = `The column ${name} of the table ${facts.table}`;
  const storage = storageOf[column.type];
  if (real.storage !== storage) return [`${place} holds ${real.storage}, but ${owner} is ${storage}. ${migrate}`];
  const nullable = 'nullable' in column && column.nullable === true;
  return nullable && !real.nullable ? [`${place} is NOT NULL, but ${owner} may be null. ${migrate}`] : [];
}

function ownerOf({ fields }: ResourceFacts, column: string): string {
  const isOf = ({ columns, folded, cell }: FieldFacts): boolean => [...columns, folded, cell].includes(column);
  const [name] = Object.entries(fields).find(([, field]) => isOf(field)) ?? [];
  return name === undefined ? 'a part of every row' : `the field ${name}`;
}

/** The engine leaves them out when it inserts. Those of a newer version have a default, or may be null. */
function unknownColumns({ table, columns: described }: ResourceFacts, { columns, grown }: RealTable): string[] {
  if (grown) return [];
  return [...columns.keys()]
    .filter((name) => !(name in described))
    .map((name) => `The table ${table} has a column ${name}, but no field is stored there. ${migrate}`);
}

/** Without the index two requests at once could both create the same. */
function uniqueFaults({ table, unique, fields }: ResourceFacts, { indexes }: RealTable): string[] {
  return unique.flatMap(({ index, fields: names }) => {
    const columns = names.flatMap((name) => fields[name]?.columns ?? []);
    const served = indexes.some(
      (real) => real.unique && real.columns.length === columns.length && beginsWith(real.columns, columns),
    );
    return served ? [] : [`The table ${table} has no unique index ${index} (${columns.join(', ')}). ${migrate}`];
  });
}

function indexFaults({ table, fields }: ResourceFacts, { indexes }: RealTable): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const columns = field.cell ? [field.cell, ...field.columns] : field.indexed ? field.columns.slice(0, 1) : [];
    if (columns.length === 0 || indexes.some((real) => beginsWith(real.columns, columns))) return [];
    return [`The table ${table} has no index for the field ${name}. ${migrate}`];
  });
}

function beginsWith(columns: readonly string[], first: readonly string[]): boolean {
  return first.every((column, at) => columns[at] === column);
}
