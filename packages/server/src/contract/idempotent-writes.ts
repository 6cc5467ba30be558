/** What the document says of every write: that it takes an `Idempotency-Key`, and how it answers under one. */
import { type Family, familyOf, type OperationObject, type ResponseObject } from '@palestra/core';

type Shape = Family | 'error-object';

/** By the shape of failures: the component responses that a key adds. */
const added: Readonly<Record<Shape, Readonly<Record<'409' | '422', string>>>> = {
  resource: { 409: 'RequestRunning', 422: 'KeyReused' },
  club: { 409: 'ClubRequestRunning', 422: 'ClubKeyReused' },
  'error-object': { 409: 'ClubErrorRequestRunning', 422: 'ClubErrorKeyReused' },
};

const parameter = { $ref: '#/components/parameters/IdempotencyKey' };
const replayed = { 'Idempotency-Replayed': { $ref: '#/components/headers/IdempotencyReplayed' } };

/** `method` is in lower case. */
export function withIdempotency(operation: OperationObject, method: string, path: string): OperationObject {
  if (method === 'get' || method === 'head') return operation;
  const shape = operation['x-failure'] === 'error-object' ? 'error-object' : familyOf(path);
  const failures = Object.entries(added[shape]).map(([status, name]) => [
    status,
    { $ref: `#/components/responses/${name}` },
  ]);
  const successes = Object.entries(operation.responses)
    .filter(([status]) => /^2\d\d$/.test(status))
    .map(([status, response]) => [status, withHeader(response)]);
  return {
    ...operation,
    'x-idempotent': true,
    parameters: [...(operation.parameters ?? []), parameter],
    responses: { ...Object.fromEntries(failures), ...operation.responses, ...Object.fromEntries(successes) },
  };
}

/** A response that is a reference says it at its component, if it says it. */
function withHeader(response: ResponseObject | { readonly $ref: string }): ResponseObject | { readonly $ref: string } {
  return '$ref' in response ? response : { ...response, headers: { ...response.headers, ...replayed } };
}
