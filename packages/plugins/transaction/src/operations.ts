/** The handlers of transactions. */
import { accountIdOf, catalogue, type Handlers, PalestraError, parseId, streamed } from '@palestra/core';
import type { Resource } from '@palestra/server/plugin';
import type { operations, RefundTypes, TransactionRecordTypes } from './contract.generated.js';
import type { VisitStore } from './ledger/visits.js';
import type { Cancel } from './purchase/cancel.js';
import type { Perform } from './purchase/perform.js';
import type { Verify } from './purchase/verify.js';
import type { TakeNotification } from './reconciliation/notifications.js';
import type { PayRefund } from './refund/pay.js';
import type { RefundTransaction } from './refund/refund.js';
import type { RecordStore } from './store.js';
import type { Visit } from './visit/admit.js';
import type { ShowRecord } from './visit/show.js';

export interface OperationParts {
  readonly perform: Perform;
  readonly verify: Verify;
  readonly cancel: Cancel;
  readonly visit: Visit;
  readonly records: RecordParts;
  readonly refunds: {
    readonly shown: Resource<RefundTypes>;
    readonly request: RefundTransaction;
    readonly pay: PayRefund;
  };
  /** Undefined where WeChat Pay is not configured. */
  readonly notified: TakeNotification | undefined;
}

interface RecordParts {
  readonly shown: Resource<TransactionRecordTypes>;
  readonly store: RecordStore;
  readonly show: ShowRecord;
  readonly visits: VisitStore;
}

export function createOperations(parts: OperationParts): Handlers<operations> {
  const { perform, verify, cancel, visit, records, refunds, notified } = parts;
  return {
    performTransaction: ({ body }, call) => perform(body, call),
    verifyTransaction: ({ body }, call) => verify(body, call),
    cancelTransaction: ({ body }, call) => cancel(body, call),
    verifyTransactionRecord: ({ body }, call) => visit(body, call),
    refundTransaction: ({ body }, call) => refunds.request(body, call),
    ...records.shown.handlers,
    async getTransactionRecord({ params }, call) {
      const id = parseId(params.id) ?? 0;
      const record = await records.store.find(id);
      const own = record !== undefined && record.payer_id === accountIdOf(call.principal);
      return own ? records.show.toPayer(await records.show.plain(id)) : records.shown.get(params.id, call);
    },
    async listVisits({ params, query }, call) {
      // Answers 404 for a record that the caller may not read.
      await records.shown.get(params.id, call);
      const { find = 0, after = '0' } = query;
      const range = { find: find === 0 ? Number.POSITIVE_INFINITY : find, after: parseId(after) ?? 0 };
      return streamed(records.visits.all(parseId(params.id) ?? 0, range));
    },
    async notifyWechatPayment({ body }, call) {
      if (!notified) throw new PalestraError(catalogue.notFound, 'WeChat Pay is not switched on');
      await notified(body, call);
      return { code: 'SUCCESS', message: '' };
    },
    ...refunds.shown.handlers,
    payRefund: ({ params }, call) => refunds.pay(params.id, call),
  };
}
