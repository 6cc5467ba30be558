/** Calls to a provider: 5 s each, two further tries of the same order, a circuit breaker and a budget of retries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, catalogue, PalestraError, unavailable } from '@palestra/core';
import { withTimeout } from '@palestra/server';
import { Breaker, RetryBudget } from './breaker.js';
import {
  isProviderError,
  type NewOrder,
  type Order,
  type PaymentProvider,
  type PaymentStatus,
  ProviderError,
} from './provider.js';

/** A provider whose calls have a time limit and fail with an error that may be shown to the caller. */
export interface GuardedProvider extends Pick<PaymentProvider, 'name' | 'currencies' | 'payment'> {
  assertPayable(order: Pick<NewOrder, 'openid'>): void;
  /**
   * As do all below: @throws PalestraError `badGateway` (502) after its tries, `unavailable` (503) while the breaker
   * is open; ProviderError `refused` for what the provider will never do
   */
  prepay(order: NewOrder): Promise<string>;
  query(order: Order, claim?: string): Promise<PaymentStatus>;
  close(order: Order): Promise<'closed' | 'paid' | 'absent'>;
  refund(payment: Order & { readonly transactionId: string }): Promise<void>;
}

/** By `paymentMethod`. */
export type Providers = ReadonlyMap<string, GuardedProvider>;

const defaultTimeoutMs = 5_000;
const tries = 3;
const pauseMs = 200;
const retryAfterSeconds = 5;

/** @param timeoutMs for one try */
export function guarded(
  provider: PaymentProvider,
  clock: Clock,
  timeoutMs: number = defaultTimeoutMs,
): GuardedProvider {
  const breaker = new Breaker(clock);
  const budget = new RetryBudget();

  async function call<Result>(action: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    budget.called();
    for (let attempt = 1; ; attempt++) {
      if (!breaker.admits()) throw unavailable('The payment provider is in trouble. Try later.', retryAfterSeconds);
      try {
        const result = await limited(action, timeoutMs);
        breaker.succeeded();
        return result;
      } catch (error) {
        if (isProviderError(error) && error.kind === 'refused') {
          breaker.succeeded();
          throw error;
        }
        breaker.failed();
        if (attempt === tries || !budget.spend()) throw gatewayFailure(error);
        await sleep(pauseMs * attempt * (0.5 + Math.random()));
      }
    }
  }

  return {
    name: provider.name,
    ...(provider.currencies && { currencies: provider.currencies }),
    assertPayable: (order) => provider.assertPayable?.(order),
    payment: (prepayId) => provider.payment(prepayId),
    prepay: (order) => call((signal) => provider.prepay(order, signal)),
    query: (order, claim) => call((signal) => provider.query(order, claim, signal)),
    close: (order) => call((signal) => provider.close(order, signal)),
    refund: (payment) => call((signal) => provider.refund(payment, signal)),
  };
}

/** Ends in time even if the provider ignores the signal. */
async function limited<Result>(action: (signal: AbortSignal) => Promise<Result>, timeoutMs: number): Promise<Result> {
  const controller = new AbortController();
  try {
    return await withTimeout(
      timeoutMs,
      () => action(controller.signal),
      () => new ProviderError('unreachable', `no answer after ${timeoutMs} ms`),
    );
  } finally {
    controller.abort();
  }
}

function gatewayFailure(cause: unknown): PalestraError {
  return new PalestraError(catalogue.badGateway, 'The payment provider does not answer. Send the same request again.', {
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause,
  });
}
