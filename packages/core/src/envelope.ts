/** The request and response envelope of the resource API, as TNT-Backend documents it. */

const operationNames = ['create', 'query', 'update'] as const;
type OperationName = (typeof operationNames)[number];

export interface RequestEnvelope<Data = Record<string, unknown>> {
  operation: OperationName;
  data: Data;
}

interface Success<Data = unknown> {
  success: true;
  data: Data;
  exceptionMessage: '';
}

export interface Failure {
  success: false;
  data: Record<string, never>;
  exceptionMessage: string;
  exceptionType: string;
}

export type Envelope<Data = unknown> = Success<Data> | Failure;

/** The text before and after the JSON of `data` in a success, so that a list can be streamed between the two. */
export const successPrefix = '{"success":true,"data":';
export const successSuffix = ',"exceptionMessage":""}';

export function failure(exceptionType: string, exceptionMessage: string): Failure {
  return { success: false, data: {}, exceptionMessage, exceptionType };
}

/** Narrows a parsed body to an envelope of either kind. */
export function isEnvelope(body: unknown): body is Envelope {
  return typeof body === 'object' && body !== null && 'success' in body && 'data' in body;
}
