/** A record as the API shows it: plain, or to its payer with a new QR token. */
import type { Resource, Unit } from '@palestra/server/plugin';
import type { TransactionRecordTypes } from '../contract.generated.js';
import { recordNotFound } from '../errors.js';
import type { ShownRecord } from '../resource.js';
import type { QrTokens } from './qr.js';

/** Both: @throws PalestraError 404 */
export interface ShowRecord {
  plain(id: number, unit?: Unit): Promise<ShownRecord>;
  /** With `qr`, if the record admits. */
  toPayer(id: number): Promise<ShownRecord>;
}

export function createShow(records: Pick<Resource<TransactionRecordTypes>, 'find'>, qr: QrTokens): ShowRecord {
  const plain: ShowRecord['plain'] = async (id, unit) => {
    const record = await records.find(id, unit);
    if (!record) throw recordNotFound(id);
    return record;
  };
  return {
    plain,
    async toPayer(id) {
      const record = await plain(id);
      const { transactionState, price, refundedAmount } = record;
      if (transactionState !== 'success' || (price.amount > 0 && refundedAmount === price.amount)) return record;
      return { ...record, qr: qr.issue(id, Number(record.recipient)) };
    },
  };
}
