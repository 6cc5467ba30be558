/** Tables of another app in the same database, called as ours are without the prefix: no SQL may reach them. */
import type { Migration } from '@palestra/core';
import { quoted } from '../database/dialect.js';
import { replay } from '../database/replay.js';
import type { Database } from '../database/types.js';

const content = 'of another app';

/** Makes one beside each table that `migrations` make, in a database opened without a prefix. */
export async function makeOtherTables({ knex, dialect }: Database, migrations: readonly Migration[]): Promise<void> {
  await knex.transaction(async (transaction) => {
    for (const { table, indexes = [] } of replay(migrations).values()) {
      await transaction.raw(`CREATE TABLE ${quoted(table)} (other_app VARCHAR(40))`);
      await transaction.raw(`INSERT INTO ${quoted(table)} VALUES (?)`, [content]);
      // On SQLite the name of an index is one of the whole database.
      for (const { name } of dialect.name === 'sqlite' ? indexes : []) {
        await transaction.raw(`CREATE INDEX ${quoted(name)} ON ${quoted(table)} (other_app)`);
      }
    }
  });
}

/** What is not as `makeOtherTables` left it, and what has been made without the prefix. */
export async function otherTableFaults(
  { knex, dialect }: Database,
  migrations: readonly Migration[],
  prefix: string,
): Promise<string[]> {
  const others = [...replay(migrations).keys()];
  const rows: { readonly name: string }[] =
    dialect.name === 'sqlite'
      ? await knex('sqlite_schema').select('name').where('type', 'table').whereNot('name', 'like', 'sqlite\\_%')
      : await knex('information_schema.tables').select({ name: 'table_name' }).whereRaw('table_schema = database()');
  const names = rows.map(({ name }) => name).filter((name) => !name.startsWith(prefix) && !name.startsWith('sqlite_'));
  const added = names.filter((name) => !others.includes(name));
  const gone = others.filter((name) => !names.includes(name));
  const changed: string[] = [];
  for (const table of others.filter((name) => names.includes(name))) {
    const found: Record<string, unknown>[] = await knex.raw(`SELECT * FROM ${quoted(table)}`).then(rowsOf);
    if (JSON.stringify(found) !== JSON.stringify([{ other_app: content }])) changed.push(table);
  }
  return [
    ...added.map((table) => `The table ${table} was made without the prefix: make tables by migrations.`),
    ...gone.map((table) => `The table ${table} of another app is gone.`),
    ...changed.map((table) => `Rows of the table ${table} of another app were changed.`),
  ];
}

/** mysql2 gives the columns too. */
function rowsOf(result: unknown): Record<string, unknown>[] {
  const [first] = result as unknown[];
  return (Array.isArray(first) ? first : result) as Record<string, unknown>[];
}
