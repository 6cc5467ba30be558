/** Between a resource on the wire and its row. */

import type { Row, Scalar, Tuple } from '../database/types.js';
import type { Field, Item, ResourceFacts } from '../plugin/resource.js';
import { shownFields } from './facts.js';
import { kindOf } from './kinds.js';

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

/** What comes from the database: by column names, or in the order of `selectedColumns`. */
export type Read = Row | Tuple;
type Reader<Value> = (read: Read) => Value;
/** The same, by either key. */
type Keyed = Readonly<Record<string | number, unknown>>;

export interface Shape {
  /** The fields an answer shows; all unless told. */
  readonly names?: readonly string[] | undefined;
  readonly as: 'row' | 'tuple';
}

/** Makes the decoder of a resource once. */
export function createDecoder(facts: ResourceFacts, shape: Shape): Reader<Item> {
  const keys = keysOf(facts, shape);
  const readers = shownOf(facts, shape.names).map(([name, field]) => [name, readerOf(field, keys)] as const);
  return (row) => {
    const item: Item = {};
    for (const [name, read] of readers) item[name] = read(row);
    return item;
  };
}

/** The same as JSON text, for answers: no object is built and no JSON column is parsed to be written again. */
export function createEncoder(facts: ResourceFacts, shape: Shape): Reader<string> {
  const keys = keysOf(facts, shape);
  const writers = shownOf(facts, shape.names).map(([name, field], index) => {
    const write = writerOf(field, keys);
    const start = `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    return (row: Read) => start + write(row);
  });
  return (row) => {
    let text = '';
    for (const write of writers) text += write(row);
    return `${text}}`;
  };
}

/** A column's name, or its place in a tuple: either way one property of what was read. */
type KeyOf = (column: string) => string | number;

function keysOf(facts: ResourceFacts, { names, as }: Shape): KeyOf {
  if (as === 'row') return (column) => column;
  const columns = selectedColumns(facts, names);
  return (column) => columns.indexOf(column);
}

function writerOf(field: Field, keyOf: KeyOf): Reader<string> {
  const { json } = kindOf(field);
  const [first = '', second = ''] = field.columns.map(keyOf);
  return (read) => {
    const { [first]: value, [second]: other } = read as Keyed;
    return value === null ? 'null' : json(value, other);
  };
}

function readerOf(field: Field, keyOf: KeyOf): Reader<unknown> {
  const { decode } = kindOf(field);
  const keys = field.columns.map(keyOf);
  const [first = ''] = keys;
  return (read) => ((read as Keyed)[first] === null ? null : decode(keys.map((key) => (read as Keyed)[key])));
}

/** Columns to select for an answer with these fields; `id` comes first. */
export function selectedColumns(facts: ResourceFacts, names?: readonly string[]): string[] {
  const columns = shownOf(facts, names).flatMap(([, field]) => field.columns);
  return ['id', ...columns.filter((column) => column !== 'id')];
}

function shownOf(facts: ResourceFacts, names: readonly string[] | undefined): [string, Field][] {
  return Object.entries(shownFields(facts)).filter(([name]) => names?.includes(name) ?? true);
}
