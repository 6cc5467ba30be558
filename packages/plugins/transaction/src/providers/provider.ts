/** What a payment provider does for us. One more way to pay is one more of these; see `createTransaction`. */

/** An order as we know it; never what a client says of it. */
export interface Order {
  /** Our name for it: 32 hexadecimal digits. The same order however often it is sent. */
  readonly outTradeNo: string;
  /** Minor units. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Null until the provider has opened it. */
  readonly prepayId: string | null;
}

export interface NewOrder extends Order {
  /** What the payer is shown. */
  readonly description: string;
  /** Milliseconds since the epoch; it cannot be paid later. */
  readonly expiresAt: number;
  /** The payer at the provider, where it asks for that. */
  readonly openid?: string | undefined;
}

export type PaymentStatus =
  | { readonly status: 'paid'; readonly transactionId: string; readonly amount: number; readonly currency: string }
  /** Not paid yet; it still may be. */
  | { readonly status: 'open' }
  | { readonly status: 'declined' }
  /** It cannot be paid any more. */
  | { readonly status: 'closed' }
  /** The provider has no such order. */
  | { readonly status: 'absent' };

export type Paid = Extract<PaymentStatus, { status: 'paid' }>;

/** What is to be given back of a payment. */
export interface RefundOrder {
  /** Our name for the refund: up to 64 letters and digits. The same refund however often it is sent. */
  readonly refundNo: string;
  /** Our name for the order that was paid. */
  readonly outTradeNo: string;
  /** The provider's name for the payment. */
  readonly transactionId: string;
  /** Minor units to give back. */
  readonly amount: number;
  /** Minor units of the whole payment. */
  readonly paid: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** `processing` while the provider has accepted it and not given it back yet: it is asked again. */
export type RefundStatus = 'refunded' | 'processing';

export interface PaymentProvider {
  /** `paymentMethod` on the wire. */
  readonly name: string;
  /** The only currencies it takes; any if absent. */
  readonly currencies?: readonly string[];
  /** The WeChat app whose `openid` of the payer it needs: known of those who signed in by that app. */
  readonly wechatApp?: string;
  /** @throws PalestraError for an order that lacks what this provider needs, before anything is stored */
  assertPayable?(order: Pick<NewOrder, 'openid'>): void;
  /** Opens the order, or finds it open. @returns its prepay id */
  prepay(order: NewOrder, signal: AbortSignal): Promise<string>;
  /** What the provider's own SDK takes on the payer's device. */
  payment(prepayId: string): Readonly<Record<string, string>>;
  /** `claim` is what the payer says the transaction is; only a provider without a ledger looks at it. */
  query(order: Order, claim: string | undefined, signal: AbortSignal): Promise<PaymentStatus>;
  /** Afterwards it cannot be paid any more, unless the answer is `paid`. */
  close(order: Order, signal: AbortSignal): Promise<'closed' | 'paid' | 'absent'>;
  /** Gives back a payment, or a part of it; once for each `refundNo`, however often it is asked. */
  refund(refund: RefundOrder, signal: AbortSignal): Promise<RefundStatus>;
}

const brand = 'palestra.payment';

/** Why a provider did not do it. */
export class ProviderError extends Error {
  readonly brand = 'palestra.payment';

  constructor(
    /** `unreachable` may work later; `refused` never will; `forged` is an answer that is not the provider's. */
    readonly kind: 'unreachable' | 'refused' | 'forged',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'ProviderError';
  }
}

export function isProviderError(value: unknown): value is ProviderError {
  return typeof value === 'object' && value !== null && 'brand' in value && value.brand === brand;
}
