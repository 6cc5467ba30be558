/** What is presented at the gate: a QR token, or the record itself, to the account that may admit. */
import { randomBytes } from 'node:crypto';
import { accountIdOf, type Call, parseId, permissionDenied } from '@palestra/core';
import type { RecordOfGym } from '../access/staff.js';
import type { components } from '../contract.generated.js';
import { qrInvalid } from '../errors.js';
import type { RecordRow } from '../store.js';
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
  readonly recordOfGym: RecordOfGym;
  readonly qr: QrTokens;
}

export function createTicketReader({ recordOfGym, qr }: TicketParts): ReadTicket {
  return async (request, call) => {
    const gate = accountIdOf(call.principal);
    if (gate === undefined) throw permissionDenied();
    const token = 'qr' in request ? qr.open(request.qr) : undefined;
    const id = token?.record ?? ('transactionRecordId' in request ? parseId(request.transactionRecordId) : 0) ?? 0;
    const record = await recordOfGym(id, 'admit', call);
    if (token && token.gym !== record.recipient_id) throw qrInvalid();
    const key = token ? `qr:${token.tokenId}` : `call:${call.idempotency?.id ?? randomBytes(16).toString('hex')}`;
    return { record, merchandiseId: parseId(request.merchandiseId) ?? 0, key, gate };
  };
}
