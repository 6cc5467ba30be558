/** The statements that write a resource: SQL composed once for each set of columns. */
import { createInsert } from '../database/gathered-inserts.js';
import type { Database, Row, Scalar, Statement, Tuple, Unit } from '../database/types.js';
import type { Plan } from './plan.js';

export interface Statements {
  /** The columns of `plan.record`, kept from others until the unit's end. */
  lock(id: number, unit: Unit): Promise<Tuple | undefined>;
  /** The new id. */
  insert(row: Row, unit?: Unit): Promise<number>;
  /** Under the id that the row has. */
  insertAs(row: Row, unit: Unit): Promise<void>;
  /** Writes these columns; false if there is no such row. */
  update(id: number, row: Row, unit: Unit): Promise<boolean>;
  /** False if there is no such row. */
  remove(id: number, unit: Unit): Promise<boolean>;
}

/** Update shapes kept at most; a caller may combine fields at will. */
const maxShapes = 200;

export function createStatements(database: Database, { facts, record }: Plan): Statements {
  const { table } = facts;
  const written = Object.keys(facts.columns).filter((column) => column !== 'id');
  const locked = database.statement((knex, parameter) =>
    knex(table).select(record.columns).where('id', parameter('id')).forUpdate(),
  );
  const remove = database.statement((knex, parameter) => knex(table).where('id', parameter('id')).delete());
  const insert = createInsert(database, table, written);
  const insertAs = database.statement((knex, parameter) =>
    knex(table).insert(Object.fromEntries(['id', ...written].map((column) => [column, parameter(column)]))),
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

  return {
    lock: async (id, unit) => (await locked.tuples({ id }, unit))[0],
    insert: (row, unit) => insert(row as Record<string, Scalar>, unit),
    insertAs: async (row, unit) => void (await insertAs.run(row as Record<string, Scalar>, unit)),
    async update(id, row, unit) {
      const columns = Object.keys(row);
      if (columns.length === 0) return true;
      return (await updateOf(columns).run({ ...(row as Record<string, Scalar>), id }, unit)).affected === 1;
    },
    remove: async (id, unit) => (await remove.run({ id }, unit)).affected === 1,
  };
}
