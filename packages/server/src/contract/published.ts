/** The composed document as people and generators read it, with what serving it does not need. */
import type { OpenApiDocument, PathItemObject } from '@palestra/core';
import { withErrorCodes } from './error-codes.js';
import { forReaders, sealedContent, withDiscriminator, withRequestId } from './readers.js';
import { withRequiredMembers } from './required-members.js';

/** Each operation completed; of the shared responses those stay that one refers to. In the same order for all parts. */
export function publishedDocument(document: OpenApiDocument): OpenApiDocument {
  const { tags = [], components = {} } = document;
  const { schemas = {} } = components;
  const responses: Record<string, unknown> = { ...components.responses };
  const paths = mapValues(sorted(document.paths), (item, path) => describedItem(item, path, schemas, responses));
  return {
    ...document,
    tags: [...tags].sort((a, b) => (a.name < b.name ? -1 : 1)),
    paths,
    components: sorted(
      mapValues(
        {
          ...components,
          schemas: describedSchemas(schemas, paths),
          responses: mapValues(referredTo(responses, paths), (response) => withRequestId(Object(response))),
        },
        sorted,
      ),
    ),
  };
}

function describedItem(
  item: PathItemObject,
  path: string,
  schemas: Readonly<Record<string, unknown>>,
  responses: Record<string, unknown>,
): PathItemObject {
  return mapValues(item, (operation) => {
    const read = withDiscriminator(forReaders(operation, path), schemas);
    const described = withErrorCodes(read, path, responses);
    return { ...described, responses: mapValues(described.responses, withRequestId) };
  });
}

type Paths = OpenApiDocument['paths'];

function describedSchemas(schemas: Readonly<Record<string, unknown>>, paths: Paths): Record<string, unknown> {
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  const sealed = { ...Object(schemas.SealedText), ...sealedContent(operations) };
  const all = { ...schemas, SealedText: sealed };
  return mapValues(all, (schema) => withRequiredMembers(schema, all));
}

function referredTo(responses: Readonly<Record<string, unknown>>, paths: Paths): Record<string, unknown> {
  const used = new Set<string>();
  for (const item of Object.values(paths)) {
    for (const operation of Object.values(item)) {
      for (const response of Object.values(operation.responses)) {
        if ('$ref' in response) used.add(response.$ref.replace('#/components/responses/', ''));
      }
    }
  }
  return Object.fromEntries(Object.entries(responses).filter(([name]) => used.has(name)));
}

function mapValues<Value, Result>(
  entries: Readonly<Record<string, Value>>,
  map: (value: Value, key: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, map(value, key)]));
}

function sorted<Value>(entries: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}
