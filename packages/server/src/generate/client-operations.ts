/** The client's constants, one an operation, so that a bundle holds only those it uses. */
import { familyOf, type OpenApiDocument, type OperationObject } from '@palestra/core';

/** Modules that the constants take their types from; without `types` those are in the same file. */
export interface ClientImports {
  readonly operation: string;
  readonly types?: string;
}

export function clientOperations(document: OpenApiDocument, { operation, types }: ClientImports): string {
  const constants = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => constantOf(path, method, operation)),
  );
  return [
    `import type { Operation } from '${operation}';`,
    ...(types === undefined ? [] : [`import type { operations, SealedBodies } from '${types}';`]),
    '',
    ...constants,
    '',
  ].join('\n');
}

function constantOf(path: string, method: string, operation: OperationObject): string {
  const { operationId: id, 'x-sealed': sealed } = operation;
  const facts = {
    id,
    method: method.toUpperCase(),
    path,
    ...(operation['x-public'] && { public: true }),
    ...((operation['x-bare'] || familyOf(path) === 'club') && { bare: true }),
    ...(sealed !== undefined && { sealed: operation.requestBody === undefined ? 'authorization' : 'body' }),
  };
  const types = sealed === undefined ? `operations['${id}']` : `operations['${id}'], SealedBodies['${id}']`;
  return `export const ${id}: Operation<${types}> = ${JSON.stringify(facts)};`;
}
