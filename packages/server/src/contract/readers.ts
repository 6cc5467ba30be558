/** What the document says of each operation for readers and generators, beside what its fragment says. */
import {
  type Family,
  familyOf,
  isMachineScope,
  type OperationObject,
  type Privilege,
  type ResponseObject,
} from '@palestra/core';

const badRequest: Readonly<Record<Family, string>> = { resource: 'BadRequest', club: 'ClubBadRequest' };

/** Where the repository's own documents are. */
const howToSeal = {
  description: 'How to seal, in any language',
  url: 'https://github.com/palestra-sdk/palestra/blob/main/docs/http.md',
};

const requestId = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

/** Security is said of public operations too, since a document without it may have been forgotten. */
export function forReaders(operation: OperationObject, path: string): OperationObject {
  const description = [operation.description, callers(operation), sealing(operation)].filter(Boolean).join('\n\n');
  return {
    security: operation['x-public'] ? [] : [{ bearer: [] }],
    ...operation,
    description,
    ...(operation['x-sealed'] !== undefined && { externalDocs: howToSeal }),
    responses: withFailure(operation, path),
  };
}

/** Each response tells the id under which the server's log has the request. */
export function withRequestId<Response extends object>(response: Response): Response {
  const { $ref, headers } = response as { $ref?: string; headers?: ResponseObject['headers'] };
  return $ref === undefined ? { ...response, headers: { ...headers, ...requestId } } : response;
}

function callers({ 'x-public': isPublic, 'x-privilege': privilege = {} }: OperationObject): string {
  if (isPublic) return 'Anyone may call it.';
  if (typeof privilege === 'string') return `For ${holders(privilege)}.`;
  return `For ${Object.entries(privilege)
    .map(([name, least]) => `${holders(least)} to ${name}`)
    .join(', ')}.`;
}

function holders(least: Privilege): string {
  return isMachineScope(least) ? `a token of the scope \`${least}\`` : `the privilege \`${least}\` and those above it`;
}

function sealing({ 'x-sealed': schema, requestBody }: OperationObject): string | undefined {
  if (schema === undefined) return undefined;
  const place = requestBody === undefined ? 'the `Authorization` header' : 'the body';
  return `What is sealed in ${place} is the JSON of a [\`${schema}\`](#/components/schemas/${schema}).`;
}

/** What may be sealed, as JSON Schema says it of a text (2020-12, section 8.5 of its validation). */
export function sealedContent(operations: readonly OperationObject[]): object {
  const names = [...new Set(operations.flatMap((operation) => operation['x-sealed'] ?? []))].sort();
  if (names.length === 0) return {};
  return {
    contentMediaType: 'application/json',
    contentSchema: { anyOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) },
  };
}

/** Every operation refuses a parameter that it does not have. */
function withFailure({ responses, 'x-failure': failure }: OperationObject, path: string): OperationObject['responses'] {
  if (failure !== undefined) return responses;
  return { 400: { $ref: `#/components/responses/${badRequest[familyOf(path)]}` }, ...responses };
}

/** Tells generators by which member the operations of an envelope differ: `operation`, a constant in each. */
export function withDiscriminator(
  operation: OperationObject,
  schemas: Readonly<Record<string, unknown>>,
): OperationObject {
  const { requestBody } = operation;
  const content = requestBody?.content?.['application/json'];
  const { oneOf = [] } = Object(content?.schema) as { readonly oneOf?: readonly { readonly $ref?: string }[] };
  const mapping = oneOf.flatMap(({ $ref = '' }) => {
    const schema = Object(schemas[$ref.replace('#/components/schemas/', '')]);
    const value: unknown = schema.properties?.operation?.const;
    return typeof value === 'string' ? [[value, $ref]] : [];
  });
  if (oneOf.length === 0 || mapping.length < oneOf.length) return operation;
  const discriminator = { propertyName: 'operation', mapping: Object.fromEntries(mapping) };
  const schema = { ...content?.schema, discriminator };
  return {
    ...operation,
    requestBody: { ...requestBody, content: { ...requestBody?.content, 'application/json': { ...content, schema } } },
  };
}
