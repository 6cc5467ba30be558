/** The tables that migrations make, as data: what a database has after them, without one. */
import type { Migration, TableDefinition } from '@palestra/core';

/** By name. What a `statement` does is not seen; definitions are migrations of their own kinds. */
export function replay(migrations: readonly Migration[]): Map<string, TableDefinition> {
  const tables = new Map<string, TableDefinition>();
  const change = (name: string, changed: (table: TableDefinition) => TableDefinition): void => {
    const table = tables.get(name);
    if (table) tables.set(name, changed(table));
  };
  for (const migration of migrations) {
    if ('createTable' in migration) tables.set(migration.createTable.table, migration.createTable);
    if ('addColumn' in migration) {
      const { table, name, column, foreignKey } = migration.addColumn;
      const added = foreignKey ? [{ column: name, ...foreignKey }] : [];
      change(table, (before) => ({
        ...before,
        columns: { ...before.columns, [name]: column },
        foreignKeys: [...(before.foreignKeys ?? []), ...added],
      }));
    }
    if ('widenColumn' in migration) {
      const { table, name, column } = migration.widenColumn;
      change(table, (before) => ({ ...before, columns: { ...before.columns, [name]: column } }));
    }
    if ('dropColumn' in migration) {
      const { table, name } = migration.dropColumn;
      change(table, ({ columns: { [name]: _, ...columns }, ...before }) => ({ ...before, columns }));
    }
    if ('createIndex' in migration) {
      const { table, index } = migration.createIndex;
      change(table, (before) => ({ ...before, indexes: [...(before.indexes ?? []), index] }));
    }
    if ('dropIndex' in migration) {
      const { table, name } = migration.dropIndex;
      change(table, (before) => ({ ...before, indexes: before.indexes?.filter((index) => index.name !== name) ?? [] }));
    }
  }
  return tables;
}
