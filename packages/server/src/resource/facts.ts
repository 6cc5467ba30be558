/** A resource as a table of facts; the engine does the rest. */

import type { Kind } from './kinds.js';

/** How a field's value on the wire becomes columns, and back; see `kinds.ts`. */
export type FieldKind = 'text' | 'texts' | 'integer' | 'instant' | 'json' | 'reference' | 'point' | 'money';

export interface Field {
  /** One by name, or a plugin's own. */
  readonly kind: FieldKind | Kind;
  /** One column; two for `point` (longitude, latitude) and `money` (amount, currency). */
  readonly columns: readonly string[];
  /** `text` and `texts`: the column that holds the folded text, for `contains`. */
  readonly folded?: string;
  /** Has an index of its own, so that `equals` on it does not scan. */
  readonly indexed?: true;
  /** Shown, never taken from a caller. */
  readonly readOnly?: true;
}

export interface ResourceFacts {
  /** In messages: `name is required for creating Gym`. */
  readonly type: string;
  /** Has the columns `id`, `created_at` and `updated_at` besides those of `fields`. */
  readonly table: string;
  /** Name of the component schema with the fields a caller may send, none of them required. */
  readonly schema: string;
  /** By wire name, in the order of the answer; `_id`, `createdDate` and `updatedDate` are added. */
  readonly fields: Readonly<Record<string, Field>>;
  readonly required: readonly string[];
  /** What a create has where the caller sent nothing; null unless told. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Never emptied as a whole: the others could not be without it. */
  readonly lasting?: true;
  /** The unique index whose violation is "Resource exists with name …", and the field it names. */
  readonly unique?: { readonly index: string; readonly field: string };
}

export const idField: Field = { kind: 'reference', columns: ['id'], indexed: true, readOnly: true };
export const createdField: Field = { kind: 'instant', columns: ['created_at'], readOnly: true };
export const updatedField: Field = { kind: 'instant', columns: ['updated_at'], readOnly: true };

/** Every field the resource shows, by wire name, in the order of the answer. */
export function shownFields(facts: ResourceFacts): Readonly<Record<string, Field>> {
  return { _id: idField, ...facts.fields, createdDate: createdField, updatedDate: updatedField };
}
