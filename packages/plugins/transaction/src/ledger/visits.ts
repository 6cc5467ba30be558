/** Visits: a row per admission, and those of many records in one query. */
import { formatId } from '@palestra/core';
import { type Database, insertOnce, type Statement, type Unit } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';
import type { RecordRow } from './record.js';

export type Visit = components['schemas']['Visit'];

interface NewVisit {
  /** Its visits were counted already, this one included. */
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
  /** The same at the end of the unit, which fails with a duplicate if `key` has admitted already. Told the visit's id. */
  addLast(visit: NewVisit & { readonly number: number }, unit: Unit, inserted: (id: number) => void): void;
  /** The latest `latestVisits` of one record, the oldest first, and what they left of it; undefined without a visit. */
  left(record: number, unit: Unit): Promise<Left | undefined>;
  /** The latest `latestVisits` of each record, the oldest first; a record without visits is left out. */
  latestOf(records: readonly VisitedRecord[], unit?: Unit): Promise<Map<number, Visit[]>>;
  /** All of one record behind the visit `after`, in chunks. */
  all(record: number, range: VisitRange): AsyncIterable<Visit[]>;
}

type ChangedByVisits = Pick<RecordRow, 'count' | 'visits' | 'refunded_amount' | 'updated_at'>;

interface Left {
  /** The columns that a visit changes, or a refund beside it. */
  readonly changed: ChangedByVisits;
  readonly visits: readonly Visit[];
}

interface VisitedRecord {
  readonly id: number;
  /** How many visits it has. */
  readonly visits: number;
}

interface VisitRange {
  /** At most so many; infinite for all. */
  readonly find: number;
  readonly after: number;
}

/** What a record shows of its visits: a list of records stays small, however often they were used. */
export const latestVisits = 100;

interface VisitRow {
  readonly id: number;
  readonly record_id: number;
  readonly visited_at: number;
}

/** Lists of so many places are composed; a shorter one repeats its last id. */
const sizes = [1, 20, 500];
const chunkSize = 500;

export function createVisitStore(database: Database): VisitStore {
  const insert = composeInsert(database);
  const numbered = composeNumbered(database);
  const left = composeLeft(database);
  const lists = sizes.map((size) => ({ size, statement: visitsOf(database, size) }));
  const latest = composeVisits(database, 'number');
  const page = composeVisits(database, 'id');

  /** Of records with few visits, all in one query. */
  async function readAll(ids: readonly number[], unit: Unit | undefined): Promise<VisitRow[]> {
    if (ids.length === 0) return [];
    const fitting = lists.find(({ size }) => size >= ids.length);
    const values = Array.from({ length: fitting?.size ?? 0 }, (_, at) => [`id_${at}`, ids[at] ?? ids.at(-1) ?? 0]);
    return (await fitting?.statement.all(Object.fromEntries(values), unit)) ?? [];
  }

  return {
    add: (visit, unit) => insertOnce(insert, { ...visit }, unit),
    addLast: (visit, unit, inserted) => numbered.runLast({ ...visit }, unit, { inserted }),
    async left(record, unit) {
      const rows = await left.all({ record }, unit);
      const [row] = rows;
      if (!row) return undefined;
      const { count, visits, refunded_amount, updated_at } = row;
      return { changed: { count, visits, refunded_amount, updated_at }, visits: rows.map(toVisit) };
    },
    async latestOf(records, unit) {
      const few = records.filter(({ visits }) => visits > 0 && visits <= latestVisits).map(({ id }) => id);
      const many = records.filter(({ visits }) => visits > latestVisits);
      const found = new Map<number, Visit[]>();
      const add = ({ record_id, ...row }: VisitRow) => {
        const known = found.get(record_id);
        if (known) known.push(toVisit(row));
        else found.set(record_id, [toVisit(row)]);
      };
      for (let from = 0; from < few.length; from += chunkSize) {
        for (const row of await readAll(few.slice(from, from + chunkSize), unit)) add(row);
      }
      for (const { id, visits } of many) {
        const values = { record: id, after: visits - latestVisits, limit: latestVisits };
        for (const row of await latest.all(values, unit)) add(row);
      }
      return found;
    },
    async *all(record, { find, after }) {
      for (let last = after, left = find; left > 0; ) {
        const limit = Math.min(left, chunkSize);
        const rows = await page.all({ record, after: last, limit });
        if (rows.length > 0) yield rows.map(toVisit);
        if (rows.length < limit) return;
        last = rows.at(-1)?.id ?? last;
        left -= rows.length;
      }
    },
  };
}

export function toVisit({ id, visited_at }: Pick<VisitRow, 'id' | 'visited_at'>): Visit {
  return { _id: formatId(id), date: new Date(visited_at).toISOString() };
}

/** Its number is the record's count of visits, which the same transaction has raised. */
function composeInsert(database: Database): Statement {
  return database.statement((knex, parameter) => {
    const visit = knex('transaction_record')
      .select(
        'id',
        'visits',
        knex.raw('?', [parameter('key')]),
        knex.raw('?', [parameter('gate')]),
        knex.raw('?', [parameter('now')]),
      )
      .where('id', parameter('record'));
    const columns = ['record_id', 'number', 'visit_key', 'gate_id', 'visited_at'];
    return knex.into(knex.raw('?? (??, ??, ??, ??, ??)', ['transaction_visit', ...columns])).insert(visit);
  });
}

function composeNumbered(database: Database): Statement {
  const columns = { record: 'record_id', number: 'number', key: 'visit_key', gate: 'gate_id', now: 'visited_at' };
  return database.statement((knex, parameter) => knex('transaction_visit').insert(parameter.each(columns)));
}

/** The record's columns beside each of its visits: one statement, which has few columns, instead of two. */
function composeLeft(database: Database): Statement<Omit<VisitRow, 'record_id'> & ChangedByVisits> {
  const of = (table: string, names: readonly string[]) => names.map((name) => `${table}.${name}`);
  return database.statement((knex, parameter) =>
    knex('transaction_visit')
      .join('transaction_record', 'transaction_record.id', 'transaction_visit.record_id')
      .select(of('transaction_visit', ['id', 'visited_at']))
      .select(of('transaction_record', ['count', 'visits', 'refunded_amount', 'updated_at']))
      .where('transaction_visit.record_id', parameter('record'))
      .whereRaw('?? > ?? - ?', ['transaction_visit.number', 'transaction_record.visits', latestVisits])
      .orderBy('transaction_visit.number'),
  );
}

/** Of one record, behind a number or an id. */
function composeVisits(database: Database, along: 'number' | 'id'): Statement<VisitRow> {
  return database.statement<VisitRow>((knex, parameter) =>
    knex('transaction_visit')
      .select('id', 'record_id', 'visited_at')
      .where('record_id', parameter('record'))
      .where(along, '>', parameter('after'))
      .orderByRaw('?? limit ?', [along, parameter('limit')]),
  );
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
