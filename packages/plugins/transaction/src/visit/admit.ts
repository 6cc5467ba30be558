/**
 * Lets a member in: one visit less, exactly one a call, by a single conditional update. The visit's unique key makes a
 * QR token admit once, and a call under an `Idempotency-Key` count once.
 */
import { type Call, type Clock, formatId, transactionEvents } from '@palestra/core';
import { type Audit, type Database, type EventEmitter, together, type Unit } from '@palestra/server/plugin';
import { conflict } from '../errors.js';
import { isGivenBack } from '../ledger/record.js';
import type { VisitStore } from '../ledger/visits.js';
import type { ShownRecord } from '../resource.js';
import { auditedObject } from '../state/settlement.js';
import { eventData, type Transitions } from '../state/transitions.js';
import type { RecordRow, RecordStore } from '../store.js';
import type { AdmitAtOnce } from './at-once.js';
import type { ShowRecord } from './show.js';
import type { ReadTicket, Ticket, VisitRequest } from './ticket.js';

export type Visit = (request: VisitRequest, call: Call) => Promise<ShownRecord>;

/** Both in one unit, and each @throws PalestraError 409 if the record does not admit. */
export interface Admit {
  /** One visit less. Many that are refused at once have then locked nothing for each other. */
  spend(ticket: Ticket, unit: Unit): Promise<void>;
  /** The visit, and the record after it. */
  enter(ticket: Ticket, unit: Unit): Promise<ShownRecord>;
}

/** Clocks of two instances may differ by so much: what one has just sold, the other admits. */
const clockSkewMs = 120_000;

export interface VisitParts {
  readonly database: Database;
  readonly readTicket: ReadTicket;
  readonly admitAtOnce: AdmitAtOnce;
  readonly admit: Admit;
  readonly audit: Audit;
  readonly clock: Clock;
}

export function createVisit({ database, readTicket, admitAtOnce, admit, audit, clock }: VisitParts): Visit {
  return async (request, call) => {
    const ticket = await readTicket(request, call);
    const { record, merchandiseId } = ticket;
    // States only go forward: what is refused here stays refused, and waits for no write lock.
    assertAdmits(record, merchandiseId, clock.now());
    const admitted = await admitAtOnce(ticket, call);
    if (admitted) return admitted;
    return database.unitOfWork(async (unit) => {
      await admit.spend(ticket, unit);
      const [answer] = await together([
        admit.enter(ticket, unit),
        audit.record(unit, call, { action: 'transaction.visit', object: auditedObject(record) }),
      ]);
      await call.idempotency?.finish(unit, answer);
      return answer;
    });
  };
}

export interface AdmitParts {
  readonly records: RecordStore;
  readonly visits: VisitStore;
  readonly transitions: Transitions;
  readonly events: EventEmitter;
  readonly show: ShowRecord;
  readonly clock: Clock;
}

export function createAdmit({ records, visits, transitions, events, show, clock }: AdmitParts): Admit {
  return {
    async spend({ record, merchandiseId }, unit) {
      const now = clock.now();
      const { id, recipient_id } = record;
      const visit = { id, recipient_id, merchandise_id: merchandiseId, now, latest_start: now + clockSkewMs };
      if (await records.spend(visit, unit)) return;
      assertAdmits((await records.find(id, unit)) ?? record, merchandiseId, now);
      throw conflict('The transaction does not admit now');
    },
    async enter({ record, key, gate }, unit) {
      const { id } = record;
      const visit = { record: id, key, gate, now: clock.now() };
      const [added, left] = await together([visits.add(visit, unit), visits.left(id, unit)]);
      if (!added || !left) throw conflict('This has admitted a visit already');
      await events.emit(unit, transactionEvents.used, { ...eventData(record), gate: formatId(gate) });
      // A success, before it was spent, and since: all else of it changes no more.
      if (left.changed.count !== 0) return show.row({ ...record, ...left.changed }, left.visits);
      // Its last visit ends it.
      await transitions.expire(record, unit);
      return show.plain(id, unit);
    },
  };
}

function assertAdmits(record: RecordRow, merchandiseId: number, now: number): void {
  if (record.merchandise_id !== merchandiseId) throw conflict('The transaction is over other merchandise');
  // Its last visit has ended it; at the gate the reason helps more than the state.
  if (record.count === 0) throw conflict('The transaction is used up');
  if (isGivenBack(record)) throw conflict('The transaction is being refunded');
  if (record.state !== 'success') throw conflict(`The transaction is ${record.state}`);
  if (record.start_date !== null && record.start_date > now + clockSkewMs)
    throw conflict('The transaction does not admit yet');
  if (record.expiry_date !== null && record.expiry_date <= now) throw conflict('The transaction is out of date');
}
