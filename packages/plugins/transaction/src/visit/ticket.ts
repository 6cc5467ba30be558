/** What is presented at the gate: a QR token, or the record itself, to the account that may admit. */
import { randomBytes } from 'node:crypto';
import { accountIdOf, type Call, type GymService, includes, parseId, permissionDenied } from '@palestra/core';
import type { components } from '../contract.generated.js';
import { qrInvalid, recordNotFound } from '../errors.js';
import type { RecordRow, RecordStore } from '../store.js';
import type { QrTokens } from './qr.js';

export type VisitRequest = components['schemas']['VisitByRecord'] | components['schemas']['VisitByQr'];

export interface Ticket {
  readonly record: RecordRow;
  readonly merchandiseId: number;
  /** What admits once: the QR token, or this call. */
  readonly key: string;
  /** Account that lets the member in. */
  readonly gate: number;
}

/** @throws PalestraError `qrInvalid`; 404 for a record that this gate does not serve */
export type ReadTicket = (request: VisitRequest, call: Call) => Promise<Ticket>;

export interface TicketParts {
  readonly records: RecordStore;
  readonly gyms: GymService;
  readonly qr: QrTokens;
}

export function createTicketReader({ records, gyms, qr }: TicketParts): ReadTicket {
  /** The owner of the gym that sold it, or an admin. */
  async function mayAdmit(record: RecordRow, { principal }: Call): Promise<boolean> {
    if (includes(principal.privilege, 'admin')) return true;
    const gym = await gyms.find(record.recipient_id);
    return gym !== undefined && gym.owner !== null && gym.owner === accountIdOf(principal);
  }

  return async (request, call) => {
    const gate = accountIdOf(call.principal);
    if (gate === undefined) throw permissionDenied();
    const token = 'qr' in request ? qr.open(request.qr) : undefined;
    const id = token?.record ?? ('transactionRecordId' in request ? parseId(request.transactionRecordId) : 0) ?? 0;
    const record = await records.find(id);
    if (!record || !(await mayAdmit(record, call))) throw recordNotFound(id);
    if (token && token.gym !== record.recipient_id) throw qrInvalid();
    const key = token ? `qr:${token.tokenId}` : `call:${call.idempotency?.id ?? randomBytes(16).toString('hex')}`;
    return { record, merchandiseId: parseId(request.merchandiseId) ?? 0, key, gate };
  };
}
