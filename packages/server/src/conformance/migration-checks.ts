/** Migrations on every database that is here: run again they do nothing, interrupted anywhere they are completed. */
import type { Migration } from '@palestra/core';
import { migrate } from '../database/migrate.js';
import type { MigrationSet } from '../database/migration-set.js';
import type { Database } from '../database/types.js';
import { testDatabases } from '../testing/databases.js';
import { explain } from './explain.js';
import { ownTables } from './own-tables.js';
import type { Subject, Verdict, Verdicts } from './types.js';
import { using } from './using.js';
import { isWanted } from './wanted.js';

/** Tables that `sql` changes: definitions and rows alike. */
const changed =
  /(?:create\s+table(?:\s+if\s+not\s+exists)?|alter\s+table|drop\s+table(?:\s+if\s+exists)?|insert\s+into|update|delete\s+from|\bon)\s+[`"]?([a-z_][a-z0-9_]*)[`"]?/gi;

/** References to other plugins' tables are fine, changes are not. */
export function keepsToOwnTables({ plugin }: Subject): Verdict {
  const migrations = plugin.migrations ?? [];
  const own = ownTables(migrations);
  return migrations.flatMap((migration) =>
    touchedBy(migration)
      .filter((table) => !own.has(table))
      .map((table) => `${migration.name} changes the table ${table}, which is not its own.`),
  );
}

function touchedBy(migration: Migration): string[] {
  if ('addColumn' in migration) return [migration.addColumn.table];
  if ('widenColumn' in migration) return [migration.widenColumn.table];
  if ('dropColumn' in migration) return [migration.dropColumn.table];
  if ('createIndex' in migration) return [migration.createIndex.table];
  if ('dropIndex' in migration) return [migration.dropIndex.table];
  if (!('statement' in migration)) return [];
  const texts = [migration.statement.sqlite, migration.statement.mysql];
  const tables = texts.flatMap((text) => [...text.matchAll(changed)].map((match) => match[1]?.toLowerCase() ?? ''));
  return [...new Set(tables)].filter((table) => !keywords.has(table));
}

/** What may stand where a table's name does: `BEFORE UPDATE ON …`, `ON DELETE CASCADE`, `ON CONFLICT`, `UPDATE SET`. */
const keywords: ReadonlySet<string> = new Set(['on', 'of', 'set', 'delete', 'update', 'conflict', 'duplicate']);

export async function migrationChecks(subject: Subject): Promise<Verdicts> {
  const verdicts: (readonly [string, Verdict])[] = [];
  for (const { name, missing, fresh } of testDatabases()) {
    if (!(subject.databases ?? [name]).includes(name)) continue;
    const checks = [
      [`migrates once and then has nothing to do, on ${name}`, migratesOnce],
      [`completes a migration that was interrupted at any step, on ${name}`, completesInterrupted],
    ] as const;
    for (const [title, check] of checks) {
      if (isWanted(subject, title)) verdicts.push([title, await verdictOf(subject, check, missing, fresh)]);
    }
  }
  return verdicts;
}

type MigrationCheck = (sets: Sets, url: string) => Promise<Verdict>;

async function verdictOf(
  subject: Subject,
  check: MigrationCheck,
  missing: string | undefined,
  fresh: () => Promise<string>,
): Promise<Verdict> {
  if (!subject.plugin.migrations?.length) return { skip: 'it has no migrations' };
  if (missing) return { skip: missing };
  try {
    return await check(setsOf(subject), await fresh());
  } catch (error) {
    return [explain(error)];
  }
}

interface Sets {
  readonly others: readonly MigrationSet[];
  readonly all: readonly MigrationSet[];
  readonly plugin: string;
}

/** In the order of the host, which solved who needs whom. */
function setsOf(subject: Subject): Sets {
  const all = subject.compose().migrations();
  return { all, others: all.filter(({ plugin }) => plugin !== subject.plugin.name), plugin: subject.plugin.name };
}

async function migratesOnce({ all }: Sets, url: string): Promise<Verdict> {
  return using(url, async (database) => {
    await migrate(database, all);
    const made = await schemaOf(database);
    const again = await migrate(database, all);
    const same = JSON.stringify(await schemaOf(database)) === JSON.stringify(made);
    return [
      ...again.map(({ plugin, name }) => `${plugin}/${name} ran a second time.`),
      ...(same ? [] : ['The tables differ after the second run.']),
    ];
  });
}

/**
 * Dies before each statement in turn, which leaves what dying after the one before it would; what a new start then makes
 * must be the same tables.
 */
async function completesInterrupted(sets: Sets, url: string): Promise<Verdict> {
  const { all, others } = sets;
  const untouched = await using(url, async (database) => {
    await migrate(database, others);
    return tablesOf(database);
  });
  let statements = 0;
  await using(
    url,
    (database) => migrate(database, all),
    (sql, phase) => {
      if (phase === 'before' && !isRead(sql)) statements += 1;
    },
  );
  const whole = await using(url, async (database) => {
    const made = await schemaOf(database);
    await takeAway(database, sets, untouched);
    return JSON.stringify(made);
  });
  const faults: string[] = [];
  for (let at = 1; at <= statements; at += 1) {
    await dieBefore(url, all, at);
    const completed = await using(url, async (database) => {
      const made = await migrate(database, all).then(
        async () => JSON.stringify(await schemaOf(database)),
        (error: unknown) => ({ fails: explain(error) }),
      );
      await takeAway(database, sets, untouched);
      return made;
    });
    const where = `Interrupted before statement ${at} of ${statements}`;
    if (typeof completed !== 'string') faults.push(`${where}, the next start fails: ${completed.fails}`);
    else if (completed !== whole) faults.push(`${where}, the tables differ.`);
  }
  return faults;
}

function isRead(sql: string): boolean {
  return /^\s*(select|show|pragma)\b/i.test(sql);
}

async function dieBefore(url: string, all: readonly MigrationSet[], at: number): Promise<void> {
  let seen = 0;
  const died = await using(
    url,
    (database) => migrate(database, all),
    (sql, phase) => {
      if (phase === 'after' || isRead(sql) || sql === 'ROLLBACK') return;
      seen += 1;
      if (seen === at) throw new Error('The process died here.');
    },
  ).then(
    () => false,
    () => true,
  );
  if (!died) throw new Error('The migration was not interrupted.');
}

/** Definitions by name: of SQLite's tables, indexes and triggers; of MySQL's tables, with all that belongs to each. */
type Schema = Readonly<Record<string, string>>;

async function schemaOf(database: Database): Promise<Schema> {
  const { knex, dialect } = database;
  if (dialect.name === 'sqlite') {
    const rows: { name: string; sql: string }[] = await knex.raw(
      "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    return Object.fromEntries(rows.map(({ name, sql }) => [name, sql]));
  }
  return definitionsOf(database, [...(await tablesOf(database))].sort());
}

async function definitionsOf(database: Database, tables: readonly string[]): Promise<Schema> {
  const definitions: Record<string, string> = {};
  for (const table of tables) definitions[table] = await definitionOf(database, table);
  return definitions;
}

async function definitionOf({ knex, dialect }: Database, table: string): Promise<string> {
  if (dialect.name === 'sqlite') return (await knex('sqlite_schema').where({ name: table }).first('sql'))?.sql ?? '';
  const [[row] = []]: Record<string, string>[][] = await knex.raw('SHOW CREATE TABLE ??', [table]);
  return (row?.['Create Table'] ?? '').replace(/ AUTO_INCREMENT=\d+/, '');
}

async function tablesOf({ knex, dialect }: Database): Promise<ReadonlySet<string>> {
  const rows: { readonly name: string }[] =
    dialect.name === 'sqlite'
      ? await knex('sqlite_schema').select('name').where({ type: 'table' }).whereNot('name', 'like', 'sqlite_%')
      : await knex('information_schema.TABLES').select({ name: 'TABLE_NAME' }).whereRaw('TABLE_SCHEMA = DATABASE()');
  return new Set(rows.map(({ name }) => name));
}

/** As if the plugin had never been there. */
async function takeAway(database: Database, { plugin }: Sets, untouched: ReadonlySet<string>): Promise<void> {
  const { knex, dialect } = database;
  const added = [...(await tablesOf(database))].filter((name) => !untouched.has(name));
  for (const table of inDropOrder(await definitionsOf(database, added))) await knex.raw('DROP TABLE ??', [table]);
  await knex('palestra_migration').where({ plugin }).delete();
  if (dialect.name === 'sqlite') await knex.raw('PRAGMA wal_checkpoint');
}

/** Those that others refer to come last. */
function inDropOrder(definitions: Schema): string[] {
  const left = new Map(Object.entries(definitions));
  const ordered: string[] = [];
  while (left.size > 0) {
    const free = [...left.keys()].filter(
      (table) => ![...left].some(([other, sql]) => other !== table && refers(sql, table)),
    );
    if (free.length === 0) return [...ordered, ...left.keys()];
    for (const table of free) left.delete(table);
    ordered.push(...free);
  }
  return ordered;
}

function refers(sql: string, table: string): boolean {
  return sql.includes(`REFERENCES \`${table}\``);
}
