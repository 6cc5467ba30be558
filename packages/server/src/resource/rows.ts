/** Between a resource on the wire and its row. */
import type { Row, Scalar } from '../database/types.js';
import { type Field, type ResourceFacts, shownFields } from './facts.js';
import { kinds } from './kinds.js';

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
  const kind = kinds[field.kind];
  const isNull = value === null || value === undefined;
  const columns = isNull ? [] : kind.encode(value);
  field.columns.forEach((column, index) => {
    row[column] = columns[index] ?? null;
  });
  if (field.folded) row[field.folded] = isNull ? null : (kind.foldedText?.(value) ?? null);
}

/** Makes the decoder of a resource once; `names` picks the fields an answer shows. */
export function createDecoder(facts: ResourceFacts, names?: readonly string[]): (row: Row) => Item {
  const shown = Object.entries(shownFields(facts)).filter(([name]) => names?.includes(name) ?? true);
  const readers = shown.map(([name, field]) => [name, readerOf(field)] as const);
  return (row) => {
    const item: Item = {};
    for (const [name, read] of readers) item[name] = read(row);
    return item;
  };
}

function readerOf({ kind, columns }: Field): (row: Row) => unknown {
  const { decode } = kinds[kind];
  const [first = ''] = columns;
  if (columns.length === 1) return (row) => (row[first] === null ? null : decode([row[first]]));
  return (row) => (row[first] === null ? null : decode(columns.map((column) => row[column])));
}

/** Columns to select for an answer with these fields. */
export function columnsOf(facts: ResourceFacts, names?: readonly string[]): string[] {
  const shown = Object.entries(shownFields(facts)).filter(([name]) => names?.includes(name) ?? true);
  return shown.flatMap(([, field]) => field.columns);
}
