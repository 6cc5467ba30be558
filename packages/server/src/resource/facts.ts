/** A resource as a table of facts; the engine does the rest. */

import type { Field, ResourceFacts } from '../plugin/resource.js';
export const idField: Field = { kind: 'reference', columns: ['id'], indexed: true, readOnly: true };
export const createdField: Field = { kind: 'instant', columns: ['created_at'], readOnly: true };
export const updatedField: Field = { kind: 'instant', columns: ['updated_at'], readOnly: true };

/** Every field the resource shows, by wire name, in the order of the answer. */
export function shownFields(facts: ResourceFacts): Readonly<Record<string, Field>> {
  return { _id: idField, ...facts.fields, createdDate: createdField, updatedDate: updatedField };
}
