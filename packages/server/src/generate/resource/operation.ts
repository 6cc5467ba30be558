/** Operations with the parts that all of them share: security failures, bodies, envelopes. */
import type { Family, OperationObject, Schema } from '@palestra/core';
import { component } from './schemas.js';

/** Components of the host that describe each failure, by family. */
const failures: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  resource: {
    '400': 'BadRequest',
    '401': 'Unauthorized',
    '403': 'Forbidden',
    '404': 'NotFound',
    '409': 'Conflict',
    default: 'Failed',
  },
  club: {
    '400': 'ClubBadRequest',
    '401': 'ClubUnauthorized',
    '403': 'ClubForbidden',
    '404': 'ClubNotFound',
    '409': 'ClubConflict',
    default: 'ClubFailed',
  },
};

type Responses = Readonly<Record<string, unknown>>;

/** @throws Error for a status that the host has no description of */
function failureResponse(family: Family, status: string): Responses {
  const name = failures[family][status];
  if (name === undefined) throw new Error(`There is no shared response for ${status}: describe it among the responses`);
  return { [status]: { $ref: `#/components/responses/${name}` } };
}

/** Failures of their own stay as they are described; any operation may fail otherwise (`default`). */
export function withFailures(family: Family, responses: Responses, statuses: readonly string[]): Responses {
  const missing = [...statuses, 'default'].filter((status) => !(status in responses));
  return Object.assign({}, responses, ...missing.map((status) => failureResponse(family, status)));
}

/** Every failure is also a problem document, if the caller asks for one. */
export function failureContent(family: Family): object {
  return {
    'application/json': { schema: component(family === 'club' ? 'ClubFailure' : 'Failure') },
    'application/problem+json': { schema: component('Problem') },
  };
}

export function json(schema: Schema): { readonly content: Readonly<Record<string, { readonly schema: Schema }>> } {
  return { content: { 'application/json': { schema } } };
}

export function body(schema: Schema): object {
  return { required: true, ...json(schema) };
}

/** A success of the resource API. */
export function envelopeOf(data: Schema): Schema {
  return {
    type: 'object',
    required: ['success', 'data', 'exceptionMessage'],
    properties: { success: { const: true }, data, exceptionMessage: { const: '' } },
    additionalProperties: false,
  };
}

export function listOf(item: Schema): Schema {
  return { type: 'array', items: item };
}

export function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema {
  return { type: 'object', ...(required.length > 0 && { required }), properties, additionalProperties: false };
}

/** A component by reference. */
export const schema: (name: string) => Schema = component;

export const parameter = (name: string): object => ({ $ref: `#/components/parameters/${name}` });

export function pathParameter(name: string): object {
  if (name === 'id') return parameter('PathId');
  return { name, in: 'path', required: true, schema: { type: 'string', maxLength: 64 } };
}

export interface OperationDescription {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly privilege: OperationObject['x-privilege'];
  readonly resource?: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  /** The successes, by status. */
  readonly responses: Responses;
  /** Besides 401 and 403. */
  readonly failures?: readonly string[];
  /** What the description of the resource lays over it. */
  readonly over?: Readonly<Record<string, unknown>> | undefined;
}

export function operationOf(family: Family, parts: OperationDescription): OperationObject {
  const { operationId, summary, description, tag, privilege, resource, parameters, requestBody } = parts;
  const { 'x-failures': more = [], ...over } = parts.over ?? {};
  const guard = privilege === undefined || privilege === 'guest' ? { 'x-public': true } : { 'x-privilege': privilege };
  const guarded = 'x-privilege' in guard ? ['401', '403'] : [];
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    ...guard,
    ...(resource !== undefined && { 'x-resource': resource }),
    ...(parameters && { parameters }),
    ...(requestBody && { requestBody }),
    responses: withFailures(family, parts.responses, [
      ...guarded,
      ...(parts.failures ?? []),
      ...(more as readonly number[]).map(String),
    ]),
    ...over,
  } as unknown as OperationObject;
}
