/** What a request did, read from the whole database: which rows of which table are other rows than before. */
import type { Palestra } from '@palestra/server';

type Database = ReturnType<Palestra['database']>;

/** By table as migrations name it, each row as text. */
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

/** One statement, since a test looks at all tables hundreds of times. */
export async function snapshotOf(database: Database): Promise<Snapshot> {
  const { tables, sql } = await lookAt(database);
  const answer = await database.knex.raw(sql);
  const found: readonly { tableName: string; content: string }[] =
    database.dialect.name === 'sqlite' ? answer : answer[0];
  const rows = new Map(tables.map((table) => [table, [] as string[]]));
  for (const { tableName, content } of found) rows.get(tableName)?.push(content);
  return rows;
}

interface Look {
  readonly tables: readonly string[];
  readonly sql: string;
}

const looks = new WeakMap<Database, Promise<Look>>();

/** No request makes a table. */
function lookAt(database: Database): Promise<Look> {
  const known = looks.get(database) ?? createLook(database);
  looks.set(database, known);
  return known;
}

/** By dialect: the columns of all tables, and all values of a row in one text. */
const dialects = {
  sqlite: {
    columns: `SELECT m.name AS tableName, c.name AS columnName FROM sqlite_master m, pragma_table_xinfo(m.name) c
      WHERE m.type = 'table' AND substr(m.name, 1, 7) <> 'sqlite_'`,
    content: (columns: readonly string[]) => columns.map((column) => `quote("${column}")`).join(` || ',' || `),
  },
  mysql: {
    columns: `SELECT table_name AS tableName, column_name AS columnName FROM information_schema.columns
      WHERE table_schema = database()`,
    content: (columns: readonly string[]) =>
      `md5(concat_ws(',', ${columns.map((column) => `quote(CAST(\`${column}\` AS BINARY))`).join(', ')}))`,
  },
} as const;

async function createLook({ knex, dialect, tableName }: Database): Promise<Look> {
  const { columns, content } = dialects[dialect.name];
  const answer = await knex.raw(columns);
  const found: readonly { tableName: string; columnName: string }[] = dialect.name === 'sqlite' ? answer : answer[0];
  const prefix = tableName('');
  const columnsOf = new Map<string, string[]>();
  for (const { tableName: table, columnName } of found) {
    if (!table.startsWith(prefix) || besides.has(table.slice(prefix.length))) continue;
    columnsOf.set(table, [...(columnsOf.get(table) ?? []), columnName]);
  }
  const selects = [...columnsOf].map(([table, names]) => {
    const name = table.slice(prefix.length);
    return `SELECT '${name}' AS tableName, ${content(names)} AS content FROM ${table}`;
  });
  return { tables: [...columnsOf.keys()].map((table) => table.slice(prefix.length)), sql: selects.join(' UNION ALL ') };
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
