/** Turns what ajv found into the catalogue's errors: the message names the field, the pointer its place. */
import {
  bodyPointer,
  catalogue,
  type ErrorFact,
  invalidOperation,
  invalidRequest,
  invalidResourceCreation,
  invalidResourceParameter,
  PalestraError,
  requiredForRequest,
} from '@palestra/core';
import type { ErrorObject } from 'ajv';
import { expectationOf } from './expectations.js';

export interface Fault {
  readonly kind: 'required' | 'unknown' | 'invalid';
  /** The keyword of JSON Schema that does not hold. */
  readonly keyword: string;
  /** From what was validated to the field. */
  readonly steps: readonly string[];
  /** The field as the caller wrote it: `price.amount`, `schedule[0].start`. */
  readonly field: string;
  readonly pointer: string;
  readonly detail: string;
}

/** The pointer of a place inside what was validated. */
export type Locate = (...steps: readonly string[]) => string;

/** The most telling of ajv's errors: the one deepest inside, since a failed `anyOf` reports every branch. */
export function faultOf(errors: readonly ErrorObject[] | null | undefined, locate: Locate = bodyPointer): Fault {
  const error = [...(errors ?? [])].sort((a, b) => depth(b) - depth(a) || rank(a) - rank(b))[0];
  if (!error) {
    const detail = 'the body is not valid';
    return { kind: 'invalid', keyword: '', steps: [], field: 'the body', pointer: locate(), detail };
  }
  const extra = propertyOf(error);
  const steps = [...stepsOf(error), ...(extra === undefined ? [] : [extra])];
  const pointer = locate(...steps);
  const field = fieldName(steps);
  const kind = error.keyword === 'required' ? 'required' : extra === undefined ? 'invalid' : 'unknown';
  return { kind, keyword: error.keyword, steps, field, pointer, detail: detailOf(error, field) };
}

/** For operations without a resource: `what` takes the place of the resource's name. */
export function errorOf(fault: Fault, what: string): PalestraError {
  if (fault.kind === 'required') return requiredForRequest(fault.field, fault.pointer);
  if (fault.kind === 'unknown') return invalidResourceParameter(fault.field, what, fault.pointer);
  return invalidRequest(fault.detail, fault.pointer);
}

/** For the `data` of an envelope: the errors of the resource API, each with its own class. */
export function dataError(fault: Fault, operation: string, resource: string): PalestraError {
  const { kind, field, pointer, steps } = fault;
  if (operation === 'create' && kind === 'required') return invalidResourceCreation(field, resource, pointer);
  if (operation === 'query' && kind === 'unknown' && steps.length > 1) {
    return invalidOperation((steps.at(-1) ?? '').slice(0, 100), pointer);
  }
  if (operation === 'update' && field === '_id' && fault.keyword === 'pattern') {
    return new PalestraError(catalogue.resourceNotFound, 'No resource has this _id');
  }
  return errorOf(fault, resource);
}

export function bodyRequired(): PalestraError {
  const fact: ErrorFact = catalogue.invalidRequest;
  return new PalestraError(fact, 'A body is required for the request', {
    errors: [{ pointer: '', detail: 'Send a JSON object.' }],
  });
}

const composites = new Set(['anyOf', 'oneOf', 'allOf', 'not', 'if']);

function depth(error: ErrorObject): number {
  return error.instancePath.split('/').length;
}

function rank(error: ErrorObject): number {
  if (composites.has(error.keyword)) return 2;
  return error.keyword === 'type' || error.keyword === 'const' ? 1 : 0;
}

function propertyOf({ params }: ErrorObject): string | undefined {
  return params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
}

function stepsOf({ instancePath }: ErrorObject): string[] {
  return instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function fieldName(steps: readonly string[]): string {
  const name = steps.reduce(
    (text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  );
  return name || 'the body';
}

function detailOf(error: ErrorObject, field: string): string {
  const allowed = error.params.allowedValues ?? (error.keyword === 'const' ? [error.params.allowedValue] : undefined);
  const list = Array.isArray(allowed) ? `: ${allowed.map((value) => JSON.stringify(value)).join(', ')}` : '';
  return `${field} ${expectationOf(error) ?? error.message ?? 'is not valid'}${list}`;
}
