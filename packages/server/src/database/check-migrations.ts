/** A migration that only one database would take is refused on every database, before anything runs. */
import type { Column, Index, Migration, TableDefinition } from '@palestra/core';
import { foreignKeyName } from './dialect.js';
import type { MigrationSet } from './migration-set.js';

/** InnoDB's limits, DYNAMIC rows of 16 KiB pages; four bytes a character of utf8mb4. */
const limits = { name: 64, indexBytes: 3072, rowBytes: 65_535, bytesPerCharacter: 4 } as const;
/** What a long text or JSON keeps in the row. */
const pointerBytes = 12;
const name = /^[a-z][a-z0-9_]*$/;

type Columns = Readonly<Record<string, Column>>;

/** What the sets make together: plugins share one database, and SQLite wants index names unique in all of it. */
export interface Schema {
  readonly tables: Map<string, Columns>;
  /** The plugin that makes it, by the name of a table or an index. */
  readonly owners: { readonly tables: Map<string, string>; readonly indexes: Map<string, string> };
}

export const emptySchema: Schema = { tables: new Map(), owners: { tables: new Map(), indexes: new Map() } };

/**
 * The schema that `schema` becomes by one set.
 * @throws TypeError naming plugin and migration
 */
export function checkMigrations({ plugin, migrations }: MigrationSet, schema: Schema): Schema {
  const { tables, indexes } = schema.owners;
  const owners = { tables: new Map(tables), indexes: new Map(indexes) };
  const next: OwnedSchema = { plugin, tables: new Map(schema.tables), owners };
  const seen = new Set<string>();
  for (const migration of migrations) {
    const faults = seen.has(migration.name) ? ['its name is used twice'] : faultsOf(migration, next);
    seen.add(migration.name);
    if (faults.length > 0) throw new TypeError(`Migration ${plugin}/${migration.name}: ${faults.join('; ')}.`);
  }
  return next;
}

/** With the plugin whose migrations are checked. */
interface OwnedSchema extends Schema {
  readonly plugin: string;
}

function faultsOf(migration: Migration, schema: OwnedSchema): string[] {
  if ('createTable' in migration) return tableFaults(migration.createTable, schema);
  if ('addColumn' in migration) {
    const { table, name: added, column, foreignKey } = migration.addColumn;
    const columns = { ...schema.tables.get(table), [added]: column };
    schema.tables.set(table, columns);
    const target = foreignKey ? [foreignKey.references.table, foreignKey.references.column] : [];
    return [...nameFaults(table, added, ...target), ...rowFaults(columns), ...additionFaults(added, column)];
  }
  if ('widenColumn' in migration) {
    const { table, name: widened, column } = migration.widenColumn;
    const columns = { ...schema.tables.get(table), [widened]: column };
    schema.tables.set(table, columns);
    return [...nameFaults(table, widened), ...rowFaults(columns)];
  }
  if ('dropColumn' in migration) {
    const { table, name: dropped } = migration.dropColumn;
    const { [dropped]: _, ...columns } = schema.tables.get(table) ?? {};
    if (schema.tables.has(table)) schema.tables.set(table, columns);
    return nameFaults(table, dropped);
  }
  if ('createIndex' in migration) {
    const { table, index } = migration.createIndex;
    return [...nameFaults(table), ...newIndexFaults(index, schema.tables.get(table), schema)];
  }
  if ('dropIndex' in migration) {
    const { table, name: dropped } = migration.dropIndex;
    schema.owners.indexes.delete(dropped);
    return nameFaults(table, dropped);
  }
  return [];
}

function tableFaults(definition: TableDefinition, schema: OwnedSchema): string[] {
  const { table, columns, primaryKey, indexes = [], foreignKeys = [], checks = {} } = definition;
  const taken = claim(schema.owners.tables, table, schema.plugin);
  schema.tables.set(table, columns);
  const ids = Object.values(columns).filter((column) => column.type === 'id').length;
  const keys = ids + (primaryKey ? 1 : 0);
  const names = [
    table,
    ...Object.keys(columns),
    ...Object.keys(checks),
    ...foreignKeys.flatMap(({ column, references }) => [
      foreignKeyName(table, column),
      references.table,
      references.column,
    ]),
  ];
  return [
    ...(taken ? [`table ${table} is made already by ${taken}`] : []),
    ...(keys === 1 ? [] : ['a table has either one id column or a primary key']),
    ...nameFaults(...names),
    ...rowFaults(columns),
    ...(primaryKey ? indexFaults({ name: 'primary', columns: primaryKey }, columns) : []),
    ...indexes.flatMap((index) => newIndexFaults(index, columns, schema)),
  ];
}

function nameFaults(...names: readonly string[]): string[] {
  return names
    .filter((text) => !name.test(text) || text.length > limits.name)
    .map(
      (text) =>
        `${JSON.stringify(text)} is not a valid name: use lower case, digits and _, at most ${limits.name} characters`,
    );
}

/** The other owner of a name, or that the plugin itself has it already; undefined for a new name. */
function claim(owners: Map<string, string>, key: string, plugin: string): string | undefined {
  const owner = owners.get(key);
  owners.set(key, owner ?? plugin);
  return owner && (owner === plugin ? 'this plugin' : `plugin ${owner}`);
}

/** The rows that exist need a value; SQLite asks for it, MySQL would make one up. */
function additionFaults(added: string, column: Column): string[] {
  const filled =
    column.type !== 'id' && (column.nullable === true || ('default' in column && column.default !== undefined));
  return filled ? [] : [`${added} is added, so it is nullable or has a default`];
}

function rowFaults(columns: Columns): string[] {
  const bytes = Object.values(columns).reduce((sum, column) => sum + bytesOf(column), 0);
  return bytes > limits.rowBytes ? [`its row may take ${bytes} bytes, more than ${limits.rowBytes}`] : [];
}

function newIndexFaults(index: Index, columns: Columns | undefined, { owners, plugin }: OwnedSchema): string[] {
  const taken = claim(owners.indexes, index.name, plugin);
  return [...(taken ? [`index ${index.name} is made already by ${taken}`] : []), ...indexFaults(index, columns)];
}

/** An index on a table that another plugin or an earlier version made can be checked by name only. */
function indexFaults(index: Index, columns: Columns | undefined): string[] {
  const faults = nameFaults(index.name, ...index.columns);
  if (!columns) return faults;
  const unknown = index.columns.filter((column) => !columns[column]);
  const bytes = index.columns.reduce((sum, column) => sum + indexBytesOf(columns[column]), 0);
  return [
    ...faults,
    ...unknown.map((column) => `index ${index.name} has no column ${column}`),
    ...(bytes > limits.indexBytes ? [`index ${index.name} takes more than ${limits.indexBytes} bytes`] : []),
  ];
}

function indexBytesOf(column: Column | undefined): number {
  if (!column) return 0;
  return column.type === 'longtext' || column.type === 'json' ? Number.POSITIVE_INFINITY : bytesOf(column);
}

function bytesOf(column: Column): number {
  switch (column.type) {
    case 'id':
    case 'integer':
    case 'real':
      return 8;
    case 'longtext':
    case 'json':
      return pointerBytes;
    case 'bytes':
      return column.length;
    default:
      return column.length * limits.bytesPerCharacter;
  }
}
