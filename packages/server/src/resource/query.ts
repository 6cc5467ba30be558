/** The criteria of a query: any number of qualifiers, all of which must hold, `find` and `after`. */

import { fold, invalidOperation, invalidRequest, invalidResourceParameter, parseId } from '@palestra/core';
import type { Scalar } from '../database/types.js';
import type { Field, Item, ResourceFacts } from '../plugin/resource.js';
import { shownFields } from './facts.js';
import { kindOf } from './kinds.js';

export const qualifiers = ['equals', 'contains'] as const;
export type Qualifier = (typeof qualifiers)[number];

export interface Condition {
  /** Of several fields one must meet it. */
  readonly fields: readonly Field[];
  /** Tells shapes of SQL apart, together with the qualifier. */
  readonly name: string;
  readonly qualifier: Qualifier;
  /** One value for each column compared; empty for "is null". */
  readonly values: readonly Scalar[];
}

export interface Query {
  readonly conditions: readonly Condition[];
  /** At most so many; infinite for all. */
  readonly find: number;
  /** Behind this id; 0 from the beginning. */
  readonly after: number;
}

const maxText = 1000;

/** @throws PalestraError InvalidResourceParameterError, InvalidOperationError or InvalidRequestError */
export function parseQuery(facts: ResourceFacts, data: Item): Query {
  const fields = shownFields(facts);
  const conditions: Condition[] = [];
  for (const [name, criteria] of Object.entries(data)) {
    if (name === 'find' || name === 'after') continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) throw invalidResourceParameter(name, facts.type, `/data/${name}`);
    conditions.push(...parseCriteria(name, field, criteria));
  }
  return { conditions, find: parseFind(data.find), after: parseAfter(data.after) };
}

export function parseFind(find: unknown, pointer = '/data/find'): number {
  if (find === undefined || find === 0) return Number.POSITIVE_INFINITY;
  if (!Number.isSafeInteger(find) || (find as number) < 0) {
    throw invalidRequest('find must be an integer from 0', pointer);
  }
  return find as number;
}

export function parseAfter(after: unknown, pointer = '/data/after'): number {
  if (after === undefined) return 0;
  const id = typeof after === 'string' ? parseId(after) : undefined;
  if (id === undefined) throw invalidRequest('after must be an _id', pointer);
  return id;
}

function parseCriteria(name: string, field: Field, criteria: unknown): Condition[] {
  const pointer = `/data/${name}`;
  if (typeof criteria !== 'object' || criteria === null || Array.isArray(criteria)) {
    throw invalidRequest(`${name} must be {"equals": …} or {"contains": …}`, pointer);
  }
  const entries = Object.entries(criteria);
  if (entries.length === 0) throw invalidRequest(`${name} needs equals or contains`, pointer);
  return entries.map(([qualifier, value]) => {
    if (qualifier === 'equals') return equalsCondition(name, field, value);
    if (qualifier === 'contains') return containsCondition(name, field, value);
    throw invalidOperation(qualifier.slice(0, 100), `${pointer}/${qualifier}`);
  });
}

function equalsCondition(name: string, field: Field, value: unknown): Condition {
  const kind = kindOf(field);
  if (value === null) return { name, fields: [field], qualifier: 'equals', values: [] };
  if (!kind.accepts(value)) throw invalidRequest(`${name} equals ${kind.takes}`, `/data/${name}/equals`);
  return { name, fields: [field], qualifier: 'equals', values: kind.encode(value) };
}

function containsCondition(name: string, field: Field, value: unknown): Condition {
  const pointer = `/data/${name}/contains`;
  if (!kindOf(field).foldedText) throw invalidRequest(`${name} has no text to contain another`, pointer);
  if (typeof value !== 'string' || value.length > maxText) {
    throw invalidRequest(`${name} contains a string of at most ${maxText} characters`, pointer);
  }
  return { name, fields: [field], qualifier: 'contains', values: [fold(value)] };
}
