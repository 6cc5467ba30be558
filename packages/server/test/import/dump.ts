/** What imports leave in a database, to compare two of them. */
import type { TestHost } from '@palestra/server/testing';

/** What an import writes, and the columns that no two runs have alike. */
const tables = [
  'account',
  'account_name',
  'gym',
  'merchandise',
  'transaction_record',
  'transaction_history',
  'transaction_visit',
  'country',
  'city',
  'league',
  'operator',
  'coach',
  'team',
  'team_player',
  'stams',
  'game',
  'legacy_id',
];
const ofTheRun = new Set([
  'password_hash',
  'imported_at',
  'updated_at',
  'created_at',
  'provisioned_at',
  'pending_until',
  'at',
]);

/** The rows of each table as JSON, sorted. */
export type Dump = Readonly<Record<string, readonly string[]>>;

export async function dump({ palestra }: TestHost): Promise<Dump> {
  const { knex } = palestra.database();
  const found: Record<string, string[]> = {};
  for (const table of tables) {
    const rows: Record<string, unknown>[] = await knex(table).select();
    const kept = rows.map((row) => Object.entries(row).filter(([column]) => !ofTheRun.has(column)));
    found[table] = kept.map((entries) => JSON.stringify(Object.fromEntries(entries))).sort();
  }
  return found;
}

/** The first row of each table that is not alike; empty for equal ones. Quicker on half a million rows than a deep comparison. */
export function differences(one: Dump, other: Dump): string[] {
  return tables.flatMap((table) => {
    const [rows = [], others = []] = [one[table], other[table]];
    const at = rows.findIndex((row, index) => row !== others[index]);
    if (at < 0 && rows.length === others.length) return [];
    return [
      `${table}, ${rows.length} and ${others.length} rows: ${rows[Math.max(at, 0)]} is not ${others[Math.max(at, 0)]}`,
    ];
  });
}
