/**
 * Admits by one round trip: the record was read before, so what a visit leaves of it is known unless somebody changes it
 * meanwhile. The transaction fails then, and `admit.ts` goes one step after the other.
 */
import { type Call, type Clock, formatId, transactionEvents } from '@palestra/core';
import { type Audit, type Database, type EventEmitter, isDuplicate } from '@palestra/server/plugin';
import { latestVisits, toVisit, type VisitStore } from '../ledger/visits.js';
import type { ShownRecord } from '../resource.js';
import { auditedObject } from '../state/settlement.js';
import { eventData } from '../state/transitions.js';
import type { RecordRow, RecordStore } from '../store.js';
import type { ShowRecord } from './show.js';
import type { Ticket } from './ticket.js';

/** The record after the visit; undefined where nothing was done. */
export type AdmitAtOnce = (ticket: Ticket, call: Call) => Promise<ShownRecord | undefined>;

export interface AtOnceParts {
  readonly database: Database;
  readonly records: RecordStore;
  readonly visits: VisitStore;
  readonly events: EventEmitter;
  readonly audit: Audit;
  readonly show: ShowRecord;
  readonly clock: Clock;
}

/** The record is not as it was read. */
class RecordChanged extends Error {
  override readonly name = 'RecordChanged';
}

export function createAdmitAtOnce(parts: AtOnceParts): AdmitAtOnce {
  /** Of several at once all but the first would fail. */
  const underWay = new Set<number>();

  return async (ticket, call) => {
    const { id, count } = ticket.record;
    // The last visit ends the record; and under a key the answer, which names the visit, is kept in the transaction.
    if (count === 1 || call.idempotency || underWay.has(id)) return undefined;
    underWay.add(id);
    try {
      return await admit(parts, ticket, call);
    } catch (error) {
      if (error instanceof RecordChanged || isDuplicate(error, 'transaction_visit_key')) return undefined;
      throw error;
    } finally {
      underWay.delete(id);
    }
  };
}

async function admit(parts: AtOnceParts, ticket: Ticket, call: Call): Promise<ShownRecord> {
  const { database, records, visits, events, audit, show, clock } = parts;
  const { record, key, gate } = ticket;
  const before = (await visits.latestOf([record])).get(record.id) ?? [];
  const now = clock.now();
  let made = 0;
  const spent = await database.unitOfWork(async (unit): Promise<RecordRow> => {
    const spent = records.spendLast(record, now, unit, () => new RecordChanged());
    const visit = { record: record.id, number: spent.visits, key, gate, now };
    visits.addLast(visit, unit, (id) => {
      made = id;
    });
    await events.emit(unit, transactionEvents.used, { ...eventData(record), gate: formatId(gate) });
    await audit.record(unit, call, { action: 'transaction.visit', object: auditedObject(record) });
    return spent;
  });
  return show.row(spent, [...before, toVisit({ id: made, visited_at: now })].slice(-latestVisits));
}
