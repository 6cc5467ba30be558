/** The criteria of a query: any number of qualifiers, all of which must hold, `find` and `after`. */

import { bodyPointer, fold, invalidRequest, invalidResourceParameter, parseId } from '@palestra/core';
import type { Item, RowFilter } from '../plugin/resource.js';
import type { Bound, Condition, Plan, PlannedField, Qualifier, Query } from './plan.js';
import { limitOf } from './stream.js';

/** The contract has validated `data`; which values a field can be compared with, its kind knows. @throws PalestraError */
export function parseQuery(plan: Plan, data: Item): Query {
  const { find, after, ...criteria } = data;
  const conditions = Object.entries(criteria).flatMap(([name, qualifiers]) => {
    const field = plan.fields.get(name);
    if (!field) throw invalidResourceParameter(name, plan.facts.name, plan.face.pointer(name));
    return conditionsOf(field, qualifiers as Readonly<Partial<Record<Qualifier, unknown>>>);
  });
  return { conditions, find: limitOf(find as number | undefined), after: parseId(after) ?? 0 };
}

function conditionsOf(field: PlannedField, qualifiers: Readonly<Partial<Record<Qualifier, unknown>>>): Condition[] {
  return Object.entries(qualifiers).map(([qualifier, value]) =>
    qualifier === 'contains' ? containsCondition(field, value as string) : equalsCondition(field, value),
  );
}

function equalsCondition(field: PlannedField, value: unknown): Condition {
  const { name, codec } = field;
  if (value !== null && !codec.accepts(value)) {
    throw invalidRequest(`${name} equals ${codec.takes}`, bodyPointer('data', name, 'equals'));
  }
  return equals(field, value);
}

/** Null compares with what is not set. */
export function equals(field: PlannedField, value: unknown): Condition {
  const values = value === null ? [] : field.codec.encode(value);
  return { name: field.name, fields: [field], qualifier: 'equals', values };
}

/** Null bounds nothing. */
export function bound(field: PlannedField, qualifier: Bound, at: number): Condition {
  return { name: field.name, fields: [field], qualifier, values: [at] };
}

/** Numbers of values that `among` has statements for: fewer are filled up by the last one. */
const amongSizes = [32, 64, 128, 256] as const;
export const amongMost = 256;

/** The field has one of some values, of which there is one at least and `amongMost` at most. */
export function among(field: PlannedField, values: readonly unknown[]): Condition {
  const size = amongSizes.find((size) => size >= values.length);
  if (size === undefined) throw new RangeError(`${values.length} values: ${amongMost} are compared at once.`);
  const filled = Array.from({ length: size }, (_, at) => values[Math.min(at, values.length - 1)]);
  const encoded = filled.flatMap((value) => field.codec.encode(value));
  return { name: field.name, fields: [field], qualifier: 'among', values: encoded };
}

/** One of the fields contains the text, whatever the case of either. */
export function contains(name: string, fields: readonly PlannedField[], text: string): Condition {
  return { name, fields, qualifier: 'contains', values: [fold(text)] };
}

function containsCondition(field: PlannedField, text: string): Condition {
  const { name, codec } = field;
  if (!codec.foldedText)
    throw invalidRequest(`${name} has no text to contain another`, bodyPointer('data', name, 'contains'));
  return contains(name, [field], text);
}

/** @throws TypeError for a field without an index: every list would read the whole table */
export function conditionOf({ facts, fields }: Plan, [name, value]: RowFilter[number]): Condition {
  const field = fields.get(name);
  if (!field?.indexed) throw new TypeError(`${facts.name} has no indexed field ${name}.`);
  return equals(field, value);
}
