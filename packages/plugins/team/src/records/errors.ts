/** The answers to what cannot be found or cannot be written, worded as the club API does. */
import { catalogue, invalidRequest, PalestraError } from '@palestra/core';

/** For what the path names: 404 `Country not found`. */
export function notFound(name: string): PalestraError {
  return new PalestraError(catalogue.resourceNotFound, `${name} not found`);
}

/** For what a field of the body names: 400 with the same text. */
export function unknownReference(name: string, field: string): PalestraError {
  return invalidRequest(`${name} not found`, `/${field}`);
}

export function inUse(name: string, cause: unknown): PalestraError {
  return new PalestraError(catalogue.conflict, `${name} is in use`, { cause });
}
