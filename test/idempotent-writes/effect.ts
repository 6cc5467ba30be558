/** What a request did, read from the whole database: which rows of which table are other rows than before. */
import type { Palestra } from '@palestra/server';

type Database = ReturnType<Palestra['database']>;

/** By table, each row as text. */
export type Snapshot = ReadonlyMap<string, readonly string[]>;

/** By table, how many rows went and how many came; a changed row is one of each. */
export type Effect = Readonly<Record<string, { readonly gone: number; readonly come: number }>>;

/**
 * What is not an effect of a request: records of its key and of its sealed value, counters of limits, rows that a server
 * has once and changes each time (the head of its audit chain), the key of a person's first audit entry, and what it does beside requests (leases of its jobs,
 * deliveries of events, the reports of devices that it gathers).
 */
const besides = new Set([
  'active_key',
  'audit_chain',
  'audit_person',
  'event',
  'event_delivery',
  'idempotency_key',
  'privilege_turn',
  'rate_window',
  'sealed_use',
  'stams_boot',
  'stams_status',
  'transaction_lease',
]);

export async function snapshotOf(database: Database): Promise<Snapshot> {
  const rowsOf = async (table: string): Promise<readonly string[]> =>
    (await database.knex(table)).map((row: unknown) => JSON.stringify(row)).sort();
  const tables = await tablesOf(database);
  return new Map(await Promise.all(tables.map(async (table) => [table, await rowsOf(table)] as const)));
}

const tables = new WeakMap<Database, Promise<string[]>>();

/** No request makes a table. */
function tablesOf(database: Database): Promise<string[]> {
  const known = tables.get(database) ?? readTables(database);
  tables.set(database, known);
  return known;
}

/** As migrations name them. */
async function readTables({ knex, dialect, tableName }: Database): Promise<string[]> {
  const names: { name: string }[] =
    dialect.name === 'sqlite'
      ? await knex('sqlite_master').select('name').where({ type: 'table' })
      : await knex('information_schema.tables').select({ name: 'table_name' }).whereRaw('table_schema = database()');
  const prefix = tableName('');
  const own = names.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return own.filter((name) => !besides.has(name) && !name.startsWith('sqlite_'));
}

export function effectBetween(before: Snapshot, after: Snapshot): Effect {
  const effect: Record<string, { gone: number; come: number }> = {};
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const gone = missingIn(after.get(table), before.get(table));
    const come = missingIn(before.get(table), after.get(table));
    if (gone + come > 0) effect[table] = { gone, come };
  }
  return effect;
}

function missingIn(rows: readonly string[] = [], wanted: readonly string[] = []): number {
  const there = new Map<string, number>();
  for (const row of rows) there.set(row, (there.get(row) ?? 0) + 1);
  return wanted.filter((row) => {
    const left = there.get(row) ?? 0;
    there.set(row, left - 1);
    return left <= 0;
  }).length;
}

/** How many rows each table has gained; effects add up so, whichever rows they share. */
export function gains(effects: readonly Effect[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const effect of effects) {
    for (const [table, { gone, come }] of Object.entries(effect)) sums.set(table, (sums.get(table) ?? 0) + come - gone);
  }
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0).sort());
}

/** `audit_entry +1, gym +1, account ~1`. */
export function textOf(effect: Effect): string {
  const texts = Object.entries(effect).map(([table, { gone, come }]) => {
    const changed = Math.min(gone, come);
    const signed = [
      come - changed && `+${come - changed}`,
      gone - changed && `-${gone - changed}`,
      changed && `~${changed}`,
    ];
    return `${table} ${signed.filter(Boolean).join(' ')}`;
  });
  return texts.join(', ') || 'nothing';
}
