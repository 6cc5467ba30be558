/** `client.transaction` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type List, type ListOptions, list, type Range } from './list.js';
import type { ClientPlugin } from './plugin.js';
import { type ReadableResource, readable } from './resource.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** A purchase and its remaining visits. */
export interface TransactionRecord extends Schema<'TransactionRecord'> {}
/** A pending purchase, with what the payment provider's own SDK takes. */
export interface PerformedTransaction extends Schema<'PerformedTransaction'> {}
/** Money to give back. */
export interface Refund extends Schema<'Refund'> {}
/** What to buy, and how to pay. @interface */
export type TransactionOrder = Schemas['TransactionOrder'];
/** Which purchase was paid, and the provider's number for that. @interface */
export type TransactionProof = Schemas['TransactionProof'];
/** What to give back of a purchase. @interface */
export type TransactionRefund = Schemas['TransactionRefund'];
/** One admission. */
export interface Visit extends Schema<'Visit'> {}
/** A visit, by the id of the record. @interface */
export type VisitByRecord = Schemas['VisitByRecord'];
/** A visit, by the code that the member shows. @interface */
export type VisitByQr = Schemas['VisitByQr'];

/**
 * Purchases and their records. A payer reads their own records, a gym those it received, administrators all of them.
 * Each write is sent under an idempotency key, so that a lost reply never buys or admits twice.
 */
export interface TransactionApi extends ReadableResource<TransactionRecord, Schemas['TransactionRecordQuery']['data']> {
  /**
   * Starts a purchase: takes one from the stock and gives what the payment provider's own SDK needs. Free merchandise is
   * a `success` at once, without a provider.
   * @throws ClientError `conflict` (none is left), `invalid`
   */
  perform(order: TransactionOrder, options?: CallOptions): Promise<PerformedTransaction>;
  /**
   * Makes the server ask the provider whether it is paid; gives the record, with its `qr`.
   * @throws ClientError `payment` (declined), `conflict`, `not_found`
   */
  verify(proof: TransactionProof, options?: CallOptions): Promise<TransactionRecord>;
  /** Cancels a purchase that is not paid. @throws ClientError `conflict` (it is paid), `not_found` */
  cancel(transactionRecordId: string, options?: CallOptions): Promise<TransactionRecord>;
  /**
   * At the gym's door: takes one visit from the record that the `qr`, or the id, names.
   * @throws ClientError `conflict` (used up or expired), `not_found`, `permission`
   */
  admit(visit: VisitByRecord | VisitByQr, options?: CallOptions): Promise<TransactionRecord>;
  /**
   * Gives back what was paid: `amount` in minor units, or all that is left. For the gym that sold it.
   * @throws ClientError `conflict` (not paid, or so much is not left), `not_found`, `permission`
   */
  refund(refund: TransactionRefund, options?: CallOptions): Promise<TransactionRecord>;
  /** All visits of a record, the oldest first; the record itself shows the latest 100. @throws ClientError `not_found` */
  visits(transactionRecordId: string, range?: Range, options?: ListOptions): List<Visit>;
  /** Refunds, and payments that are due to be given back, for administrators. */
  readonly refunds: {
    list(range?: Range, options?: ListOptions): List<Refund>;
    /** Asks the payment provider to give it back. @throws ClientError `not_found`, `conflict` (refused) */
    pay(id: string, options?: CallOptions): Promise<Refund>;
  };
}

/** The part behind `client.transaction`, for `createLeanClient`. */
export const transaction: ClientPlugin<'transaction', TransactionApi> = {
  name: 'transaction',
  setup: (scope) => {
    const { call } = scope;
    return {
      ...readable(scope, {
        operate: operations.operateTransactionRecord,
        list: operations.listTransactionRecords,
        get: operations.getTransactionRecord,
      }),
      perform: (body, options) => call(operations.performTransaction, { body }, options),
      verify: (body, options) => call(operations.verifyTransaction, { body }, options),
      cancel: (transactionRecordId, options) =>
        call(operations.cancelTransaction, { body: { transactionRecordId } }, options),
      admit: (body, options) => call(operations.verifyTransactionRecord, { body }, options),
      refund: (body, options) => call(operations.refundTransaction, { body }, options),
      visits: (id, range = {}, options) =>
        list(
          operations.listVisits,
          range,
          (query) => call(operations.listVisits, { params: { id }, query }, options),
          options,
        ),
      refunds: {
        list: (range = {}, options) =>
          list(operations.listRefunds, range, (query) => call(operations.listRefunds, { query }, options), options),
        pay: (id, options) => call(operations.payRefund, { params: { id } }, options),
      },
    };
  },
};
