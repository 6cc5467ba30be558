/** The tables that the plugins' migrations make, as copying and restoring need them. */
import type { Column, ForeignKey } from '@palestra/core';
import type { MigrationSet } from '../database/migration-set.js';

export interface Table {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns of the primary key. */
  readonly key: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
}

export function tablesOf(sets: readonly MigrationSet[]): Map<string, Table> {
  const tables = new Map<string, Table>();
  for (const migration of sets.flatMap(({ migrations }) => migrations)) {
    if ('createTable' in migration) {
      const { table: name, columns, primaryKey, foreignKeys = [] } = migration.createTable;
      const id = Object.entries(columns).find(([, { type }]) => type === 'id')?.[0];
      tables.set(name, { name, columns, key: primaryKey ?? [id ?? 'id'], foreignKeys });
    } else if ('addColumn' in migration) {
      const { table: name, name: added, column } = migration.addColumn;
      const table = tables.get(name);
      if (table) tables.set(name, { ...table, columns: { ...table.columns, [added]: column } });
    }
  }
  return tables;
}
