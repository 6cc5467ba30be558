/**
 * Lets a member in: one visit less, exactly one a call, by a single conditional update. The visit's unique key makes a
 * QR token admit once, and a call under an `Idempotency-Key` count once.
 */
import { randomBytes } from 'node:crypto';
import { accountIdOf, type Call, formatId, includes, parseId, permissionDenied } from '@palestra/core';
import type { Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import { conflict, qrInvalid, recordNotFound } from '../errors.js';
import type { ShownRecord } from '../resource.js';
import type { RecordRow } from '../store.js';
import type { PurchaseContext } from './context.js';
import { auditedObject } from './orders.js';
import { usedEvent } from './states.js';
import { eventData } from './transitions.js';

type VisitRequest = components['schemas']['VisitByRecord'] | components['schemas']['VisitByQr'];

/** So far the clocks of two instances may be apart: what one has just sold the other admits. */
const clockSkewMs = 120_000;

interface Ticket {
  readonly record: RecordRow;
  readonly merchandiseId: number;
  readonly key: string;
  readonly gate: number;
}

export function createVisit(context: PurchaseContext) {
  const { database, audit } = context;
  return async (request: VisitRequest, call: Call): Promise<ShownRecord> => {
    const ticket = await inspect(context, request, call);
    // States only go forward: what is refused here is refused for good, without the write lock.
    assertAdmits(ticket.record, ticket.merchandiseId, context.clock.now());
    return database.unitOfWork(async (unit) => {
      await admit(context, ticket, unit);
      const answer = await context.show(ticket.record.id, unit);
      await call.idempotency?.finish(unit, answer);
      await audit.record(unit, call, { action: 'transaction.visit', object: auditedObject(ticket.record) });
      return answer;
    });
  };
}

async function inspect(context: PurchaseContext, request: VisitRequest, call: Call): Promise<Ticket> {
  const gate = accountIdOf(call.principal);
  if (gate === undefined) throw permissionDenied();
  const admission = 'qr' in request ? context.qr.open(request.qr) : undefined;
  const id = admission?.record ?? parseId((request as { transactionRecordId?: string }).transactionRecordId) ?? 0;
  const record = await context.records.find(id);
  if (!record || !(await isGate(context, record, call))) throw recordNotFound(id);
  if (admission && admission.gym !== record.recipient_id) throw qrInvalid();
  const key = admission ? `qr:${admission.tokenId}` : `call:${call.idempotency?.id ?? randomBytes(16).toString('hex')}`;
  return { record, merchandiseId: parseId(request.merchandiseId) ?? 0, key, gate };
}

/** The owner of the gym that sold it, or an admin. */
async function isGate({ gyms }: PurchaseContext, record: RecordRow, { principal }: Call): Promise<boolean> {
  if (includes(principal.privilege, 'admin')) return true;
  const gym = await gyms.find(record.recipient_id);
  return gym !== undefined && gym.owner !== null && gym.owner === accountIdOf(principal);
}

async function admit(
  context: PurchaseContext,
  { record, merchandiseId, key, gate }: Ticket,
  unit: Unit,
): Promise<void> {
  const { records, ledger, transitions, events, clock } = context;
  const now = clock.now();
  const { id, recipient_id } = record;
  const visit = { id, recipient_id, merchandise_id: merchandiseId, now, latest_start: now + clockSkewMs };
  if (!(await records.spend(visit, unit))) {
    const current = (await records.find(id, unit)) ?? record;
    assertAdmits(current, merchandiseId, now);
    throw conflict('The transaction does not admit now');
  }
  if (!(await ledger.visit({ record: id, key, gate, now }, unit))) throw conflict('This has admitted a visit already');
  await events.emit(unit, usedEvent, { ...eventData(record), gate: formatId(gate) });
  await transitions.expire(record, unit);
}

function assertAdmits(record: RecordRow, merchandiseId: number, now: number): void {
  if (record.merchandise_id !== merchandiseId) throw conflict('The transaction is over other merchandise');
  // Its last visit has ended it; at the door the reason helps more than the state.
  if (record.count === 0) throw conflict('The transaction is used up');
  if (record.state !== 'success') throw conflict(`The transaction is ${record.state}`);
  if (record.start_date !== null && record.start_date > now + clockSkewMs)
    throw conflict('The transaction does not admit yet');
  if (record.expiry_date !== null && record.expiry_date <= now) throw conflict('The transaction is out of date');
}
