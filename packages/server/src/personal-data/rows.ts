/** The rows about a person, in every table that a plugin declares: found for an export, deleted with the account. */
import type { Migration } from '@palestra/core';
import type { Knex } from 'knex';
import { turns } from '../async/turns.js';
import type { Database, Row, Unit } from '../database/types.js';
import type { PersonalData } from '../plugin/personal-data.js';
import type { AnyPlugin } from '../plugin/plugin.js';

/** Of a table, in a turn of the event loop. */
const pageRows = 250;

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
          const shown = await shownRows(knex, data, migrations, accountId);
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

/** Page by page along the id, so that others have their turn; a table without one has few rows of a person. */
async function shownRows(
  knex: Knex,
  data: PersonalData,
  migrations: readonly Migration[],
  accountId: number,
): Promise<Row[]> {
  const columns = columnsOf(data.table, migrations);
  const show = rowReader(data, columns);
  const rows = () => about(knex, data, accountId).select(`${data.table}.*`);
  if (columns.get('id') !== 'id') return (await rows()).map(show);
  const id = `${data.table}.id`;
  const shown: Row[] = [];
  for (let last = 0; ; ) {
    const page = await turns.run(async () => {
      const found: Row[] = await rows().where(id, '>', last).orderBy(id).limit(pageRows);
      for (const row of found) shown.push(show(row));
      return found;
    });
    if (page.length < pageRows) return shown;
    last = Number(page.at(-1)?.id);
  }
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

function rowReader({ secret = [] }: PersonalData, columns: ReadonlyMap<string, string>): (row: Row) => Row {
  const isShown = (column: string) => !column.endsWith('_folded') && !secret.includes(column);
  const isJson = (column: string) => columns.get(column) === 'json';
  return (row) => {
    const shown = Object.entries(row).filter(([column]) => isShown(column));
    return Object.fromEntries(
      shown.map(([column, value]) => [
        column,
        isJson(column) && typeof value === 'string' ? JSON.parse(value) : plain(value),
      ]),
    );
  };
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

/** Their types, as the table was made. */
function columnsOf(table: string, migrations: readonly Migration[]): ReadonlyMap<string, string> {
  const tables = migrations.flatMap((migration) => ('createTable' in migration ? [migration.createTable] : []));
  const { columns = {} } = tables.find((each) => each.table === table) ?? {};
  return new Map(Object.entries(columns).map(([name, { type }]) => [name, type]));
}
