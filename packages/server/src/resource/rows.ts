/** Between a resource on the wire and its row. */
import type { Row, Scalar } from '../database/types.js';
import { type Field, type ResourceFacts, shownFields } from './facts.js';
import { kindOf } from './kinds.js';

export type Item = Record<string, unknown>;

/** Column values for the fields in `input`; null empties all columns of a field. */
export function encodeRow(facts: ResourceFacts, input: Item): Record<string, Scalar> {
  const row: Record<string, Scalar> = {};
  for (const [name, value] of Object.entries(input)) {
    const field = facts.fields[name];
    if (field) encodeField(row, field, value);
  }
  return row;
}

function encodeField(row: Record<string, Scalar>, field: Field, value: unknown): void {
  const kind = kindOf(field);
  const isNull = value === null || value === undefined;
  const columns = isNull ? [] : kind.encode(value);
  field.columns.forEach((column, index) => {
    row[column] = columns[index] ?? null;
  });
  if (field.folded) row[field.folded] = isNull ? null : (kind.foldedText?.(value) ?? null);
}

/** Makes the decoder of a resource once; `names` picks the fields an answer shows. */
export function createDecoder(facts: ResourceFacts, names?: readonly string[]): (row: Row) => Item {
  const readers = shownOf(facts, names).map(([name, field]) => [name, readerOf(field)] as const);
  return (row) => {
    const item: Item = {};
    for (const [name, read] of readers) item[name] = read(row);
    return item;
  };
}

/** The same as JSON text, for answers: no object is built and no JSON column is parsed to be written again. */
export function createEncoder(facts: ResourceFacts, names?: readonly string[]): (row: Row) => string {
  const writers = shownOf(facts, names).map(([name, field], index) => {
    const write = writerOf(field);
    const start = `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    return (row: Row) => start + write(row);
  });
  return (row) => {
    let text = '';
    for (const write of writers) text += write(row);
    return `${text}}`;
  };
}

function writerOf(field: Field): (row: Row) => string {
  const { json } = kindOf(field);
  const [first = '', second = ''] = field.columns;
  return (row) => (row[first] === null ? 'null' : json(row[first], row[second]));
}

function readerOf(field: Field): (row: Row) => unknown {
  const { decode } = kindOf(field);
  const { columns } = field;
  const [first = ''] = columns;
  if (columns.length === 1) return (row) => (row[first] === null ? null : decode([row[first]]));
  return (row) => (row[first] === null ? null : decode(columns.map((column) => row[column])));
}

/** Columns to select for an answer with these fields. */
export function columnsOf(facts: ResourceFacts, names?: readonly string[]): string[] {
  return shownOf(facts, names).flatMap(([, field]) => field.columns);
}

function shownOf(facts: ResourceFacts, names: readonly string[] | undefined): [string, Field][] {
  return Object.entries(shownFields(facts)).filter(([name]) => names?.includes(name) ?? true);
}
