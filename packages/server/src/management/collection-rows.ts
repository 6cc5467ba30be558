/** The rows of collections: counted, held, and deleted together or one by one. */
import type { Call } from '@palestra/core';
import type { Database, Unit } from '../database/types.js';
import type { Collection } from '../plugin/collection-rules.js';
import type { SetUpResource } from '../plugin/host-part.js';

interface CountOptions {
  /** Rows whose `column` has one of `values`; all of them without it. */
  readonly column?: string;
  readonly values?: readonly string[];
  readonly unit?: Unit;
}

export interface CollectionRows {
  count(table: string, options?: CountOptions): Promise<number>;
  /** Those whose `column` is not null. */
  countReferring(table: string, column: string, unit: Unit): Promise<number>;
  /** Holds the rows that there are, so that none of them changes after it was looked at; the last of them. */
  lock(table: string, unit: Unit): Promise<number>;
  /** Later rows were not looked at: they stay. */
  deleteUpTo(
    last: number,
    table: string,
    dependants: NonNullable<Collection['dependants']>,
    unit: Unit,
  ): Promise<number>;
  /** By the rules of the plugin, each row. */
  removeEach(table: string, remove: NonNullable<SetUpResource['remove']>, call: Call): Promise<number>;
}

/** Rows that are read at once to be deleted one by one. */
const chunk = 500;

export function createCollectionRows(database: Database): CollectionRows {
  const { knex } = database;
  return {
    async count(table, { column, values = [], unit } = {}) {
      const query = knex(table).count({ rows: '*' });
      const asked = column === undefined ? query : query.whereIn(column, [...values]);
      const [row] = unit ? await database.query<{ rows: number }>(asked, unit) : await asked;
      return Number(row?.rows ?? 0);
    },

    async countReferring(table, column, unit) {
      const [row] = await database.query<{ rows: number }>(knex(table).count({ rows: column }), unit);
      return Number(row?.rows ?? 0);
    },

    async lock(table, unit) {
      const all = knex(table).count({ rows: 'id' }).max({ last: 'id' }).forUpdate();
      const [row] = await database.query<{ last: number | null }>(all, unit);
      return Number(row?.last ?? 0);
    },

    async deleteUpTo(last, name, dependants, unit) {
      const rows = knex(name).where('id', '<=', last);
      for (const { table, column } of dependants) {
        await database.write(knex(table).whereIn(column, rows.clone().select('id')).delete(), unit);
      }
      return (await database.write(rows.delete(), unit)).affected;
    },

    async removeEach(name, remove, call) {
      const ids = database.statement<{ id: number }>((build) => build(name).select('id').orderBy('id').limit(chunk));
      let deleted = 0;
      for (let rows = await ids.all(); rows.length > 0; rows = await ids.all()) {
        for (const { id } of rows) await remove(id, call);
        deleted += rows.length;
      }
      return deleted;
    },
  };
}
