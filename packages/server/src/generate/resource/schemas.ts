/** JSON Schemas of fields: read to know what is stored, and rewritten for requests and answers. */
import type { Schema } from '@palestra/core';

/** Resolves `#/components/schemas/…` of the fragment or of the host; undefined for what neither has. */
export type LookUp = (reference: string) => Schema | undefined;

export interface Effective {
  /** References followed and `null` taken out; `{}` where several alternatives are left. */
  readonly schema: Schema;
  readonly nullable: boolean;
}

export const component = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** @throws Error for a reference to nothing */
export function effective(schema: Schema, lookUp: LookUp): Effective {
  const { $ref, anyOf, oneOf, type } = schema;
  if (typeof $ref === 'string') {
    const target = lookUp($ref);
    if (!target) throw new Error(`${$ref} is not described`);
    return effective({ ...target, ...omit(schema, ['$ref']) }, lookUp);
  }
  const alternatives = anyOf ?? oneOf;
  if (alternatives) {
    const others = alternatives.filter((each) => !isNull(each));
    const nullable = others.length < alternatives.length;
    const [only] = others;
    if (others.length !== 1 || !only) return { schema: {}, nullable };
    const inner = effective(only, lookUp);
    return { schema: inner.schema, nullable: nullable || inner.nullable };
  }
  if (!Array.isArray(type)) return { schema, nullable: false };
  const types = type.filter((each) => each !== 'null');
  return { schema: { ...schema, type: types.length === 1 ? types[0] : types }, nullable: types.length < type.length };
}

function isNull({ type }: Schema): boolean {
  return type === 'null';
}

/** Admits `null` too, as JSON Schema says it. */
export function orNull(schema: Schema, lookUp: LookUp): Schema {
  if (effective(schema, lookUp).nullable) return schema;
  const { type } = schema;
  const scalar = typeof type === 'string' && ['string', 'number', 'integer', 'boolean'].includes(type) && !schema.enum;
  return scalar ? { ...schema, type: [type, 'null'] } : also(schema, { type: 'null' });
}

const annotations: readonly string[] = ['description', 'examples', 'default'];

/** Admits what `other` does; what readers are told stays outside of the alternatives. */
export function also(schema: Schema, other: Schema): Schema {
  const { anyOf, ...rest } = omit(schema, annotations);
  const told = Object.fromEntries(Object.entries(schema).filter(([key]) => annotations.includes(key)));
  return { ...told, anyOf: [...(Array.isArray(anyOf) ? anyOf : [rest]), other] };
}

/** What an input must keep and an answer need not promise. */
const limits = [
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'default',
] as const;

/** Names that mean more than their limits. */
const meaningful: ReadonlySet<string> = new Set(
  ['Id', 'ClubId', 'Instant'].map((name) => `#/components/schemas/${name}`),
);

/** The kinds of values alone, for answers with fewer promises. References to objects and to words stay. */
export function withoutLimits(schema: Schema, lookUp: LookUp): Schema {
  const { $ref } = schema;
  if (typeof $ref === 'string') {
    const { schema: target } = effective(schema, lookUp);
    const simple = ['string', 'number', 'integer', 'boolean', 'array'].includes(String(target.type)) && !target.enum;
    const inline = simple && !meaningful.has($ref);
    return inline ? withoutLimits({ ...target, ...omit(schema, ['$ref']) }, lookUp) : omit(schema, limits);
  }
  const bare = omit(schema, limits) as Record<string, unknown>;
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const parts = bare[key];
    if (Array.isArray(parts)) bare[key] = parts.map((part: Schema) => withoutLimits(part, lookUp));
  }
  if (typeof bare.items === 'object' && bare.items !== null) bare.items = withoutLimits(bare.items as Schema, lookUp);
  return bare;
}

export function omit(schema: Schema, keys: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}
