/**
 * The shorthands of an operation beside the resources: `x-body` for a JSON body, `x-data` for what is answered (in the
 * resource API inside its envelope), a failure by its description alone, `x-failures` for failures that the host
 * describes, and those that follow from what the operation is.
 */
import type { Family, OperationObject, Schema } from '@palestra/core';
import { body, envelopeOf, failureContent, json, withFailures } from './operation.js';

interface WrittenResponse {
  readonly 'x-data'?: Schema;
  readonly $ref?: string;
  readonly content?: object;
}

interface WrittenOperation extends Omit<OperationObject, 'responses'> {
  readonly responses: Readonly<Record<string, WrittenResponse>>;
  readonly 'x-failures'?: readonly number[];
  readonly 'x-body'?: Schema;
}

export function spellOut(family: Family, operation: OperationObject): OperationObject {
  const {
    'x-failures': failures = [],
    'x-body': sent,
    responses: told,
    ...rest
  } = operation as unknown as WrittenOperation;
  const written = { ...rest, ...(sent !== undefined && { requestBody: body(sent) }) };
  const responses = Object.entries(told).map(([status, response]) => [status, responseOf(family, status, response)]);
  const guarded = written['x-public'] === true ? [] : ['401', '403'];
  const fed = written.requestBody === undefined ? [] : ['400'];
  return {
    ...written,
    responses: withFailures(family, Object.fromEntries(responses), [...guarded, ...fed, ...failures.map(String)]),
  } as unknown as OperationObject;
}

function responseOf(family: Family, status: string, written: WrittenResponse): object {
  const { 'x-data': data, ...response } = written;
  if (data !== undefined) return { ...response, ...json(family === 'club' ? data : envelopeOf(data)) };
  const told = response.$ref !== undefined || response.content !== undefined;
  return told || !/^[45]/.test(status) ? response : { ...response, content: failureContent(family) };
}
