/** The criteria of a query: any number of qualifiers, all of which must hold, `find` and `after`. */

import { bodyPointer, fold, invalidRequest, invalidResourceParameter, parseId } from '@palestra/core';
import type { Scalar } from '../database/types.js';
import type { Item, RowFilter } from '../plugin/resource.js';
import type { Plan, PlannedField } from './plan.js';

export type Qualifier = 'equals' | 'contains';

export interface Condition {
  /** Of several fields one must meet it. */
  readonly fields: readonly PlannedField[];
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

/** `0` and nothing mean all. */
export function limitOf(find: number | undefined): number {
  return find || Number.POSITIVE_INFINITY;
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
