/** The visits of many records in one query, whatever their number. */
import { formatId } from '@palestra/core';
import type { Database, Statement, Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';

type Visit = components['schemas']['Visit'];

interface VisitRow {
  readonly id: number;
  readonly record_id: number;
  readonly visited_at: number;
}

export type VisitReader = (records: readonly number[], unit?: Unit) => Promise<Map<number, Visit[]>>;

/** Lists of so many places are composed; a shorter one repeats its last id. */
const sizes = [1, 20, 500];
const most = 500;

export function createVisitReader(database: Database): VisitReader {
  const statements = sizes.map((size) => ({ size, statement: visitsOf(database, size) }));
  const read = async (ids: readonly number[], unit: Unit | undefined) => {
    const fitting = statements.find(({ size }) => size >= ids.length);
    const values = Array.from({ length: fitting?.size ?? 0 }, (_, at) => [`id_${at}`, ids[at] ?? ids.at(-1) ?? 0]);
    return (await fitting?.statement.all(Object.fromEntries(values), unit)) ?? [];
  };
  return async (records, unit) => {
    const visits = new Map<number, Visit[]>();
    for (let from = 0; from < records.length; from += most) {
      const part = records.slice(from, from + most);
      for (const { id, record_id, visited_at } of await read(part, unit)) {
        const visit = { _id: formatId(id), date: new Date(visited_at).toISOString() };
        const known = visits.get(record_id);
        if (known) known.push(visit);
        else visits.set(record_id, [visit]);
      }
    }
    return visits;
  };
}

function visitsOf(database: Database, size: number): Statement<VisitRow> {
  return database.statement<VisitRow>((knex, parameter) =>
    knex('transaction_visit')
      .select('id', 'record_id', 'visited_at')
      .whereIn(
        'record_id',
        Array.from({ length: size }, (_, at) => parameter(`id_${at}`)),
      )
      .orderBy('id'),
  );
}
