/** What a document means for those who read it by machine: schemas with references followed, and without words. */
import type { OpenApiDocument, OperationObject, Schema } from '@palestra/core';
import { operationsOf } from '@palestra/server/generate';

export type Meaning = string | number | boolean | null | readonly Meaning[] | { readonly [key: string]: Meaning };

const words: ReadonlySet<string> = new Set([
  'description',
  'summary',
  'examples',
  'example',
  'title',
  'tags',
  'default',
]);

/** By `operationId`. Failures by the name of their description: what they hold is the same everywhere. */
export function meaningOf(document: OpenApiDocument, ids: ReadonlySet<string>): Record<string, Meaning> {
  const described = operationsOf(document).filter(({ id }) => ids.has(id));
  return Object.fromEntries(
    described
      .map(({ id, method, path, object, parameters }): [string, Meaning] => {
        const { responses, requestBody, parameters: _, ...rest } = object;
        const facts = {
          place: `${method.toUpperCase()} ${path}`,
          rest: plain(rest),
          parameters: Object.fromEntries(
            parameters.map(({ name, in: place, required = false, schema }) => [
              `${place} ${name}`,
              { required, schema: schemaMeaning(document, schema) },
            ]),
          ),
          body: requestBody ? contentMeaning(document, requestBody) : null,
          responses: responsesMeaning(document, responses),
        };
        return [id, facts as Meaning];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Where two meanings differ, as `operation place: before → after`. */
export function differences(before: Meaning | undefined, after: Meaning | undefined, place: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], `${place}/${key}`));
  }
  return [`${place}: ${JSON.stringify(before) ?? 'nothing'} → ${JSON.stringify(after) ?? 'nothing'}`];
}

function isObject(value: Meaning | undefined): value is { readonly [key: string]: Meaning } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plain(value: unknown): Meaning {
  return JSON.parse(JSON.stringify(value, (key, each) => (words.has(key) ? undefined : each)));
}

function responsesMeaning(document: OpenApiDocument, responses: OperationObject['responses']): Meaning {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { $ref } = response as unknown as { $ref?: string };
      return [status, $ref ?? contentMeaning(document, response as { content?: object })];
    }),
  );
}

function contentMeaning(document: OpenApiDocument, { content = {} }: { content?: object }): Meaning {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema }]) => [type, schemaMeaning(document, schema as Schema)]),
  );
}

type Mutable = Record<string, unknown>;

function schemaMeaning(document: OpenApiDocument, schema: Schema): Meaning {
  return sorted(simplified(document, schema)) as Meaning;
}

/** References followed, `allOf` joined, and one way to say what JSON Schema lets one say in several. */
function simplified(document: OpenApiDocument, schema: Schema): Mutable {
  const { $ref, allOf = [], oneOf, anyOf = oneOf, ...own } = schema as Schema & { allOf?: Schema[] };
  const parts = [...(typeof $ref === 'string' ? [follow(document, $ref)] : []), ...allOf];
  const all: Mutable = {};
  for (const part of [...parts.map((each) => simplified(document, each)), simplifiedOwn(document, own)]) {
    const { properties = {}, required = [], ...rest } = part as { properties?: object; required?: string[] };
    Object.assign(all, rest);
    if (Object.keys(properties).length > 0) all.properties = { ...(all.properties as object), ...properties };
    if (required.length > 0) all.required = [...new Set([...((all.required as string[]) ?? []), ...required])].sort();
  }
  if (Array.isArray(anyOf))
    addAlternatives(
      all,
      anyOf.map((each) => simplified(document, each)),
    );
  return all;
}

function simplifiedOwn(document: OpenApiDocument, own: Schema): Mutable {
  const { properties, items, prefixItems, additionalProperties, unevaluatedProperties, type, ...rest } = own;
  const told = Object.fromEntries(Object.entries(rest).filter(([key]) => !words.has(key)));
  const closed = additionalProperties === false || unevaluatedProperties === false;
  const literal = told.const !== undefined || told.enum !== undefined;
  return {
    ...told,
    ...(type !== undefined && !literal && { type: [type].flat().sort() }),
    ...(closed && { closed }),
    ...(isSchema(additionalProperties) && { others: simplified(document, additionalProperties) }),
    ...(isSchema(items) && { items: simplified(document, items) }),
    ...(Array.isArray(prefixItems) && { prefixItems: prefixItems.map((each) => simplified(document, each)) }),
    ...(isSchema(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, simplified(document, each as Schema)]),
      ),
    }),
  };
}

/** `anyOf` one type and null is that type or null. */
function addAlternatives(all: Mutable, alternatives: readonly Mutable[]): void {
  const others = alternatives.filter(({ type }) => JSON.stringify(type) !== '["null"]');
  const [only] = others;
  if (others.length === 1 && only && Array.isArray(only.type) && others.length < alternatives.length) {
    Object.assign(all, only, { type: [...only.type, 'null'].sort() });
  } else {
    all.anyOf = alternatives.map((each) => JSON.stringify(sorted(each))).sort();
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function follow(document: OpenApiDocument, reference: string): Schema {
  const [, section = '', name = ''] = /^#\/components\/(\w+)\/(\w+)$/.exec(reference) ?? [];
  return document.components?.[section]?.[name] as Schema;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
