/** Renders migrations, which are data, to the SQL of a dialect: one definition a step, each to be run again safely. */
import type { AddedColumn, Column, ForeignKey, Index, Migration, TableDefinition } from '@palestra/core';
import { type Dialect, foreignKeyName, quoted } from './dialect.js';
import { tableRemovals, triggerNames } from './mysql-text-index-definition.js';
import { removalOf } from './sqlite-text-index-definition.js';

/** Of a table. */
type Member = { readonly column: string } | { readonly index: string } | { readonly trigger: string };

export interface Step {
  readonly sql: string;
  /** Where definitions do not roll back: a row for these values means that the step was done before a crash. */
  readonly done?: { readonly sql: string; readonly table: string } & Member;
}

export function renderMigration(dialect: Dialect, migration: Migration): Step[] {
  if ('createTable' in migration) return createTable(dialect, migration.createTable);
  if ('addColumn' in migration) return [addColumn(dialect, migration.addColumn)];
  if ('widenColumn' in migration) {
    const { table, name, column } = migration.widenColumn;
    // SQLite's texts have no length.
    if (dialect.transactionalDefinitions) return [];
    return [{ sql: `ALTER TABLE ${quoted(table)} MODIFY COLUMN ${columnSql(dialect, name, column)}` }];
  }
  if ('dropColumn' in migration) {
    const { table, name } = migration.dropColumn;
    const sql = `ALTER TABLE ${quoted(table)} DROP COLUMN ${quoted(name)}`;
    return [...textIndexRemoval(dialect, table), step(dialect, sql, absent(columnExists), table, { column: name })];
  }
  if ('createIndex' in migration) {
    const { table, index } = migration.createIndex;
    return [step(dialect, createIndex(table, index), indexExists, table, { index: index.name })];
  }
  if ('dropIndex' in migration) {
    const { table, name } = migration.dropIndex;
    const sql = `DROP INDEX ${quoted(name)}${dialect.transactionalDefinitions ? '' : ` ON ${quoted(table)}`}`;
    return [step(dialect, sql, absent(indexExists), table, { index: name })];
  }
  return [{ sql: migration.statement[dialect.name] }];
}

const columnExists = `SELECT 1 AS found FROM information_schema.COLUMNS
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?`;
const indexExists = `SELECT 1 AS found FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND INDEX_NAME = ?`;

const triggerExists = `SELECT 1 AS found FROM information_schema.TRIGGERS
  WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = ? AND TRIGGER_NAME = ?`;

/**
 * SQLite drops no column that a trigger names, and on MySQL every later write fails. The index is made again afterwards. An
 * account that may not make triggers may not drop one that is not there, either.
 */
function textIndexRemoval(dialect: Dialect, table: string): Step[] {
  if (dialect.transactionalDefinitions) return removalOf(table).map((sql) => ({ sql }));
  const triggers = triggerNames(table).map((name) =>
    step(dialect, `DROP TRIGGER IF EXISTS ${quoted(name)}`, absent(triggerExists), table, { trigger: name }),
  );
  return [...triggers, ...tableRemovals(table).map((sql) => ({ sql }))];
}

const absent = (exists: string): string => `SELECT 1 AS found FROM DUAL WHERE NOT EXISTS (${exists})`;

function step(dialect: Dialect, sql: string, exists: string, table: string, member: Member): Step {
  return dialect.transactionalDefinitions ? { sql } : { sql, done: { sql: exists, table, ...member } };
}

/** One statement, its foreign key in it, so that on MySQL it happens as a whole or not. */
function addColumn(dialect: Dialect, { table, name, column, foreignKey }: AddedColumn): Step {
  const added = `ALTER TABLE ${quoted(table)} ADD COLUMN ${columnSql(dialect, name, column)}`;
  const inline = dialect.transactionalDefinitions;
  const key = foreignKey && foreignKeySql(table, { column: name, ...foreignKey }, { inline });
  const sql = key === undefined ? added : `${added}${inline ? ' ' : ', ADD '}${key}`;
  return step(dialect, sql, columnExists, table, { column: name });
}

/**
 * MySQL has no transaction around definitions, so there the indexes are inside the one statement, which either
 * happens as a whole or not. SQLite knows indexes only as statements of their own, in the step's transaction.
 */
function createTable(dialect: Dialect, definition: TableDefinition): Step[] {
  const { table, columns, primaryKey, indexes = [], foreignKeys = [], checks = {} } = definition;
  const inline = !dialect.transactionalDefinitions;
  const parts = [
    ...Object.entries(columns).map(([name, column]) => columnSql(dialect, name, column)),
    ...(primaryKey ? [`PRIMARY KEY (${quoted(...primaryKey)})`] : []),
    ...(inline ? indexes.map((index) => `${kind(index)} ${quoted(index.name)} (${quoted(...index.columns)})`) : []),
    ...foreignKeys.map((key) => foreignKeySql(table, key)),
    ...Object.entries(checks).map(([name, expression]) => `CONSTRAINT ${quoted(name)} CHECK (${expression})`),
  ];
  const sql = `CREATE TABLE IF NOT EXISTS ${quoted(table)} (\n  ${parts.join(',\n  ')}\n) ${dialect.tableOptions}`;
  return [{ sql }, ...(inline ? [] : indexes.map((index) => ({ sql: createIndex(table, index) })))];
}

function kind(index: Index): string {
  return index.unique ? 'UNIQUE INDEX' : 'INDEX';
}

function createIndex(table: string, index: Index): string {
  return `CREATE ${kind(index)} ${quoted(index.name)} ON ${quoted(table)} (${quoted(...index.columns)})`;
}

function columnSql(dialect: Dialect, name: string, column: Column): string {
  const type = dialect.columnTypes[column.type]('length' in column ? column.length : 0);
  if (column.type === 'id') return `${quoted(name)} ${type}`;
  const nullable = column.nullable ? '' : ' NOT NULL';
  return `${quoted(name)} ${type}${nullable}${defaultSql(dialect, column)}`;
}

function defaultSql(dialect: Dialect, column: Column): string {
  if (!('default' in column) || column.default === undefined) return '';
  const value = typeof column.default === 'number' ? String(column.default) : dialect.quoteText(column.default);
  return ` DEFAULT ${value}`;
}

/** Named after its table, since MySQL wants the name unique in the whole database. */
function foreignKeySql(table: string, key: ForeignKey, { inline }: { inline: boolean } = { inline: false }): string {
  const { column, references, onDelete } = key;
  const name = foreignKeyName(table, column);
  const action = onDelete ? ` ON DELETE ${onDelete.toUpperCase()}` : '';
  const target = `${quoted(references.table)} (${quoted(references.column)})`;
  // Beside its column SQLite takes the reference alone.
  const of = inline ? '' : ` FOREIGN KEY (${quoted(column)})`;
  return `CONSTRAINT ${quoted(name)}${of} REFERENCES ${target}${action}`;
}
