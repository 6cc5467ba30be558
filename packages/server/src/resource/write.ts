/** Inserts and updates of one resource: SQL composed once for each set of columns. */

import type { Knex } from 'knex';
import type { Database, QueryFactory, Row, Scalar, Statement, Unit, Written } from '../database/types.js';
import type { Item, ResourceFacts } from '../plugin/resource.js';
import { encodeRow, selectedColumns } from './rows.js';

export interface Writer {
  readonly byId: Statement;
  /** The same, kept from others until the unit's end. */
  readonly locked: Statement;
  readonly remove: Statement;
  /** The row as it was written, with its new `id`. */
  insert(item: Item, now: number, unit?: Unit): Promise<Row>;
  /** Only the columns of the fields in `change`. */
  update(id: number, change: Item, now: number, unit?: Unit): Promise<Written>;
}

/** Update shapes kept at most; a caller may combine fields at will. */
const maxShapes = 200;

export function createWriter(database: Database, facts: ResourceFacts): Writer {
  const { table } = facts;
  const empty = Object.fromEntries(Object.keys(facts.fields).map((name) => [name, null]));
  const columns = [...Object.keys(encodeRow(facts, empty)), 'created_at', 'updated_at'];
  const insert = database.statement((knex, parameter) =>
    knex(table).insert(Object.fromEntries(columns.map((column) => [column, parameter(column)]))),
  );
  const updates = new Map<string, Statement>();

  function updateOf(changed: readonly string[]): Statement {
    const key = changed.join();
    const known = updates.get(key);
    if (known) return known;
    if (updates.size >= maxShapes) updates.clear();
    const statement = database.statement((knex, parameter) =>
      knex(table)
        .where('id', parameter('id'))
        .update(Object.fromEntries(changed.map((column) => [column, parameter(column)]))),
    );
    updates.set(key, statement);
    return statement;
  }

  const byId: QueryFactory = (knex, parameter) =>
    knex(table).select(selectedColumns(facts)).where('id', parameter('id'));

  return {
    byId: database.statement(byId),
    locked: database.statement((knex, parameter) => (byId(knex, parameter) as Knex.QueryBuilder).forUpdate()),
    remove: database.statement((knex, parameter) => knex(table).where('id', parameter('id')).delete()),
    async insert(item, now, unit) {
      const row = { ...encodeRow(facts, { ...empty, ...item }), created_at: now, updated_at: now };
      const { insertedId } = await insert.run(row, unit);
      return { ...row, id: insertedId };
    },
    async update(id, change, now, unit) {
      const row: Record<string, Scalar> = { ...encodeRow(facts, change), updated_at: now };
      return updateOf(Object.keys(row)).run({ ...row, id }, unit);
    },
  };
}
