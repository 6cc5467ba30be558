/** The handlers of transactions. */
import { accountIdOf, catalogue, type Handlers, PalestraError, parseId, resourceNotFound } from '@palestra/core';
import type { Resource } from '@palestra/server';
import type { operations, RefundTypes, TransactionRecordTypes } from './contract.generated.js';
import type { Cancel } from './purchase/cancel.js';
import type { Perform } from './purchase/perform.js';
import type { Verify } from './purchase/verify.js';
import type { PayRefund } from './refund/pay.js';
import type { Settlement } from './state/settlement.js';
import type { RecordStore } from './store.js';
import type { ShowRecord } from './visit/show.js';
import type { Visit } from './visit/visit.js';
import type { NotificationReader } from './wechat/notification.js';

export interface OperationParts {
  readonly perform: Perform;
  readonly verify: Verify;
  readonly cancel: Cancel;
  readonly visit: Visit;
  readonly records: RecordParts;
  readonly refunds: { readonly shown: Resource<RefundTypes>; readonly pay: PayRefund };
  /** Undefined where WeChat Pay is not configured. */
  readonly notifications: { readonly read: NotificationReader; readonly settlement: Settlement } | undefined;
}

interface RecordParts {
  readonly shown: Resource<TransactionRecordTypes>;
  readonly store: RecordStore;
  readonly show: ShowRecord;
}

export function createOperations(parts: OperationParts): Handlers<operations> {
  const { perform, verify, cancel, visit, records, refunds, notifications } = parts;
  return {
    performTransaction: ({ body }, call) => perform(body, call),
    verifyTransaction: ({ body }, call) => verify(body, call),
    cancelTransaction: ({ body }, call) => cancel(body, call),
    verifyTransactionRecord: ({ body }, call) => visit(body, call),
    ...records.shown.handlers,
    async getTransactionRecord({ params }, call) {
      const id = parseId(params.id) ?? 0;
      const record = await records.store.find(id);
      const own = record !== undefined && record.payer_id === accountIdOf(call.principal);
      return own ? records.show.toPayer(id) : records.shown.get(params.id, call);
    },
    async notifyWechatPayment({ body }, call) {
      if (!notifications) throw new PalestraError(catalogue.notFound, 'WeChat Pay is not switched on');
      const order = notifications.read(body, call);
      if (order) {
        const record = await records.store.byOrder(order.outTradeNo);
        if (record?.payment_method !== 'wechat') throw resourceNotFound('Order', order.outTradeNo);
        await notifications.settlement.apply(record, order.payment, call);
      }
      return { code: 'SUCCESS', message: '' };
    },
    ...refunds.shown.handlers,
    payRefund: ({ params }, call) => refunds.pay(params.id, call),
  };
}
