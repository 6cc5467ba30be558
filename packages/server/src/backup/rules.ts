/** The rules of all plugins, sorted by what they ask for. */
import type { SecretPurpose } from '../keys/secret-purpose.js';
import type { RestoreRule } from '../plugin/restore.js';

type RowsRule = Extract<RestoreRule, { keep: 'rows' }>;
export type ColumnRule = Extract<RestoreRule, { keep: 'column' }>;
type StampRule = Extract<RestoreRule, { keep: 'nothing' }>;

export interface SortedRules {
  readonly rows: readonly RowsRule[];
  readonly columns: readonly ColumnRule[];
  readonly stamps: readonly StampRule[];
  readonly secrets: readonly SecretPurpose[];
}

/** @throws TypeError for a rule on a table or column that no migration makes */
export function sortRules(
  rules: readonly RestoreRule[],
  tables: ReadonlyMap<string, { columns: object }>,
): SortedRules {
  const onTables = rules.filter((rule) => 'table' in rule);
  for (const rule of onTables) {
    const columns = tables.get(rule.table)?.columns;
    if (!columns || ('column' in rule && !(rule.column in columns))) {
      throw new TypeError(`A restore rule names ${rule.table}, which no migration makes as it says.`);
    }
  }
  return {
    rows: onTables.filter((rule) => rule.keep === 'rows'),
    columns: onTables.filter((rule) => rule.keep === 'column'),
    stamps: onTables.filter((rule) => rule.keep === 'nothing'),
    secrets: rules.flatMap((rule) => ('renew' in rule ? [rule.renew] : [])),
  };
}
