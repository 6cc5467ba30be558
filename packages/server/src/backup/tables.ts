/** The tables that the plugins' migrations make, as copying and restoring need them. */
import type { Column, ForeignKey } from '@palestra/core';
import type { MigrationSet } from '../database/migration-set.js';
import { replay } from '../database/replay.js';

export interface Table {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns of the primary key. */
  readonly key: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
}

export function tablesOf(sets: readonly MigrationSet[]): Map<string, Table> {
  const tables = replay(sets.flatMap(({ migrations }) => migrations));
  return new Map(
    [...tables].map(([name, { columns, primaryKey, foreignKeys = [] }]) => {
      const id = Object.entries(columns).find(([, { type }]) => type === 'id')?.[0];
      return [name, { name, columns, key: primaryKey ?? [id ?? 'id'], foreignKeys }];
    }),
  );
}
