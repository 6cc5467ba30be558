/** Payments without money, for development: sending the prepay id back as the transaction id counts as paying. */
import type { PaymentProvider } from './provider.js';

export const sandbox: PaymentProvider = {
  name: 'sandbox',
  prepay: async ({ outTradeNo }) => `sandbox-${outTradeNo}`,
  payment: (prepayId) => ({ provider: 'sandbox', transactionId: prepayId }),
  async query({ prepayId, amount, currency }, claim) {
    if (claim === undefined || prepayId === null) return { status: 'open' };
    return claim === prepayId ? { status: 'paid', transactionId: prepayId, amount, currency } : { status: 'declined' };
  },
  close: async () => 'closed',
  refund: async () => 'refunded',
};
