/** Compiles the facts of a resource into its plan. */
import type { Knex } from 'knex';
import type { TextIndex } from '../database/text-index.js';
import type { Scalar, Tuple } from '../database/types.js';
import type { Codec, FieldFacts, FieldKind, Item, ResourceFacts, ResourceRules } from '../plugin/resource.js';
import { cellNumber, type Point } from './cells.js';
import { codecs, numericId } from './codecs.js';
import { faces } from './faces.js';
import type { Plan, PlannedField, Shape } from './plan.js';

const dates = {
  createdDate: { kind: 'instant', columns: ['created_at'], readOnly: true },
  updatedDate: { kind: 'instant', columns: ['updated_at'], readOnly: true },
} satisfies Record<string, FieldFacts>;

export function createPlan(facts: ResourceFacts, rules: ResourceRules, textIndex?: TextIndex): Plan {
  const face = faces[facts.face];
  const id: FieldFacts = { kind: 'reference', columns: ['id'], indexed: true, readOnly: true };
  const all = Object.entries({ [facts.id]: id, ...facts.fields, ...(facts.dated && dates) });
  const plan = (codecOf: (field: FieldFacts) => Codec) =>
    new Map(all.map(([name, field]) => [name, planned(name, field, codecOf(field), facts)]));
  const onWire = plan((field) => codecFor(facts, field, rules, face.reference));
  const numeric = plan((field) => codecFor(facts, field, rules, numericId));
  const stored = [...numeric.values()].filter(
    ({ columns, name }) => columns.length > 0 && !facts.fields[name]?.through,
  );
  const record = stored.map((field) => (field.name === facts.id ? { ...field, name: 'id' } : field));
  const shown = [...onWire.values()].filter(({ name }) => facts.fields[name]?.writeOnly !== true);
  const beside = rules.complete !== undefined || rules.readable !== undefined ? record : [];
  const columns = columnsOf([...shown, ...beside]);
  const writable = new Map([...onWire].filter(([name]) => facts.fields[name]?.columns.length));
  const joins = joinsOf(facts);
  return {
    facts,
    face,
    fields: new Map([...onWire].filter(([name, field]) => field.columns.length > 0 && !facts.fields[name]?.through)),
    shown: shapeOf(shown, columns),
    recordOfShown: beside.length > 0 ? shapeOf(beside, columns).decode : () => ({}),
    record: shapeOf(record, columnsOf(record)),
    joined: joins.length > 0,
    textIndex,
    defaults: Object.fromEntries([...writable.keys()].map((name) => [name, facts.fields[name]?.default ?? null])),
    withoutEmpty: emptied(facts),
    shape: (names) => {
      const some = [...onWire.values()].filter(({ name }) => names.includes(name));
      return shapeOf(some, columnsOf(some));
    },
    select: (knex, some) => selection(knex, facts, joins, some),
    qualified: (column) => (joins.length > 0 ? `${facts.table}.${column}` : column),
    encode: (input) => {
      const row: Record<string, Scalar> = {};
      for (const [name, value] of Object.entries(input)) {
        const field = writable.get(name);
        if (field) encodeField(row, field, value);
      }
      return row;
    },
    tuple: (row, some) => some.map((column) => row[column]),
  };
}

function emptied({ fields }: ResourceFacts): (input: Item) => Item {
  const empties = Object.entries(fields).filter(([, field]) => 'empty' in field);
  return (input) => {
    const found = empties.filter(([name, { empty }]) => input[name] === empty);
    if (found.length === 0) return input;
    return { ...input, ...Object.fromEntries(found.map(([name, field]) => [name, field.default ?? null])) };
  };
}

/** @throws TypeError for a kind that is neither built in nor a codec of the rules */
function codecFor(facts: ResourceFacts, { kind }: FieldFacts, rules: ResourceRules, reference: Codec): Codec {
  if (kind === 'reference') return reference;
  const codec = rules.codecs?.[kind] ?? codecs[kind as FieldKind];
  if (!codec) throw new TypeError(`${facts.name} has a field of the kind ${kind}, which its rules have no codec for.`);
  return codec;
}

