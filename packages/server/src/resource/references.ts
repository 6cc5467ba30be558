/** The rows that a record refers to: foreign keys hold them, and here is said which field names one that is not there. */
import type { Database, Row, Unit } from '../database/types.js';
import type { Plan } from './plan.js';

export interface References {
  /**
   * Keeps the referred rows of `row` from changes until the unit's end, so that rules may decide by them.
   * @throws PalestraError 400 naming the first field that refers to nothing
   */
  lock(row: Row, unit: Unit): Promise<void>;
  /** After a write was refused: the field that refers to nothing. */
  dangling(row: Row): Promise<string>;
}

export function createReferences(database: Database, { facts, face }: Plan): References {
  const references = Object.entries(facts.fields).flatMap(
    ([
      name,
      {
        reference,
        columns: [column = ''],
      },
    ]) => {
      if (!reference || facts.columns[column] === undefined) return [];
      const row = database.statement((knex, parameter) =>
        knex(reference.table).select('id').where('id', parameter('id')),
      );
      const locked = database.statement((knex, parameter) =>
        knex(reference.table).select('id').where('id', parameter('id')).forShare(),
      );
      return [{ name, column, row, locked }];
    },
  );
  const named = (row: Row) => references.filter(({ column }) => typeof row[column] === 'number');
  return {
    async lock(row, unit) {
      for (const { name, column, locked } of named(row)) {
        const id = row[column] as number;
        if (!(await locked.first({ id }, unit))) throw face.unknownReference(facts, name);
      }
    },
    async dangling(row) {
      for (const { name, column, row: statement } of named(row)) {
        if (!(await statement.first({ id: row[column] as number }))) return name;
      }
      // It was there again, or is another plugin's table that refers to this row.
      return named(row)[0]?.name ?? 'reference';
    },
  };
}
