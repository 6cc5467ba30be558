/** Every error that the server and its built-in plugins answer with, and their codes for the client, by operation too. */
import {
  type ErrorFact,
  isJsonObject,
  type OpenApiDocument,
  problemMediaType,
  problemTypePrefix,
  type ResponseObject,
} from '@palestra/core';
import { createPalestra } from '@palestra/server';
import { plugins } from '../palestra.config.js';

/** The catalogue's first, in its order. */
export function errorFacts(): readonly ErrorFact[] {
  return createPalestra({ plugins, dataDir: 'never-opened' }).errors();
}

export function errorCodes(document: OpenApiDocument): string {
  const codes = errorFacts().map(({ code }) => code);
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  const members = operations.map(
    ({ operationId, responses }) => `  readonly ${operationId}: ${union(codesOf(document, Object.values(responses)))};`,
  );
  return [
    '/** Codes of the server and its built-in plugins. */',
    `export type ServerCode =\n${lines(codes)};`,
    '',
    '/** By `operationId`, the codes that the operation can answer. */',
    `export interface OperationErrors {\n${members.join('\n')}\n}\n`,
  ].join('\n');
}

/** The codes in the enums of an operation's problem documents. */
export function codesOf(document: OpenApiDocument, responses: readonly object[]): string[] {
  return responses.flatMap((response) => {
    const { $ref = '' } = response as { $ref?: string };
    const shared = document.components?.responses?.[$ref.replace('#/components/responses/', '')];
    const { content } = (shared ?? response) as ResponseObject;
    return typesIn(content?.[problemMediaType]?.schema).map((type) => type.slice(problemTypePrefix.length));
  });
}

function typesIn(schema: unknown): string[] {
  const { allOf = [] } = Object(schema) as { allOf?: readonly unknown[] };
  return allOf.flatMap((part) => (isJsonObject(part) ? (Object(part.properties).type?.enum ?? []) : []));
}

function union(codes: readonly string[]): string {
  return unique(codes)
    .map((code) => `'${code}'`)
    .join(' | ');
}

function lines(codes: readonly string[]): string {
  return unique(codes)
    .map((code) => `  | '${code}'`)
    .join('\n');
}

function unique(codes: readonly string[]): string[] {
  return [...new Set(codes)].sort();
}
