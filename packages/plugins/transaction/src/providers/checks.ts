/** What a provider answers, before it is stored: an answer that cannot be right is treated as a forged one. */
import { type PaymentStatus, ProviderError, type RefundStatus } from './provider.js';

/** As long as the columns: visible ASCII. */
const identifier = /^[\x21-\x7e]{1,128}$/;
const currencyCode = /^[A-Z]{3}$/;

/** @throws ProviderError `forged` */
export function assertPrepayId(prepayId: string): string {
  if (typeof prepayId === 'string' && identifier.test(prepayId)) return prepayId;
  throw new ProviderError('forged', 'the prepay id is not 1 to 128 visible ASCII characters');
}

/** @throws ProviderError `forged` */
export function assertRefundStatus(status: RefundStatus): RefundStatus {
  if (status === 'refunded' || status === 'processing') return status;
  throw new ProviderError('forged', 'a refund is either refunded or processing');
}

/** @throws ProviderError `forged` */
export function assertStatus(payment: PaymentStatus): PaymentStatus {
  if (payment.status !== 'paid') return payment;
  const { transactionId, amount, currency } = payment;
  if (typeof transactionId !== 'string' || !identifier.test(transactionId)) {
    throw new ProviderError('forged', 'the transaction id is not 1 to 128 visible ASCII characters');
  }
  if (!Number.isSafeInteger(amount) || amount < 0 || !currencyCode.test(currency)) {
    throw new ProviderError('forged', 'the amount is not a number of minor units with an ISO 4217 currency');
  }
  return payment;
}
