/** A description as facts: fields, table, unique keys, operations; what the engine, the migrations and the faces read. */
import { type Column, familyOf, type Index, type Privilege } from '@palestra/core';
import type { FieldFacts, ResourceFacts, UniqueFacts } from '../../plugin/resource.js';
import { type Field, readField } from './field.js';
import { pluralOf, snakeCase } from './names.js';
import type { PrivilegeName, ResourceNotation, UniqueNotation } from './notation.js';
import type { LookUp } from './schemas.js';

type Privileges = Readonly<Partial<Record<PrivilegeName, Privilege>>>;

/** Everything that is made of one description. */
export interface Described {
  readonly name: string;
  readonly notation: ResourceNotation;
  readonly fields: readonly Field[];
  readonly facts: ResourceFacts;
  readonly privileges: Privileges;
  /** `gym` and `gyms`, in prose. */
  readonly singular: string;
  readonly plural: string;
}

/** @throws Error naming the resource and the field */
export function describe(name: string, notation: ResourceNotation, lookUp: LookUp): Described {
  const face = familyOf(notation.path) === 'club' ? 'rest' : 'envelope';
  const located = Object.values(notation.views ?? {}).map(({ near }) => near);
  const fields = Object.entries(notation.properties).map(([field, each]) => {
    try {
      return withCell(
        located.includes(field),
        readField(field, each, { face, lookUp, required: notation.required?.includes(field) ?? false }),
      );
    } catch (error) {
      throw new Error(`Resource ${name}: ${field} ${(error as Error).message}.`);
    }
  });
  const table = notation.table ?? snakeCase(name);
  const singular = snakeCase(name).replaceAll('_', ' ');
  const plural = notation.plural ?? pluralOf(name);
  const unique = uniqueFacts(name, table, fields, notation);
  const indexes = indexesOf(table, fields, unique, notation);
  checkThrough(name, fields);
  const privileges = privilegesOf(notation);
  const facts: ResourceFacts = {
    name: notation.label ?? name,
    face,
    ...(face === 'rest' ? { id: `${snakeCase(name)}_id`, wrapper: snakeCase(name) } : { id: '_id' }),
    parameter: notation.parameter ?? 'id',
    table,
    fields: Object.fromEntries(fields.map((field) => [field.name, withIndex(field, indexes)])),
    dated: face === 'envelope',
    ...(privileges.create && { creates: true }),
    columns: tableColumns(fields, face === 'envelope'),
    indexes,
    foreignKeys: fields.flatMap(({ foreignKey }) => foreignKey ?? []),
    ...(notation.checks && { checks: notation.checks }),
    unique,
    views: Object.fromEntries(
      Object.entries(notation.views ?? {}).map(([view, { fields: shown, keyword }]) => [
        view,
        { fields: ['_id', ...shown], keyword },
      ]),
    ),
    operations: operationIds({ name, plural, face, privileges, notation }),
    schemas: { sent: `${name}Fields`, shown: name },
    ...(notation.lasting && { lasting: true }),
  };
  return { name, notation, fields, facts, privileges, singular, plural: snakeCase(plural).replaceAll('_', ' ') };
}

/** A point that others are near to has the number of its cell beside it. */
function withCell(located: boolean, field: Field): Field {
  if (!located || field.facts.kind !== 'point') return field;
  const cell = `${snakeCase(field.name)}_cell`;
  return {
    ...field,
    facts: { ...field.facts, cell },
    columns: { ...field.columns, [cell]: { type: 'integer', nullable: true } },
  };
}

function tableColumns(fields: readonly Field[], dated: boolean): Record<string, Column> {
  return {
    id: { type: 'id' },
    ...Object.assign({}, ...fields.map(({ columns }) => columns)),
    ...(dated && { created_at: { type: 'integer' }, updated_at: { type: 'integer' } }),
  };
}

/** An index that begins with the field's column serves `equals` on it. */
function withIndex({ facts }: Field, indexes: readonly Index[]): FieldFacts {
  const served = indexes.some(({ columns }) => columns[0] === facts.columns[0]);
  return served ? { ...facts, indexed: true } : facts;
}

function uniqueFacts(
  name: string,
  table: string,
  fields: readonly Field[],
  { unique = [] }: ResourceNotation,
): UniqueFacts[] {
  const alone = fields.filter((field) => field.unique).map((field): UniqueNotation => ({ fields: [field.name] }));
  return [...alone, ...unique].map((each) => ({
    index: indexName(table, each.fields),
    fields: each.fields,
    message: each.message ?? `${name} exists already`,
  }));
}

/**
 * References have one. The resource API is asked for the rows of a reference, in order of their id: an index with further
 * columns would have to sort them all for each page.
 */
function indexesOf(
  table: string,
  fields: readonly Field[],
  unique: readonly UniqueFacts[],
  { indexes = [], path }: ResourceNotation,
): Index[] {
  const sorted = familyOf(path) === 'resource';
  const columnsOf = (names: readonly string[]) =>
    names.flatMap((each) => fields.find(({ name }) => name === each)?.facts.columns ?? []);
  const own = [
    ...unique.map(({ index, fields: names }) => ({ name: index, columns: columnsOf(names), unique: true as const })),
    ...indexes.map((names) => ({ name: indexName(table, names), columns: columnsOf(names) })),
  ];
  const single = fields.flatMap(({ name, indexed, facts }): Index[] => {
    // The whole position, so that the index alone answers.
    if (facts.cell) return [{ name: indexName(table, [name]), columns: [facts.cell, ...facts.columns] }];
    return indexed ? [{ name: indexName(table, [name]), columns: facts.columns.slice(0, 1) }] : [];
  });
  return [
    ...own,
    ...single.filter(
      ({ columns }) => !own.some(({ columns: [first, second] }) => first === columns[0] && !(sorted && second)),
    ),
  ];
}

function indexName(table: string, fields: readonly string[]): string {
  return [table, ...fields.map(snakeCase)].join('_');
}

function checkThrough(name: string, fields: readonly Field[]): void {
  for (const { name: field, facts } of fields) {
    const { through } = facts;
    if (!through) continue;
    const reference = fields.find((each) => each.name === through.field)?.facts.reference;
    if (!reference)
      throw new Error(`Resource ${name}: ${field} leads through ${through.field}, which is not a reference.`);
  }
}

/** `read` means each way to read. */
function privilegesOf({ privileges: { read, ...own } }: ResourceNotation): Privileges {
  return { ...(read && { query: read, list: read, get: read }), ...own };
}

interface OperationNames extends Pick<Described, 'name' | 'plural' | 'privileges' | 'notation'> {
  readonly face: ResourceFacts['face'];
}

function operationIds({ name, plural, face, privileges, notation }: OperationNames): ResourceFacts['operations'] {
  const { create, query, list, get, update, delete: remove } = privileges;
  const envelope = face === 'envelope';
  const ids = {
    ...(envelope && (create ?? query ?? update) && { operate: `operate${name}` }),
    ...(list && { list: `list${plural}` }),
    ...(get && { get: `get${name}` }),
    ...(!envelope && create && { create: `create${name}` }),
    ...(!envelope && update && { update: `update${name}` }),
    ...(remove && { delete: `delete${name}` }),
  };
  // What lies over an operation may name it otherwise.
  const named = ([verb, id]: [string, string]) => [verb, notation.operations?.[verb]?.operationId ?? id];
  return Object.fromEntries(Object.entries(ids).map(named));
}
