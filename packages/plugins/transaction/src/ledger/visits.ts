/** Visits: a row per admission, and those of many records in one query. */
import { formatId } from '@palestra/core';
import { type Database, insertOnce, type Statement, type Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';

type Visit = components['schemas']['Visit'];

export interface NewVisit {
  readonly record: number;
  /** What admits once: a QR token's id, or the use of an `Idempotency-Key`. */
  readonly key: string;
  /** Account that let the member in. */
  readonly gate: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface VisitStore {
  /** False if `key` has admitted already. */
  add(visit: NewVisit, unit: Unit): Promise<boolean>;
  /** By record, the oldest first; a record without visits is left out. */
  of(records: readonly number[], unit?: Unit): Promise<Map<number, Visit[]>>;
}

interface VisitRow {
  readonly id: number;
  readonly record_id: number;
  readonly visited_at: number;
}

/** Lists of so many places are composed; a shorter one repeats its last id. */
const sizes = [1, 20, 500];
const most = 500;

export function createVisitStore(database: Database): VisitStore {
  const insert = database.statement((knex, parameter) =>
    knex('transaction_visit').insert({
      record_id: parameter('record'),
      visit_key: parameter('key'),
      gate_id: parameter('gate'),
      visited_at: parameter('now'),
    }),
  );
  const statements = sizes.map((size) => ({ size, statement: visitsOf(database, size) }));
  const read = async (ids: readonly number[], unit: Unit | undefined) => {
    const fitting = statements.find(({ size }) => size >= ids.length);
    const values = Array.from({ length: fitting?.size ?? 0 }, (_, at) => [`id_${at}`, ids[at] ?? ids.at(-1) ?? 0]);
    return (await fitting?.statement.all(Object.fromEntries(values), unit)) ?? [];
  };
  return {
    add: (visit, unit) => insertOnce(insert, { ...visit }, unit),
    async of(records, unit) {
      const visits = new Map<number, Visit[]>();
      for (let from = 0; from < records.length; from += most) {
        for (const { id, record_id, visited_at } of await read(records.slice(from, from + most), unit)) {
          const visit = { _id: formatId(id), date: new Date(visited_at).toISOString() };
          const known = visits.get(record_id);
          if (known) known.push(visit);
          else visits.set(record_id, [visit]);
        }
      }
      return visits;
    },
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