function planned(name: string, field: FieldFacts, codec: Codec, { columns }: ResourceFacts): PlannedField {
  const [first = ''] = field.columns;
  const column = columns[first];
  const required = column !== undefined && !('nullable' in column && column.nullable);
  return {
    name,
    codec,
    columns: field.through ? [throughColumn(field.through)] : field.columns,
    folded: field.folded,
    cell: field.cell,
    indexed: field.indexed ?? false,
    absent: required ? (field.default ?? null) : null,
  };
}

const throughColumn = ({ field, column }: { field: string; column: string }): string => `${field}.${column}`;

function columnsOf(fields: readonly PlannedField[]): string[] {
  return [...new Set(['id', ...fields.flatMap(({ columns }) => columns)])];
}

function encodeField(row: Record<string, Scalar>, field: PlannedField, value: unknown): void {
  const { codec, columns, folded, cell } = field;
  const isNull = value === null || value === undefined;
  const values = isNull ? [] : codec.encode(value);
  columns.forEach((column, index) => {
    row[column] = values[index] ?? null;
  });
  if (cell) row[cell] = isNull ? null : cellNumber(pointOf(values));
  if (folded) row[folded] = isNull ? null : (codec.foldedText?.(value) ?? null);
}

function pointOf([longitude, latitude]: readonly Scalar[]): Point {
  return { longitude: longitude as number, latitude: latitude as number };
}

function shapeOf(fields: readonly PlannedField[], columns: readonly string[]): Shape {
  const readers = fields.map((field) => [field.name, readerOf(field, columns)] as const);
  const stored = fields.filter((field) => field.columns.length > 0);
  const writers = stored.map((field, index) => writerOf(field, columns, index === 0 ? '{' : ','));
  return {
    columns,
    decode: (tuple) => {
      const item: Item = {};
      for (const [name, read] of readers) item[name] = read(tuple);
      return item;
    },
    encode: (tuple) => {
      let text = '';
      for (const write of writers) text += write(tuple);
      return `${text}}`;
    },
  };
}

/** A virtual field keeps its place among the others, for rules to fill it in. */
function readerOf(
  { codec, columns: own, absent }: PlannedField,
  columns: readonly string[],
): (tuple: Tuple) => unknown {
  if (own.length === 0) return () => undefined;
  const places = own.map((column) => columns.indexOf(column));
  const [first = 0] = places;
  return (tuple) => (tuple[first] === null ? absent : codec.decode(places.map((place) => tuple[place])));
}

function writerOf(
  { name, codec, columns: own, absent }: PlannedField,
  columns: readonly string[],
  opening: string,
): (tuple: Tuple) => string {
  const [first = 0, second = first] = own.map((column) => columns.indexOf(column));
  const start = `${opening}${JSON.stringify(name)}:`;
  const empty = start + JSON.stringify(absent);
  return (tuple) => (tuple[first] === null ? empty : start + codec.json(tuple[first], tuple[second]));
}

interface Join {
  /** The reference, and the alias of the row that it names. */
  readonly field: string;
  readonly table: string;
  readonly column: string;
}

function joinsOf({ fields }: ResourceFacts): Join[] {
  const led = new Set(Object.values(fields).flatMap(({ through }) => through?.field ?? []));
  return [...led].flatMap((field) => {
    const { reference, columns: [column = ''] = [] } = fields[field] ?? {};
    return reference ? [{ field, table: reference.table, column }] : [];
  });
}

function selection(knex: Knex, { table }: ResourceFacts, joins: readonly Join[], columns: readonly string[]) {
  if (joins.length === 0) return knex(table).select(columns);
  const query = knex(table).select(columns.map((column) => (column.includes('.') ? column : `${table}.${column}`)));
  for (const join of joins) {
    query.leftJoin(`${join.table} as ${join.field}`, `${join.field}.id`, `${table}.${join.column}`);
  }
  return query;
}
