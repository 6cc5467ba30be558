/** Rows of many lines, inserted together: a statement for each row would be most of the time of an import. */
import type { ImportRows } from '@palestra/core';
import type { Database, Statement, Unit, Values } from '../database/types.js';

type Row = Parameters<ImportRows['add']>[1];

export interface CollectedRows extends ImportRows {
  insert(unit: Unit): Promise<void>;
}

export type InsertAll = (table: string, rows: readonly Row[], unit: Unit) => Promise<void>;

export function collectRows(insertAll: InsertAll): CollectedRows {
  const rows = new Map<string, Row[]>();
  return {
    add(table, row) {
      const others = rows.get(table);
      if (others) others.push(row);
      else rows.set(table, [row]);
    },
    async insert(unit) {
      for (const [table, all] of rows) await insertAll(table, all, unit);
    },
  };
}

/**
 * Rows of a statement, the largest number that is left: a few statements for any number of rows, since drivers keep what
 * they prepared, and mysql2 an object for each parameter.
 */
const sizes = [64, 16, 4, 1];

export function createInsertAll(database: Database): InsertAll {
  const statements = new Map<string, Statement>();

  function statementFor(table: string, columns: readonly string[], size: number): Statement {
    const key = `${size} ${table} ${columns}`;
    const known = statements.get(key);
    if (known) return known;
    const made = database.statement((knex, parameter) =>
      knex(table).insert(
        Array.from({ length: size }, (_, at) =>
          Object.fromEntries(columns.map((column) => [column, parameter(`${column} ${at}`)])),
        ),
      ),
    );
    statements.set(key, made);
    return made;
  }

  return async (table, rows, unit) => {
    const columns = Object.keys(rows[0] ?? {});
    for (let from = 0; from < rows.length; ) {
      const size = sizes.find((each) => each <= rows.length - from) ?? 1;
      const some = rows.slice(from, from + size);
      await statementFor(table, columns, size).run(valuesOf(some), unit);
      from += size;
    }
  };
}

function valuesOf(rows: readonly Row[]): Values {
  const values: Record<string, Values[string]> = {};
  for (const [at, row] of rows.entries()) {
    for (const column in row) values[`${column} ${at}`] = row[column] ?? null;
  }
  return values;
}

/** To the next power of two, by the last one again: lists of few lengths, for the same reason. */
export function padded<Item>(items: readonly Item[]): Item[] {
  const length = items.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(items.length));
  return Array.from({ length }, (_, at) => items[Math.min(at, items.length - 1)] as Item);
}
