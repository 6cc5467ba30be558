/**
 * Which table an id is of, by the name of the member, the parameter or the path that holds it. Ids of an older system are
 * looked up in that table alone: its collections may have used the same ids, and an id of another one is none here.
 */
import type { Importer } from '@palestra/core';

/** Undefined for a name that says nothing, such as `_id`. */
export type TableOf = (name: string) => string | undefined;

export function tablesByName(importers: readonly Pick<Importer, 'collection' | 'table' | 'references'>[]): TableOf {
  const tables = new Map<string, string>();
  for (const { references } of importers) {
    for (const [member, table] of Object.entries(references)) tables.set(member, table).set(subjectOf(member), table);
  }
  for (const { collection, table } of importers) tables.set(collection, table).set(table, table);
  return (name) => tables.get(name) ?? tables.get(subjectOf(name));
}

/** `user` of `user_id` and `user_ids`, `transaction_record` of `transactionRecordId`. */
function subjectOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return words.replace(/_u?ids?$/, '');
}
