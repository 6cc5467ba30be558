/** One field of a description: its facts, its columns, and what requests and answers say of it. */
import type { Column, ForeignKey, Schema } from '@palestra/core';
import type { Face, FieldFacts, FieldKind } from '../../plugin/resource.js';
import { snakeCase } from './names.js';
import type { FieldNotation, ReferenceNotation } from './notation.js';
import { also, component, effective, type LookUp, omit, orNull, withoutLimits } from './schemas.js';

export interface Field {
  readonly name: string;
  readonly facts: FieldFacts;
  readonly columns: Readonly<Record<string, Column>>;
  readonly foreignKey: ForeignKey | undefined;
  /** In requests; undefined for what no caller sends. */
  readonly sent: Schema | undefined;
  /** In answers; undefined for what none shows. */
  readonly shown: Schema | undefined;
  /** Whether every answer has it. */
  readonly promised: boolean;
  readonly queryable: boolean;
  readonly indexed: boolean;
  readonly unique: boolean;
}

export interface FieldContext {
  readonly face: Face;
  readonly required: boolean;
  readonly lookUp: LookUp;
}

/** Texts up to this many characters may have an index. */
const longestText = 1000;

const kindSchemas: Readonly<Record<string, Schema>> = {
  point: {
    type: 'array',
    prefixItems: [
      { type: 'number', minimum: -180, maximum: 180 },
      { type: 'number', minimum: -90, maximum: 90 },
    ],
    items: { type: 'number' },
    minItems: 2,
    maxItems: 2,
  },
};

/** @throws Error saying what of the field does not fit */
export function readField(name: string, notation: FieldNotation, context: FieldContext): Field {
  const { face, required, lookUp } = context;
  const told = schemaOf(notation, face);
  const stated = notation.default === null ? orNull(omit(told, ['default']), lookUp) : told;
  const { schema, nullable } = effective(stated, lookUp);
  const hidden = notation['x-hidden'] === true;
  const readOnly = hidden || notation.readOnly === true;
  const writeOnly = hidden || notation.writeOnly === true;
  const wire = {
    promised: notation['x-optional'] !== true,
    sent: readOnly ? undefined : sentSchema(stated, notation),
    shown: writeOnly ? undefined : shownSchema(stated, notation, context),
  };
  const flags = { ...(readOnly && { readOnly }), ...(writeOnly && { writeOnly }) };
  const virtual = notation['x-virtual'];
  if (virtual !== undefined) {
    const [field = '', column = ''] = typeof virtual === 'string' ? virtual.split('.') : [];
    const facts = {
      kind: kindOf(notation, schema),
      columns: [],
      ...flags,
      ...(column && { through: { field, column } }),
    };
    return {
      name,
      facts,
      columns: {},
      foreignKey: undefined,
      ...wire,
      queryable: false,
      indexed: false,
      unique: false,
    };
  }
  const given = required || readOnly || notation['x-filled'] === true;
  if (!given && !nullable && notation.default === undefined) {
    throw new Error('is neither required nor nullable, and has no default');
  }
  const kind = kindOf(notation, schema);
  const reference = referenceOf(notation);
  const columns = columnsOf(name, kind, { notation, schema, nullable });
  const [column = ''] = Object.keys(columns);
  const folded = isSearchable(notation, kind, schema, face) ? `${column}_folded` : undefined;
  const facts: FieldFacts = {
    kind,
    columns: Object.keys(columns),
    ...(folded && { folded }),
    ...flags,
    ...(notation.default !== undefined && notation.default !== null && { default: notation.default }),
    ...('x-empty' in notation && { empty: notation['x-empty'] }),
    ...(reference && { reference: { table: reference.table, name: reference.name ?? pascalCase(reference.table) } }),
  };
  const optional = nullable && { nullable: true as const };
  return {
    name,
    facts,
    columns: { ...columns, ...(folded && { [folded]: { type: 'longtext', ...optional } }) },
    foreignKey: reference && foreignKeyOf(facts, reference),
    ...wire,
    queryable: notation['x-queryable'] ?? !hidden,
    indexed: notation['x-indexed'] === true || reference !== undefined,
    unique: notation['x-unique'] === true,
  };
}

/** What the description says, with the schemas that a kind brings along. */
function schemaOf(notation: FieldNotation, face: Face): Schema {
  const schema = Object.fromEntries(Object.entries(notation).filter(([key]) => !key.startsWith('x-')));
  const told = omit(schema, ['readOnly', 'writeOnly']);
  if (['type', '$ref', 'anyOf', 'oneOf', 'enum', 'const'].some((key) => key in told)) return told;
  if (notation['x-reference'] !== undefined) return { ...component(face === 'rest' ? 'ClubId' : 'Id'), ...told };
  const implied = kindSchemas[notation['x-kind'] ?? ''];
  if (!implied) throw new Error('has no type');
  return { ...implied, ...told };
}

