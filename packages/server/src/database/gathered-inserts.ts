/**
 * Rows that are each inserted by themselves. On MariaDB those of one turn of the event loop are inserted by one statement,
 * which costs this process little more than one row alone, and the server one commit. If the statement is refused, none of
 * them was inserted: each is then inserted alone, and only the one that is at fault fails.
 */
import { isPalestraError, type Unit } from '@palestra/core';
import { once } from '../async/once.js';
import type { Dialect } from './dialect.js';
import { joinedTransaction } from './joined-transaction.js';
import type { Database, Statement, Values } from './types.js';

/** The new id. */
export type Insert = (row: Values, unit?: Unit) => Promise<number>;

interface Waiting {
  readonly row: Values;
  resolve(id: number): void;
  reject(error: unknown): void;
}

/** Rows of one statement. */
const most = 8;
/** Characters: longer rows gain nothing, and together could be more than the server takes at once. */
const longest = 8_192;

/** @param columns those that every row has */
export function createInsert(database: Database, table: string, columns: readonly string[]): Insert {
  const one = database.statement((knex, parameter) => knex(table).insert(parameter.each(columns)));
  const alone: Insert = async (row, unit) => (await one.run(row, unit)).insertedId;
  if (!returnsIds(database.dialect)) return alone;
  const statements = Array.from({ length: most }, (_, at) => once(() => together(database, table, columns, at + 1)));
  let gathered: Waiting[] = [];

  function send(): void {
    const all = gathered;
    gathered = [];
    for (let at = 0; at < all.length; at += most) void insert(all.slice(at, at + most));
  }

  async function insert(waiting: readonly Waiting[]): Promise<void> {
    if (waiting.length === 1) return insertAlone(waiting);
    try {
      const rows = waiting.map(({ row }, at) => columns.map((column) => [nameOf(column, at), row[column]]));
      const { insertedIds = [] } =
        (await statements[waiting.length - 1]?.().run(Object.fromEntries(rows.flat()))) ?? {};
      for (const [at, { resolve }] of waiting.entries()) resolve(insertedIds[at] as number);
    } catch (error) {
      // The database is away, or the outcome unknown.
      if (isPalestraError(error)) for (const { reject } of waiting) reject(error);
      else await insertAlone(waiting);
    }
  }

  async function insertAlone(waiting: readonly Waiting[]): Promise<void> {
    await Promise.all(waiting.map(({ row, resolve, reject }) => alone(row).then(resolve, reject)));
  }

  return (row, unit) => {
    const whole = Object.keys(row).length === columns.length;
    if (unit || joinedTransaction() || !whole || lengthOf(row) > longest) return alone(row, unit);
    return new Promise((resolve, reject) => {
      if (gathered.length === 0) setImmediate(send);
      gathered.push({ row, resolve, reject });
    });
  };
}

/** The ids that several rows of one statement got are known for sure only where the server says them: from 10.5 on. */
function returnsIds({ product, version }: Dialect): boolean {
  const [, major, minor] = /(\d+)\.(\d+)\.\d+-mariadb/i.exec(version) ?? [];
  return product === 'MariaDB' && (Number(major) > 10 || (Number(major) === 10 && Number(minor) >= 5));
}

function together(database: Database, table: string, columns: readonly string[], rows: number): Statement {
  return database.statement((knex, parameter) => {
    const named = (at: number) => columns.map((column) => [column, parameter(nameOf(column, at))] as const);
    const all = Array.from({ length: rows }, (_, at) => Object.fromEntries(named(at)));
    const { sql, bindings } = knex(table).insert(all).toSQL().toNative();
    return knex.raw(`${sql} returning id`, [...bindings]);
  });
}

const nameOf = (column: string, at: number): string => `${column}_${at}`;

function lengthOf(row: Values): number {
  let length = 0;
  for (const value of Object.values(row)) if (typeof value === 'string') length += value.length;
  return length;
}
