/** The handlers of transactions. */
import { accountIdOf, catalogue, type Handlers, PalestraError, parseId, resourceNotFound } from '@palestra/core';
import type { Resource } from '@palestra/server';
import type { operations } from './contract.generated.js';
import { createCancel } from './purchase/cancel.js';
import type { PurchaseContext } from './purchase/context.js';
import { createPerform } from './purchase/perform.js';
import type { Refunds } from './purchase/refunds.js';
import { apply, createVerify } from './purchase/verify.js';
import { createVisit } from './purchase/visit.js';
import type { ShownRecord, ShownRefund } from './resource.js';
import type { NotificationReader } from './wechat/notification.js';

export interface OperationParts {
  readonly context: PurchaseContext;
  readonly records: Resource<ShownRecord>;
  readonly refundList: Resource<ShownRefund>;
  readonly refunds: Refunds;
  /** Undefined where WeChat Pay is not configured. */
  readonly readNotification: NotificationReader | undefined;
}

export function createOperations(parts: OperationParts): Handlers<operations> {
  const { context, records, refundList, refunds, readNotification } = parts;
  const perform = createPerform(context);
  const verify = createVerify(context);
  const cancel = createCancel(context);
  const visit = createVisit(context);
  return {
    performTransaction: ({ body }, call) => perform(body, call),
    verifyTransaction: ({ body }, call) => verify(body, call),
    cancelTransaction: ({ body }, call) => cancel(body, call),
    verifyTransactionRecord: ({ body }, call) => visit(body, call),
    operateTransactionRecord: async (request, call) =>
      (await records.operate(request, call)) as Awaited<ReturnType<typeof records.list>>,
    listTransactionRecords: records.list,
    async getTransactionRecord(request, call) {
      const id = parseId(request.params.id) ?? 0;
      const record = await context.records.find(id);
      const own = record !== undefined && record.payer_id === accountIdOf(call.principal);
      return own ? context.showPayer(id) : records.get(request, call);
    },
    async notifyWechatPayment({ body }, call) {
      if (!readNotification) throw new PalestraError(catalogue.notFound, 'WeChat Pay is not switched on');
      const order = readNotification(body, call);
      if (order) {
        const record = await context.records.byOrder(order.outTradeNo);
        if (record?.payment_method !== 'wechat') throw resourceNotFound('Order', order.outTradeNo);
        await apply(context, record, order.payment, call);
      }
      return { code: 'SUCCESS', message: '' };
    },
    listRefunds: refundList.list,
    payRefund: ({ params }, call) => refunds.pay(params.id, call),
  };
}
