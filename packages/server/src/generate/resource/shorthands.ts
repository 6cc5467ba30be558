/**
 * The shorthands of an operation beside the resources: `x-body` for a JSON body, `x-data` for what is answered (in the
 * resource API inside its envelope), a failure by its description alone, `x-failures` for failures that the host
 * describes, and those that follow from what the operation is. Parameters of the path that it does not describe are ids,
 * and without `tags` it has the fragment's first.
 */
import { type Family, familyOf, type OperationObject, type Schema } from '@palestra/core';
import { body, envelopeOf, failureContent, json, pathParameter, withFailures } from './operation.js';

interface WrittenResponse {
  readonly 'x-data'?: Schema;
  readonly $ref?: string;
  readonly content?: object;
}

interface WrittenOperation extends Omit<OperationObject, 'responses' | 'parameters'> {
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string }[];
  readonly responses: Readonly<Record<string, WrittenResponse>>;
  readonly 'x-failures'?: readonly number[];
  readonly 'x-body'?: Schema;
}

export interface Surroundings {
  readonly path: string;
  /** Of operations without `tags`. */
  readonly tag: string | undefined;
  /** The name of a parameter that is described among the components. */
  parameterName(reference: string): string | undefined;
}

export function spellOut(operation: OperationObject, { path, tag, parameterName }: Surroundings): OperationObject {
  const family = familyOf(path);
  const {
    'x-failures': failures = [],
    'x-body': sent,
    responses: told,
    operationId,
    summary,
    description,
    tags = tag === undefined ? undefined : [tag],
    parameters = [],
    ...rest
  } = operation as unknown as WrittenOperation;
  const named = new Set(parameters.map(({ $ref, name }) => ($ref === undefined ? name : parameterName($ref))));
  const ids = namesIn(path).filter((name) => !named.has(name));
  const all = [...ids.map(pathParameter), ...parameters];
  const written = {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    ...(tags && { tags }),
    ...rest,
    ...(all.length > 0 && { parameters: all }),
    ...(sent !== undefined && { requestBody: body(sent) }),
  };
  const responses = Object.entries(told).map(([status, response]) => [status, responseOf(family, status, response)]);
  const guarded = written['x-public'] === true ? [] : ['401', '403'];
  const fed = written.requestBody === undefined ? [] : ['400'];
  return {
    ...written,
    responses: withFailures(family, Object.fromEntries(responses), [...guarded, ...fed, ...failures.map(String)]),
  } as unknown as OperationObject;
}

function namesIn(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
}

function responseOf(family: Family, status: string, written: WrittenResponse): object {
  const { 'x-data': data, ...response } = written;
  if (data !== undefined) return { ...response, ...json(family === 'club' ? data : envelopeOf(data)) };
  const told = response.$ref !== undefined || response.content !== undefined;
  return told || !/^[45]/.test(status) ? response : { ...response, content: failureContent(family) };
}
