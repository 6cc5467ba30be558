/** Rows of many lines, inserted together: a statement for each row would be most of the time of an import. */
import type { ImportRows } from '@palestra/core';
import type { Database, Unit } from '../database/types.js';

type Row = Parameters<ImportRows['add']>[1];

export interface CollectedRows extends ImportRows {
  insert(unit: Unit): Promise<void>;
}

export function collectRows(database: Database): CollectedRows {
  const rows = new Map<string, Row[]>();
  return {
    add(table, row) {
      const others = rows.get(table);
      if (others) others.push(row);
      else rows.set(table, [row]);
    },
    async insert(unit) {
      for (const [table, all] of rows) await insertAll(database, table, all, unit);
    },
  };
}

/** Of a statement: a few kinds of it stay prepared, and 26 columns are below the most parameters of SQLite. */
const atOnce = 200;

export async function insertAll(database: Database, table: string, rows: readonly Row[], unit: Unit): Promise<void> {
  for (let from = 0; from < rows.length; from += atOnce) {
    await database.write(database.knex(table).insert(rows.slice(from, from + atOnce)), unit);
  }
}
