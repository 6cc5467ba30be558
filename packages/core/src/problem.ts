/** RFC 9457 problem documents: what both families answer when `Accept: application/problem+json` is sent. */
import type { FaultyPart, PalestraError } from './errors.js';

export const problemMediaType = 'application/problem+json';

export interface Problem {
  /** `problemTypePrefix` and the stable code: the URL of the error's description. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** `urn:palestra:request:<request id>`: this very occurrence. */
  instance: string;
  exceptionType: string;
  requestId: string;
  errors: FaultyPart[];
}

/** The public page that describes every code; its headings are the codes, so that the fragment leads to one. */
export const problemTypePrefix = 'https://github.com/palestra-sdk/palestra/blob/main/docs/errors.md#';

/** The code that a problem's `type` names; `undefined` if the type is not from a Palestra server. */
export function problemCode(type: string): string | undefined {
  return /\/docs\/errors\.md#(\w+)$/.exec(type)?.[1];
}

export function problemOf(error: PalestraError, status: number, requestId: string): Problem {
  return {
    type: problemTypePrefix + error.fact.code,
    title: error.fact.title,
    status,
    detail: error.message,
    instance: `urn:palestra:request:${requestId}`,
    exceptionType: error.fact.exceptionType,
    requestId,
    errors: [...error.errors],
  };
}

export function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'type' in body && 'title' in body && 'status' in body;
}
