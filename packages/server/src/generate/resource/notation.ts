/** How a fragment describes a resource in `x-resources`, and what is refused before anything is made of it. */
import { isPrivilege, type Privilege, type Schema } from '@palestra/core';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** A JSON Schema (with `default`, `readOnly`, `writeOnly`), and what it cannot say of a stored field. */
export interface FieldNotation extends Schema {
  /** Column, or the two of a `point` or `money`; by name alone, or with their types. The field's name if absent. */
  readonly 'x-column'?: string | readonly string[] | Readonly<Record<string, Schema>>;
  /** `point`, `money`, or a codec of the plugin's own; derived from the schema if absent. */
  readonly 'x-kind'?: string;
  readonly 'x-indexed'?: true;
  readonly 'x-unique'?: true;
  /** Whether `contains` folds case beyond ASCII. True of texts, unless they are of an `enum`. */
  readonly 'x-searchable'?: boolean;
  /** Whether `query` takes it. True of what is stored. */
  readonly 'x-queryable'?: boolean;
  /** The table whose `id` it holds. */
  readonly 'x-reference'?: string | ReferenceNotation;
  /** Not a column: `true` where rules fill it in or use it, `country_id.name` where a reference leads to it. */
  readonly 'x-virtual'?: true | string;
  /** A column that no caller sees or sends; rules do. */
  readonly 'x-hidden'?: true;
  /** An input that means the default. */
  readonly 'x-empty'?: unknown;
  /** An answer may leave it out. */
  readonly 'x-optional'?: true;
  /** Rules give it a value where the caller sends none. */
  readonly 'x-filled'?: true;
}

export interface ReferenceNotation {
  readonly table: string;
  /** What messages call one: `Country not found`. */
  readonly name?: string;
  readonly onDelete?: 'cascade' | 'restrict' | 'set null';
}

export interface UniqueNotation {
  readonly fields: readonly string[];
  /** What a second one is answered by the club API. */
  readonly message?: string;
}

export interface ViewNotation {
  readonly path: string;
  readonly operationId: string;
  readonly fields: readonly string[];
  /** Text fields that `keyword` is looked for in. */
  readonly keyword: readonly string[];
  /** A `point` of the resource, or a reference to a resource that has one. */
  readonly near?: string;
}

const privilegeNames = ['create', 'query', 'list', 'get', 'update', 'delete'] as const;
export type PrivilegeName = (typeof privilegeNames)[number];

export interface ResourceNotation {
  /** `/api/gym` has the envelope face, `/api/v1/countries` the rest face. */
  readonly path: string;
  /** The resource's name in snake case if absent. */
  readonly table?: string;
  /** The fragment's first tag if absent. */
  readonly tag?: string;
  /** What messages call one; the resource's name if absent. */
  readonly label?: string;
  /** In Pascal case; made by the rules of English if absent. */
  readonly plural?: string;
  /** Name of the id in paths: `id` if absent. */
  readonly parameter?: string;
  readonly description?: string;
  /** Who may do what; what is left out does not exist. `read` means `query`, `list` and `get`. */
  readonly privileges: Readonly<Partial<Record<PrivilegeName | 'read', Privilege>>>;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, FieldNotation>>;
  readonly unique?: readonly UniqueNotation[];
  readonly indexes?: readonly (readonly string[])[];
  /** SQL expressions that hold for every row, by constraint name. */
  readonly checks?: Readonly<Record<string, string>>;
  readonly views?: Readonly<Record<string, ViewNotation>>;
  /** Laid over what is made of an operation: its `description`, `x-body-limit`, further `x-failures`. */
  readonly operations?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Never emptied as a whole. */
  readonly lasting?: true;
}

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text, minItems: 1 };
const closed = { type: 'object', additionalProperties: false };

const field = {
  type: 'object',
  properties: {
    'x-column': { anyOf: [text, { ...texts, maxItems: 2 }, { type: 'object', minProperties: 1 }] },
    'x-kind': text,
    'x-indexed': { const: true },
    'x-unique': { const: true },
    'x-searchable': { type: 'boolean' },
    'x-queryable': { type: 'boolean' },
    'x-reference': {
      anyOf: [
        text,
        {
          ...closed,
          required: ['table'],
          properties: { table: text, name: text, onDelete: { enum: ['cascade', 'restrict', 'set null'] } },
        },
      ],
    },
    'x-virtual': { anyOf: [{ const: true }, { type: 'string', pattern: '^\\w+\\.\\w+$' }] },
    'x-hidden': { const: true },
    'x-empty': {},
    'x-optional': { const: true },
    'x-filled': { const: true },
  },
  patternProperties: { '^[^x]|^x[^-]|^x$': {} },
  additionalProperties: false,
};

const notation = {
  ...closed,
  required: ['path', 'privileges', 'properties'],
  properties: {
    path: { type: 'string', pattern: '^/' },
    table: text,
    tag: text,
    label: text,
    plural: text,
    parameter: text,
    description: text,
    privileges: {
      ...closed,
      properties: Object.fromEntries([...privilegeNames, 'read'].map((name) => [name, text])),
    },
    required: texts,
    properties: { type: 'object', minProperties: 1, additionalProperties: field },
    unique: {
      type: 'array',
      items: { ...closed, required: ['fields'], properties: { fields: texts, message: text } },
    },
    indexes: { type: 'array', items: texts },
    checks: { type: 'object', additionalProperties: text },
    views: {
      type: 'object',
      additionalProperties: {
        ...closed,
        required: ['path', 'operationId', 'fields', 'keyword'],
        properties: { path: text, operationId: text, fields: texts, keyword: texts, near: text },
      },
    },
    operations: {
      ...closed,
      properties: Object.fromEntries(
        ['operate', 'list', 'get', 'create', 'update', 'delete'].map((verb) => [verb, { type: 'object' }]),
      ),
    },
    lasting: { const: true },
  },
};

const validate = new Ajv2020({ strict: false }).compile<ResourceNotation>(notation);

/** @throws Error naming the resource, and what of it is not understood */
export function checkNotation(resource: string, given: unknown): ResourceNotation {
  if (!validate(given)) {
    const [error] = [...(validate.errors ?? [])].sort((a, b) => b.instancePath.length - a.instancePath.length);
    const extra = error?.params.additionalProperty ?? error?.params.missingProperty;
    const place = [...(error?.instancePath ?? '').split('/').slice(1), ...(extra === undefined ? [] : [extra])];
    throw new Error(`Resource ${resource}: ${place.join('.') || 'it'} ${error?.message ?? 'is not valid'}.`);
  }
  const unknown = Object.values(given.privileges).find((each) => !isPrivilege(each));
  if (unknown !== undefined) throw new Error(`Resource ${resource}: ${unknown} is not a privilege.`);
  for (const [list, names] of Object.entries(mentioned(given))) {
    const missing = names.find((name) => !Object.hasOwn(given.properties, name));
    if (missing !== undefined) throw new Error(`Resource ${resource}: ${list} names ${missing}, which is not a field.`);
  }
  return given;
}

function mentioned({ required = [], unique = [], indexes = [], views = {} }: ResourceNotation) {
  const ofViews = Object.values(views);
  return {
    required,
    unique: unique.flatMap(({ fields }) => fields),
    indexes: indexes.flat(),
    'the fields of a view': ofViews.flatMap(({ fields }) => fields),
    'the keyword of a view': ofViews.flatMap(({ keyword }) => keyword),
    'near of a view': ofViews.flatMap(({ near = [] }) => near),
  };
}
