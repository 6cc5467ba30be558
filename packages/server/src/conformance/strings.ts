/** Where a request has strings, and requests with one of them replaced. */
import { isJsonObject, type OpenApiDocument, type Schema } from '@palestra/core';
import { type DescribedOperation, resolve } from '../contract/operations.js';
import type { RawRequest } from './types.js';

export interface Place {
  /** In messages: `/data/name` of the body, `?keyword`, `{id}` of the path. */
  readonly name: string;
  /** The most characters that its schema takes. */
  readonly longest: number;
  /** The same request with `text` there. */
  with(text: string): RawRequest;
}

/** What the schemas of a document say of values. */
export interface Sampler {
  readonly document: OpenApiDocument;
  takes(schema: Schema, value: unknown): boolean;
}

/** Every string that the operation takes, whether or not `request` has it. */
export function stringPlaces(
  sampler: Sampler,
  { object, path, parameters }: DescribedOperation,
  request: RawRequest,
): Place[] {
  const { document } = sampler;
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
  const inQuery = parameters.filter(({ in: where, schema }) => where === 'query' && takesText(document, schema));
  return [
    ...inPath.map((name) => ({
      name: `{${name}}`,
      longest: Number.POSITIVE_INFINITY,
      with: (text: string) => ({ ...request, params: { ...request.params, [name]: text } }),
    })),
    ...inQuery.map(({ name, schema }) => ({
      name: `?${name}`,
      longest: longestOf(document, schema),
      with: (text: string) => ({ ...request, query: { ...request.query, [name]: text } }),
    })),
    ...(object['x-sealed'] === undefined ? bodyPlaces(sampler, object.requestBody, request) : []),
  ];
}

interface BodyDescription {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

function bodyPlaces(sampler: Sampler, described: unknown, request: RawRequest): Place[] {
  const { content = {} } = resolve<BodyDescription>(sampler.document, described ?? {});
  const schema = content['application/json']?.schema;
  if (!schema) return [];
  const body = request.body ?? sampleOf(sampler, schema, 0);
  const found = new Map<string, Found>();
  collect(sampler, schema, body, [], found);
  return [...found.values()].map(({ steps, longest }) => ({
    name: `/${steps.join('/')}`,
    longest,
    with: (text) => ({ ...request, body: replaced(sampler, schema, body, steps, text) }),
  }));
}

interface Found {
  readonly steps: readonly string[];
  readonly longest: number;
}

const deepest = 6;

/** Of alternatives, the one that fits the value that is there. */
function collect(
  sampler: Sampler,
  given: Schema,
  value: unknown,
  steps: readonly string[],
  found: Map<string, Found>,
): void {
  if (steps.length > deepest) return;
  for (const schema of partsOf(sampler, given, value)) {
    if (takesText(sampler.document, schema)) {
      found.set(steps.join('/'), { steps, longest: longestOf(sampler.document, schema) });
    }
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      collect(sampler, property, memberOf(value, name), [...steps, name], found);
    }
    if (schema.items) collect(sampler, schema.items, memberOf(value, '0'), [...steps, '0'], found);
  }
}

/** A schema with what `allOf` adds, and the alternative that is meant. */
function partsOf(sampler: Sampler, given: Schema, value: unknown): Schema[] {
  const schema = resolve<Schema>(sampler.document, given);
  const { allOf = [], anyOf = [], oneOf = anyOf } = schema;
  const chosen = oneOf.find((each) => sampler.takes(each, value)) ?? oneOf[0];
  return [schema, ...[...allOf, ...(chosen ? [chosen] : [])].flatMap((part) => partsOf(sampler, part, value))];
}

/** A string whose values are not a closed list. */
function takesText(document: OpenApiDocument, given: Schema): boolean {
  const { type, enum: values, const: value } = resolve<Schema>(document, given);
  return [type].flat().includes('string') && values === undefined && value === undefined;
}

function longestOf(document: OpenApiDocument, given: Schema): number {
  return Number(resolve<Schema>(document, given).maxLength ?? Number.POSITIVE_INFINITY);
}

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value[Number(name)];
  return isJsonObject(value) ? value[name] : undefined;
}

/** What is missing on the way is filled in with samples. */
function replaced(sampler: Sampler, given: Schema, value: unknown, steps: readonly string[], text: string): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return text;
  const parts = partsOf(sampler, given, value);
  const isItem = step === '0' && parts.some(({ items }) => items !== undefined);
  const base = typeof value === 'object' && value !== null ? value : isItem ? [] : sampleOf(sampler, given, 0);
  const schema = parts
    .map(({ items, properties }) => (isItem ? items : properties?.[step]))
    .find((each) => each !== undefined);
  const inner = replaced(sampler, schema ?? {}, memberOf(base, step), rest, text);
  if (Array.isArray(base)) return [inner, ...base.slice(1)];
  return { ...(isJsonObject(base) && base), [step]: inner };
}

/** The least that a schema takes, as far as it says so. */
function sampleOf(sampler: Sampler, given: Schema, depth: number): unknown {
  const parts = partsOf(sampler, given, undefined);
  const constant = parts.find((part) => 'const' in part || Array.isArray(part.enum));
  if (constant) return 'const' in constant ? constant.const : constant.enum?.[0];
  const type = parts.flatMap((part) => part.type ?? []).find((each) => each !== 'null') ?? 'object';
  if (type === 'string') return 'x'.repeat(Number(parts.find(({ minLength }) => minLength)?.minLength ?? 1));
  if (type === 'integer' || type === 'number') return Number(parts.find((part) => 'minimum' in part)?.minimum ?? 1);
  if (type === 'boolean') return false;
  if (type === 'array') return [];
  if (depth > deepest) return {};
  const properties: Schema['properties'] = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
  const required = new Set(parts.flatMap((part) => part.required ?? []));
  const entries = [...required].map((name) => [name, sampleOf(sampler, properties?.[name] ?? {}, depth + 1)]);
  return Object.fromEntries(entries);
}
