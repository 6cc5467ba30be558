/** The client's constants, one an operation, so that a bundle holds only those it uses. */
import { familyOf, type OpenApiDocument, type OperationObject, type ResponseObject } from '@palestra/core';
import { resolve } from '../contract/operations.js';

/** Modules that the constants take their types from; without `types` those are in the same file. */
export interface ClientImports {
  readonly operation: string;
  /** The client's own, whose constants are written short: a bundle may hold all of them. */
  readonly types?: string;
}

export function clientOperations(document: OpenApiDocument, { operation, types }: ClientImports): string {
  const write = types === undefined ? literal : short;
  const constants = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => constantOf(document, path, method, operation, write)),
  );
  return [
    `import ${types === undefined ? 'type { Operation }' : '{ type Operation, operation }'} from '${operation}';`,
    ...(types === undefined ? [] : [`import type { operations, SealedBodies } from '${types}';`]),
    '',
    ...constants,
    ...(types === undefined ? [] : ['', everyOperation(document)]),
    '',
  ].join('\n');
}

/** By position: the namespace of the module would repeat every name in a bundle. */
function everyOperation({ paths }: OpenApiDocument): string {
  const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
  return `/** For a look-up by \`operationId\`. */\nexport const everyOperation: readonly Operation[] = [${ids.join(', ')}];`;
}

interface Facts {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

function literal(facts: Facts): string {
  return JSON.stringify(facts);
}

function short({ id, method, path, ...facts }: Facts): string {
  const rest = Object.keys(facts).length > 0 ? [JSON.stringify(facts)] : [];
  return `/* @__PURE__ */ operation(${[...[id, method, path].map((text) => `'${text}'`), ...rest].join(', ')})`;
}

function constantOf(
  document: OpenApiDocument,
  path: string,
  method: string,
  operation: OperationObject,
  write: (facts: Facts) => string,
): string {
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
  return `export const ${id}: Operation<${types}> = ${write(facts)};`;
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
