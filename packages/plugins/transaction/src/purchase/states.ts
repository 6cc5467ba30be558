/** The states of a record, and how a step changes them. */

export type RecordState = 'pending' | 'success' | 'failed' | 'canceled' | 'expired';

/** The states an unpaid record ends in. */
export type UnpaidEnd = 'failed' | 'canceled' | 'expired';

/** What other plugins hear of, by the state that a record came to. */
export const eventNames: Readonly<Record<Exclude<RecordState, 'pending'>, string>> = {
  success: 'transaction.succeeded',
  failed: 'transaction.failed',
  canceled: 'transaction.canceled',
  expired: 'transaction.expired',
};

export const usedEvent = 'transaction.used' as const;
