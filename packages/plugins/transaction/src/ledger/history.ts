/** The steps of each record through its states: a row per step, never changed. */
import type { Database, Unit } from '@palestra/server/plugin';
import type { RecordState } from './record.js';

interface Step {
  readonly record: number;
  /** `none` for a new record. */
  readonly from: RecordState | 'none';
  readonly to: RecordState;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface History {
  /** At the end of the unit, which fails with a duplicate if the record has left `from` already. */
  add(step: Step, unit: Unit): void;
}

export function createHistory(database: Database): History {
  const insert = database.statement((knex, parameter) =>
    knex('transaction_history').insert({
      record_id: parameter('record'),
      from_state: parameter('from'),
      to_state: parameter('to'),
      at: parameter('now'),
    }),
  );
  return { add: (step, unit) => insert.runLast({ ...step }, unit) };
}
