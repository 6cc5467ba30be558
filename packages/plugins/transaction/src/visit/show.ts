/** A record as the API shows it: plain, or to its payer with a new QR token. */
import type { Resource, Unit } from '@palestra/server/plugin';
import type { TransactionRecordTypes } from '../contract.generated.js';
import { recordNotFound } from '../errors.js';
import type { Visit } from '../ledger/visits.js';
import { complete, type ShownRecord } from '../resource.js';
import type { RecordRow } from '../store.js';
import type { QrTokens } from './qr.js';

export interface ShowRecord {
  /** @throws PalestraError 404 */
  plain(id: number, unit?: Unit): Promise<ShownRecord>;
  /** A row that was read already, without asking the database. */
  row(record: RecordRow, visits: readonly Visit[]): ShownRecord;
  /** With `qr`, if the record admits. */
  toPayer(record: ShownRecord): ShownRecord;
}

export function createShow(records: Pick<Resource<TransactionRecordTypes>, 'find' | 'show'>, qr: QrTokens): ShowRecord {
  return {
    async plain(id, unit) {
      const record = await records.find(id, unit);
      if (!record) throw recordNotFound(id);
      return record;
    },
    row(record, visits) {
      const sold = { id: record.merchandise_id, name: record.merchandise_name };
      return complete(records.show({ ...record }), sold, visits);
    },
    toPayer(record) {
      const { _id, recipient, transactionState, price, refundedAmount } = record;
      if (transactionState !== 'success' || (price.amount > 0 && refundedAmount === price.amount)) return record;
      return { ...record, qr: qr.issue(Number(_id), Number(recipient)) };
    },
  };
}
