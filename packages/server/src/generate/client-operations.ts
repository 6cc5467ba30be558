/** The client's constants, one an operation, so that a bundle holds only those it uses. */
import { familyOf, type OpenApiDocument, type OperationObject, type ResponseObject } from '@palestra/core';
import { resolve } from '../contract/operations.js';

/** Modules that the constants take their types from; without `types` those are in the same file. */
export interface ClientImports {
  readonly operation: string;
  readonly types?: string;
}

export function clientOperations(document: OpenApiDocument, { operation, types }: ClientImports): string {
  const constants = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => constantOf(document, path, method, operation)),
  );
  return [
    `import type { Operation } from '${operation}';`,
    ...(types === undefined ? [] : [`import type { operations, SealedBodies } from '${types}';`]),
    '',
    ...constants,
    '',
  ].join('\n');
}

function constantOf(document: OpenApiDocument, path: string, method: string, operation: OperationObject): string {
  const { operationId: id, 'x-sealed': sealed } = operation;
  const bare = operation['x-bare'] === true || familyOf(path) === 'club';
  const facts = {
    id,
    method: method.toUpperCase(),
    path,
    ...(operation['x-public'] && { public: true }),
    ...(bare && { bare: true }),
    ...(sealed !== undefined && { sealed: operation.requestBody === undefined ? 'authorization' : 'body' }),
    ...(operation['x-idempotent'] && { idempotent: true }),
    ...(operation['x-answer-within'] !== undefined && { answerWithin: operation['x-answer-within'] }),
    ...resultFacts(document, operation, bare),
  };
  const types = sealed === undefined ? `operations['${id}']` : `operations['${id}'], SealedBodies['${id}']`;
  return `export const ${id}: Operation<${types}> = ${JSON.stringify(facts)};`;
}

type Schema = { readonly type?: unknown; readonly properties?: { readonly data?: unknown } };

/** `list`: every success is an array. `empty`: no success has a body. */
function resultFacts(document: OpenApiDocument, { responses }: OperationObject, bare: boolean): object {
  const successes = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, response]) => resolve<ResponseObject>(document, response).content);
  const isList = (content: ResponseObject['content']) => {
    const body = resolve<Schema | undefined>(document, content?.['application/json']?.schema);
    const data = bare ? body : resolve<Schema | undefined>(document, body?.properties?.data);
    return data?.type === 'array';
  };
  if (successes.length === 0) return {};
  return {
    ...(successes.every(isList) && { list: true }),
    ...(successes.every((content) => content === undefined) && { empty: true }),
  };
}
