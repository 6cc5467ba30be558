/** The rows about a person, in every table that a plugin declares: found for an export, deleted with the account. */
import type { Migration } from '@palestra/core';
import type { Knex } from 'knex';
import type { Database, Row, Unit } from '../database/types.js';
import type { PersonalData } from '../plugin/personal-data.js';
import type { AnyPlugin } from '../plugin/plugin.js';

/** By table; of columns of JSON their values. */
type PersonalRows = Record<string, Row[]>;

export interface PersonalTables {
  /** By plugin; those without a row are left out. */
  rows(accountId: number): Promise<Record<string, PersonalRows>>;
  erase(accountId: number, unit: Unit): Promise<void>;
}

export function createPersonalTables(database: Database, plugins: readonly AnyPlugin[]): PersonalTables {
  const { knex } = database;
  const holders = plugins.filter(({ personalData = [] }) => personalData.length > 0);
  return {
    async rows(accountId) {
      const found: Record<string, PersonalRows> = {};
      for (const { name, personalData = [], migrations = [] } of holders) {
        const tables: PersonalRows = {};
        for (const data of personalData) {
          const rows: Row[] = await about(knex, data, accountId).select(`${data.table}.*`);
          const shown = rows.map((row) => exported(row, data, migrations));
          if (shown.length > 0) tables[data.table] = [...(tables[data.table] ?? []), ...shown];
        }
        if (Object.keys(tables).length > 0) found[name] = tables;
      }
      return found;
    },

    async erase(accountId, unit) {
      // Those that need others first, such as the tables of plugins that were set up later.
      for (const { personalData = [] } of [...holders].reverse()) {
        for (const data of personalData) await eraseFrom(database, data, accountId, unit);
      }
    },
  };
}

function about(knex: Knex, { table, account, through }: PersonalData, accountId: number): Knex.QueryBuilder {
  if (!through) return knex(table).where({ [`${table}.${account}`]: accountId });
  const owned = knex(through.table)
    .select('id')
    .where({ [account]: accountId });
  return knex(table).whereIn(`${table}.${through.column}`, owned);
}

async function eraseFrom(database: Database, data: PersonalData, accountId: number, unit: Unit): Promise<void> {
  const { onDelete, account } = data;
  if (onDelete === 'delete') await database.write(about(database.knex, data, accountId).delete(), unit);
  if (onDelete === 'forget') {
    await database.write(about(database.knex, data, accountId).update({ [account]: null }), unit);
  }
}

function exported(row: Row, { table, secret = [] }: PersonalData, migrations: readonly Migration[]): Row {
  const json = jsonColumns(table, migrations);
  const shown = Object.entries(row).filter(([column]) => !column.endsWith('_folded') && !secret.includes(column));
  return Object.fromEntries(
    shown.map(([column, value]) => [
      column,
      json.has(column) && typeof value === 'string' ? JSON.parse(value) : plain(value),
    ]),
  );
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

function jsonColumns(table: string, migrations: readonly Migration[]): Set<string> {
  const tables = migrations.flatMap((migration) => ('createTable' in migration ? [migration.createTable] : []));
  const columns = Object.entries(tables.find((each) => each.table === table)?.columns ?? {});
  return new Set(columns.filter(([, { type }]) => type === 'json').map(([name]) => name));
}
