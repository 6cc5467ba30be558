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
    for (const [title, check] of checks) verdicts.push([title, await verdictOf(subject, check, missing, fresh)]);
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

/** Dies at each statement in turn, before and after it; what a new start then makes must be the same tables. */
async function completesInterrupted(sets: Sets, url: string): Promise<Verdict> {
  const { all, others } = sets;
  const untouched = await using(url, async (database) => {
    await migrate(database, others);
    return schemaOf(database);
  });
  let statements = 0;
  await using(
    url,
    (database) => migrate(database, all),
    (sql, phase) => {
      if (phase === 'before' && !isRead(sql)) statements += 1;
    },
  );
  const whole = await using(url, (database) => schemaOf(database));
  const faults: string[] = [];
  for (let at = 1; at <= statements; at += 1) {
    for (const phase of ['before', 'after'] as const) {
      await using(url, (database) => takeAway(database, sets, untouched));
      await dieAt(url, all, at, phase);
      const completed = await using(url, async (database) => {
        await migrate(database, all);
        return schemaOf(database);
      }).catch((error: unknown) => explain(error));
      const where = `Interrupted ${phase} statement ${at} of ${statements}`;
      if (typeof completed === 'string') faults.push(`${where}, the next start fails: ${completed}`);
      else if (JSON.stringify(completed) !== JSON.stringify(whole)) faults.push(`${where}, the tables differ.`);
    }
  }
  return faults;
}

function isRead(sql: string): boolean {
  return /^\s*(select|show|pragma)\b/i.test(sql);
}

async function dieAt(url: string, all: readonly MigrationSet[], at: number, dying: 'before' | 'after'): Promise<void> {
  let seen = 0;
  const died = await using(
    url,
    (database) => migrate(database, all),
    (sql, phase) => {
      if (isRead(sql) || sql === 'ROLLBACK') return;
      if (phase === 'before') seen += 1;
      if (phase === dying && seen === at) throw new Error('The process died here.');
    },
  ).then(
    () => false,
    () => true,
  );
  if (!died) throw new Error('The migration was not interrupted.');
}

type Schema = Readonly<Record<string, string>>;

/** Every table and what belongs to it, by name, as the database says it. */
async function schemaOf(database: Database): Promise<Schema> {
  const { knex, dialect } = database;
  if (dialect.name === 'sqlite') {
    const rows: { name: string; sql: string }[] = await knex.raw(
      "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    return Object.fromEntries(rows.map(({ name, sql }) => [name, sql]));
  }
  const [tables = []]: { name: string }[][] = await knex.raw(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME',
  );
  const schema: Record<string, string> = {};
  for (const { name } of tables) {
    const [[row] = []]: Record<string, string>[][] = await knex.raw('SHOW CREATE TABLE ??', [name]);
    schema[name] = (row?.['Create Table'] ?? '').replace(/ AUTO_INCREMENT=\d+/, '');
  }
  return schema;
}

/** As if the plugin had never been there. */
async function takeAway(database: Database, { plugin }: Sets, untouched: Schema): Promise<void> {
  const { knex, dialect } = database;
  const added = Object.keys(await schemaOf(database)).filter((name) => !(name in untouched));
  const tables = await Promise.all(added.map(async (name) => ((await knex.schema.hasTable(name)) ? [name] : [])));
  for (const table of await inDropOrder(database, tables.flat())) await knex.raw('DROP TABLE ??', [table]);
  await knex('palestra_migration').where({ plugin }).delete();
  if (dialect.name === 'sqlite') await knex.raw('PRAGMA wal_checkpoint');
}

/** Those that others refer to come last. */
async function inDropOrder(database: Database, tables: readonly string[]): Promise<string[]> {
  const schema = await schemaOf(database);
  const left = new Set(tables);
  const ordered: string[] = [];
  while (left.size > 0) {
    const free = [...left].filter(
      (table) => ![...left].some((other) => other !== table && refers(schema[other], table)),
    );
    if (free.length === 0) return [...ordered, ...left];
    for (const table of free) left.delete(table);
    ordered.push(...free);
  }
  return ordered;
}

function refers(sql: string | undefined, table: string): boolean {
  return sql?.includes(`REFERENCES \`${table}\``) ?? false;
}
