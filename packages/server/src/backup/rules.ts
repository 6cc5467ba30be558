/** The rules of all plugins, sorted by what they ask for. */
import type { SecretPurpose } from '../keys/secret-purpose.js';
import type { RestoreRule } from '../plugin/restore.js';

type RowsRule = Extract<RestoreRule, { keep: 'rows' }>;
export type ColumnRule = Extract<RestoreRule, { keep: 'column' | 'weaker' }>;
type StampRule = Extract<RestoreRule, { keep: 'nothing' }>;
type OriginRule = Extract<RestoreRule, { tells: 'database' }>;

export interface SortedRules {
  readonly rows: readonly RowsRule[];
  readonly columns: readonly ColumnRule[];
  readonly stamps: readonly StampRule[];
  readonly origins: readonly OriginRule[];
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
    rows: onTables.filter((rule) => 'keep' in rule && rule.keep === 'rows'),
    columns: onTables.filter((rule) => 'keep' in rule && (rule.keep === 'column' || rule.keep === 'weaker')),
    stamps: onTables.filter((rule) => 'keep' in rule && rule.keep === 'nothing'),
    origins: onTables.filter((rule) => 'tells' in rule),
    secrets: rules.flatMap((rule) => ('renew' in rule ? [rule.renew] : [])),
  };
}

/** Of a column rule: the condition under which the running value replaces the restored one. */
export function replaces(rule: ColumnRule, running: string, restored: string): string {
  if (rule.keep === 'column') return `${running} IS NOT NULL`;
  return `${rankIn(rule.order, running)} > ${rankIn(rule.order, restored)}`;
}

/** `order` is a plugin's own text; a value that is not in it is the strongest. */
function rankIn(order: readonly (string | number)[], column: string): string {
  const ranks = order.map((value, rank) => {
    const literal = typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
    return `WHEN ${literal} THEN ${rank}`;
  });
  return `(CASE ${column} ${ranks.join(' ')} ELSE -1 END)`;
}
