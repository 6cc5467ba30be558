/**
 * The shorthands of an operation beside the resources: `x-data` for the data of an envelope, `x-failures` for failures
 * that the host describes, and the failures that follow from what the operation is.
 */
import type { Family, OperationObject, Schema } from '@palestra/core';
import { envelopeOf, json, withFailures } from './operation.js';

interface WrittenResponse {
  readonly 'x-data'?: Schema;
}

interface WrittenOperation extends Omit<OperationObject, 'responses'> {
  readonly responses: Readonly<Record<string, WrittenResponse>>;
  readonly 'x-failures'?: readonly number[];
}

export function spellOut(family: Family, operation: OperationObject): OperationObject {
  const { 'x-failures': failures = [], ...written } = operation as unknown as WrittenOperation;
  const responses = Object.fromEntries(
    Object.entries(written.responses).map(([status, { 'x-data': data, ...response }]) => [
      status,
      data === undefined ? response : { ...response, ...json(family === 'club' ? data : envelopeOf(data)) },
    ]),
  );
  const guarded = written['x-public'] === true ? [] : ['401', '403'];
  const fed = written.requestBody === undefined ? [] : ['400'];
  return {
    ...written,
    responses: withFailures(family, responses, [...guarded, ...fed, ...failures.map(String)]),
  } as unknown as OperationObject;
}