function sentSchema(stated: Schema, notation: FieldNotation): Schema {
  return 'x-empty' in notation ? also(stated, { const: notation['x-empty'] }) : stated;
}

/** What a caller sends within limits is shown without promising them; the club API shows ids as numbers. */
function shownSchema(stated: Schema, notation: FieldNotation, { face, lookUp }: FieldContext): Schema {
  const schema = omit(stated, ['default']);
  if (face === 'envelope' && notation.readOnly) return schema;
  if (face === 'envelope' || notation['x-reference'] === undefined) return withoutLimits(schema, lookUp);
  const { nullable } = effective(schema, lookUp);
  return { type: nullable ? ['integer', 'null'] : 'integer', minimum: 1, ...(!nullable && { examples: [1] }) };
}

function kindOf(notation: FieldNotation, schema: Schema): string {
  if (notation['x-kind'] !== undefined) return notation['x-kind'];
  if (notation['x-reference'] !== undefined) return 'reference';
  const values = schema.enum ?? ('const' in schema ? [schema.const] : []);
  const type = schema.type ?? (values.length > 0 ? typeof values[0] : undefined);
  if (type === 'string') return schema.format === 'date-time' ? 'instant' : 'text';
  if (type === 'integer' || (type === 'number' && values.every(Number.isInteger) && values.length > 0))
    return 'integer';
  if (type === 'number') return 'real';
  if (type === 'boolean') return 'boolean';
  return notation['x-searchable'] && type === 'array' ? 'texts' : 'json';
}

function referenceOf({ 'x-reference': given }: FieldNotation): ReferenceNotation | undefined {
  return typeof given === 'string' ? { table: given } : given;
}

function foreignKeyOf({ columns }: FieldFacts, { table, onDelete = 'restrict' }: ReferenceNotation): ForeignKey {
  return { column: columns[0] ?? '', references: { table, column: 'id' }, onDelete };
}

/** Texts of the resource API that are not one of a few words: `contains` folds their case as Unicode does. */
function isSearchable(notation: FieldNotation, kind: string, schema: Schema, face: Face): boolean {
  if (notation['x-searchable'] !== undefined) return notation['x-searchable'];
  return kind === 'text' && face === 'envelope' && schema.enum === undefined && schema.const === undefined;
}

interface Stored {
  readonly notation: FieldNotation;
  readonly schema: Schema;
  readonly nullable: boolean;
}

function columnsOf(name: string, kind: string, stored: Stored): Readonly<Record<string, Column>> {
  const { notation, schema, nullable } = stored;
  const given = notation['x-column'];
  const optional = nullable && { nullable: true as const };
  if (typeof given === 'object' && !Array.isArray(given)) {
    return Object.fromEntries(
      Object.entries(given as Readonly<Record<string, Column>>).map(([column, type]) => [
        column,
        { ...type, ...optional },
      ]),
    );
  }
  const types = columnTypes[kind as FieldKind]?.(schema);
  if (!types) throw new Error(`is of the kind ${kind}, which is not built in: say its columns with their types`);
  const names = given === undefined ? columnNames(name, kind) : [given].flat();
  if (names.length !== types.length) throw new Error(`is of the kind ${kind}, which takes ${types.length} columns`);
  return Object.fromEntries(names.map((column, at) => [column, { ...(types[at] as Column), ...optional }]));
}

function columnNames(name: string, kind: string): readonly string[] {
  const column = snakeCase(name);
  if (kind === 'reference') return [column.endsWith('_id') ? column : `${column}_id`];
  if (kind === 'point') return [`${column}_longitude`, `${column}_latitude`];
  return kind === 'money' ? [`${column}_amount`, `${column}_currency`] : [column];
}

const columnTypes: Readonly<Record<FieldKind, (schema: Schema) => readonly Column[]>> = {
  text: (schema) => [textColumn(schema)],
  texts: () => [{ type: 'json' }],
  integer: () => [{ type: 'integer' }],
  boolean: () => [{ type: 'integer' }],
  instant: () => [{ type: 'integer' }],
  reference: () => [{ type: 'integer' }],
  real: () => [{ type: 'real' }],
  json: () => [{ type: 'json' }],
  point: () => [{ type: 'real' }, { type: 'real' }],
  money: () => [{ type: 'integer' }, { type: 'ascii', length: 3 }],
};

function textColumn({ maxLength, enum: values, const: only }: Schema): Column {
  const words = (Array.isArray(values) ? values : only === undefined ? [] : [only]).map(String);
  if (words.length > 0) return { type: 'ascii', length: Math.max(...words.map((word) => word.length)) };
  if (typeof maxLength !== 'number' || maxLength > longestText) return { type: 'longtext' };
  return { type: 'text', length: maxLength };
}

function pascalCase(table: string): string {
  return table.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
