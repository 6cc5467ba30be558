/**
 * What a restore must not take back: what was ended stays ended, what was used up stays used up, what was recorded
 * stays recorded. Declared by the plugin that owns the table, as data, like its migrations.
 */
import type { SecretPurpose } from '../keys/types.js';

export type RestoreRule =
  /** Rows of the running database stay, beside those of the backup; of two with one primary key the running one. */
  | { readonly table: string; readonly keep: 'rows' }
  /** Where the running database has a value in `column`, the restored row gets it. */
  | { readonly table: string; readonly keep: 'column'; readonly column: string }
  /** Every restored row gets the time of the restore in `column`, in milliseconds since the epoch. */
  | { readonly table: string; readonly keep: 'nothing'; readonly column: string }
  /** A new secret takes the old one's place: whatever the old one signed is refused. */
  | { readonly renew: SecretPurpose };

export type RowsRule = Extract<RestoreRule, { keep: 'rows' }>;
export type ColumnRule = Extract<RestoreRule, { keep: 'column' }>;
export type StampRule = Extract<RestoreRule, { keep: 'nothing' }>;

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
