/** That a plugin says what its tables hold about people, and that a deleted account is nowhere in them. */
import { formatId, type Migration, type TableDefinition } from '@palestra/core';
import { identityService } from '../identity/service.js';
import { peopleService } from '../personal-data/types.js';
import type { PersonalData } from '../plugin/personal-data.js';
import type { TestHost } from '../testing/types.js';
import type { AccountIds, Subject, Verdict } from './types.js';

/** Every column that refers to an account is declared, and what is declared is there. */
export function declaresPersonalData({ plugin }: Subject): Verdict {
  const tables = tablesOf(plugin.migrations ?? []);
  const declared = plugin.personalData ?? [];
  const undeclared = [...tables.values()].flatMap(({ table, foreignKeys = [] }) =>
    foreignKeys
      .filter(({ column, references }) => references.table === 'account' && !declares(declared, table, column))
      .map(({ column }) => `${table}.${column} refers to accounts: declare in personalData what becomes of its rows.`),
  );
  return [...undeclared, ...declared.flatMap((data) => faultsOf(data, tables))];
}

function declares(declared: readonly PersonalData[], table: string, column: string): boolean {
  return declared.some((data) => data.table === table && data.account === column && !data.through);
}

function faultsOf(data: PersonalData, tables: ReadonlyMap<string, TableDefinition>): string[] {
  const { table, account, through, onDelete, secret = [] } = data;
  const says = `personalData of ${table}`;
  const own = tables.get(table);
  const holder = tables.get(through?.table ?? table);
  if (!own || !holder) return [`${says} names a table that no migration of the plugin creates.`];
  const column = holder.columns[account];
  const needed = [...(through ? [through.column] : []), ...secret];
  const missing = needed.filter((name) => !(name in own.columns));
  return [
    ...missing.map((name) => `${says} names the column ${name}, which it does not have.`),
    ...(column ? [] : [`${says} names the column ${account}, which ${holder.table} does not have.`]),
    ...(onDelete === 'forget' && (through || !('nullable' in (column ?? {})))
      ? [`${says} forgets ${account}, which cannot be null there: delete or keep the rows.`]
      : []),
  ];
}

/** Exports and deletes the accounts that sent the fixtures, and looks for them in every text of the plugin's tables. */
export async function forgetsPeople({ plugin }: Subject, { palestra }: TestHost, people: AccountIds): Promise<Verdict> {
  const { accounts } = palestra.service(identityService);
  const service = palestra.service(peopleService);
  const database = palestra.database();
  const faults: string[] = [];
  for (const [role, id] of Object.entries(people)) {
    const account = await accounts.find(id);
    if (!account || account.role === 'dba') continue;
    await service.export(account);
    await database.unitOfWork((unit) => service.remove(account, { program: 'conformance kit' }, unit));
    for (const [table, columns] of textColumns(plugin.migrations ?? [])) {
      for (const column of columns) {
        for (const needle of [account.username, formatId(id)]) {
          const found = await database.knex(table).where(column, 'like', `%${needle}%`).limit(1);
          if (found.length > 0) faults.push(`${table}.${column} still names the deleted ${role}.`);
        }
      }
    }
  }
  return faults;
}

function tablesOf(migrations: readonly Migration[]): Map<string, TableDefinition> {
  const created = migrations.flatMap((migration) => ('createTable' in migration ? [migration.createTable] : []));
  const tables = new Map(created.map((table) => [table.table, table]));
  for (const migration of migrations) {
    if (!('addColumn' in migration)) continue;
    const { table, name, column } = migration.addColumn;
    const known = tables.get(table);
    if (known) tables.set(table, { ...known, columns: { ...known.columns, [name]: column } });
  }
  return tables;
}

const texts: ReadonlySet<string> = new Set(['text', 'longtext', 'ascii', 'json']);

function textColumns(migrations: readonly Migration[]): [table: string, columns: string[]][] {
  return [...tablesOf(migrations).values()].map(({ table, columns }) => [
    table,
    Object.entries(columns).flatMap(([name, { type }]) => (texts.has(type) ? [name] : [])),
  ]);
}
