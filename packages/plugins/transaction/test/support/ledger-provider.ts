/** A payment provider in memory that keeps books: what was ordered, captured, closed and given back. */
import {
  type Order,
  type PaymentProvider,
  type PaymentStatus,
  ProviderError,
  type RefundOrder,
  type RefundStatus,
} from '../../src/index.js';

interface LedgerOrder {
  readonly amount: number;
  readonly currency: string;
  status: 'open' | 'paid' | 'declined' | 'closed';
}

export class LedgerProvider implements PaymentProvider {
  readonly name = 'ledger';
  readonly orders = new Map<string, LedgerOrder>();
  /** By refund number. */
  readonly refunds = new Map<string, RefundOrder>();
  /** What `refund` answers for a refund that it has taken. */
  refundStatus: RefundStatus = 'refunded';
  /** How often each call was made. */
  readonly calls = { prepay: 0, query: 0, close: 0, refund: 0 };
  /** Thrown by, or awaited in, every call while it is set. */
  trouble: (() => Promise<void>) | undefined;
  /** What `query` says instead of the books. */
  told: PaymentStatus | undefined;

  async prepay({ outTradeNo, amount, currency }: Order): Promise<string> {
    await this.#enter('prepay');
    if (!this.orders.has(outTradeNo)) this.orders.set(outTradeNo, { amount, currency, status: 'open' });
    return prepayIdOf(outTradeNo);
  }

  payment(prepayId: string): Record<string, string> {
    return { prepayId };
  }

  async query({ outTradeNo }: Order, _claim?: string, _signal?: AbortSignal): Promise<PaymentStatus> {
    await this.#enter('query');
    if (this.told) return this.told;
    const order = this.orders.get(outTradeNo);
    if (!order) return { status: 'absent' };
    const { status, amount, currency } = order;
    return status === 'paid' ? { status, transactionId: transactionIdOf(outTradeNo), amount, currency } : { status };
  }

  async close({ outTradeNo }: Order): Promise<'closed' | 'paid' | 'absent'> {
    await this.#enter('close');
    const order = this.orders.get(outTradeNo);
    if (!order) return 'absent';
    if (order.status === 'paid') return 'paid';
    order.status = 'closed';
    return 'closed';
  }

  async refund(refund: RefundOrder): Promise<RefundStatus> {
    await this.#enter('refund');
    const known = this.refunds.get(refund.refundNo);
    if (known && known.amount !== refund.amount) throw new ProviderError('refused', 'another refund of that number');
    if (!known) {
      const { transactionId, amount, paid } = refund;
      if (this.givenBack(transactionId) + amount > paid) throw new ProviderError('refused', 'more than was paid');
      this.refunds.set(refund.refundNo, refund);
    }
    return this.refundStatus;
  }

  /** Minor units. */
  givenBack(transactionId: string): number {
    const all = [...this.refunds.values()].filter((refund) => refund.transactionId === transactionId);
    return all.reduce((sum, { amount }) => sum + amount, 0);
  }

  /** The payer pays, if that is still possible. */
  pay(prepayId: string): boolean {
    const order = this.orders.get(outTradeNoOf(prepayId));
    if (order?.status !== 'open') return false;
    order.status = 'paid';
    return true;
  }

  decline(prepayId: string): void {
    const order = this.orders.get(outTradeNoOf(prepayId));
    if (order) order.status = 'declined';
  }

  /** I5: the transaction ids of all it took money for. */
  captured(): string[] {
    return [...this.orders]
      .filter(([, { status }]) => status === 'paid')
      .map(([outTradeNo]) => transactionIdOf(outTradeNo));
  }

  async #enter(call: keyof typeof this.calls): Promise<void> {
    this.calls[call] += 1;
    await this.trouble?.();
  }
}

export const unreachable = (): Promise<void> => Promise.reject(new ProviderError('unreachable', 'no route'));
export const refused = (): Promise<void> => Promise.reject(new ProviderError('refused', 'not like this'));

const prepayIdOf = (outTradeNo: string): string => `pre-${outTradeNo}`;
const outTradeNoOf = (prepayId: string): string => prepayId.slice('pre-'.length);
export const transactionIdOf = (outTradeNo: string): string => `paid-${outTradeNo}`;
