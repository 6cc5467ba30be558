/**
 * Calls to a provider: 5 s each, up to two further tries of the same order, 8 s in all, a circuit breaker and a budget
 * of retries.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, catalogue, PalestraError, unavailable } from '@palestra/core';
import { type RunInSpan, withoutSpan, withTimeout } from '@palestra/server/plugin';
import { Breaker, RetryBudget } from './breaker.js';
import { assertPrepayId, assertRefundStatus, assertStatus } from './checks.js';
import {
  isProviderError,
  type NewOrder,
  type Order,
  type PaymentProvider,
  type PaymentStatus,
  ProviderError,
  type RefundOrder,
  type RefundStatus,
} from './provider.js';

/** A provider whose calls have a time limit and fail with an error that may be shown to the caller. */
export interface GuardedProvider extends Pick<PaymentProvider, 'name' | 'currencies' | 'wechatApp' | 'payment'> {
  assertPayable(order: Pick<NewOrder, 'openid'>): void;
  /**
   * As do all below: @throws PalestraError `badGateway` (502) after its tries, `unavailable` (503) while the breaker
   * is open and while the host stops; ProviderError `refused` for what the provider will never do
   */
  prepay(order: NewOrder): Promise<string>;
  query(order: Order, claim?: string): Promise<PaymentStatus>;
  close(order: Order): Promise<'closed' | 'paid' | 'absent'>;
  refund(refund: RefundOrder): Promise<RefundStatus>;
}

/** `paymentMethod` of a record without a price: no provider has this name. */
export const free = 'free';

/** By `paymentMethod`. */
export type Providers = ReadonlyMap<string, GuardedProvider>;

export interface GuardOptions {
  readonly clock: Clock;
  /** Aborted when the host stops: no call is waited for any longer. */
  readonly stopping: AbortSignal;
  /** Runs each try. */
  readonly inSpan?: RunInSpan;
  /** Milliseconds for one try. */
  readonly timeoutMs?: number;
  /** Milliseconds before the second try, on average; twice as many before the third. */
  readonly pauseMs?: number;
}

const tries = 3;
/** Less than a request may take: its caller is told the reason. */
const totalMs = 8_000;
/** Not worth another try. */
const shortestMs = 500;
const retryAfterSeconds = 5;

export function guarded(provider: PaymentProvider, options: GuardOptions): GuardedProvider {
  const { clock, stopping, inSpan = withoutSpan, timeoutMs = 5_000, pauseMs = 200 } = options;
  const attributes = { 'palestra.payment.provider': provider.name };
  /** Of the calls under way. */
  const abandons = new Set<() => void>();
  const abandonAll = () => {
    for (const abandon of abandons) abandon();
  };
  stopping.addEventListener('abort', abandonAll, { once: true });
  // And one for each pause.
  setMaxListeners(0, stopping);
  const breaker = new Breaker(clock);
  const budget = new RetryBudget();

  async function call<Result>(name: string, action: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    budget.called();
    const until = performance.now() + totalMs;
    for (let attempt = 1; ; attempt++) {
      if (stopping.aborted) throw stopped();
      if (!breaker.admits()) throw unavailable('The payment provider is in trouble. Try later.', retryAfterSeconds);
      try {
        const result = await inSpan({ name, attributes, remote: true }, () =>
          limited(action, Math.min(timeoutMs, until - performance.now()), abandons),
        );
        breaker.succeeded();
        return result;
      } catch (error) {
        if (stopping.aborted) throw stopped();
        if (isProviderError(error) && error.kind === 'refused') {
          breaker.succeeded();
          throw error;
        }
        breaker.failed();
        const over = attempt === tries || until - performance.now() < shortestMs;
        if (over || !budget.spend()) throw gatewayFailure(error);
        // Ends early when the host stops.
        await sleep(pauseMs * attempt * (0.5 + Math.random()), undefined, { signal: stopping }).catch(() => {});
      }
    }
  }

  return {
    name: provider.name,
    ...(provider.currencies && { currencies: provider.currencies }),
    ...(provider.wechatApp !== undefined && { wechatApp: provider.wechatApp }),
    assertPayable: (order) => provider.assertPayable?.(order),
    payment: (prepayId) => provider.payment(prepayId),
    prepay: (order) => call('payment.prepay', async (signal) => assertPrepayId(await provider.prepay(order, signal))),
    query: (order, claim) =>
      call('payment.query', async (signal) => assertStatus(await provider.query(order, claim, signal))),
    close: (order) => call('payment.close', (signal) => provider.close(order, signal)),
    refund: (refund) =>
      call('payment.refund', async (signal) => assertRefundStatus(await provider.refund(refund, signal))),
  };
}

/** Ends in time, or when the host stops, even if the provider ignores its signal. */
async function limited<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
  timeoutMs: number,
  abandons: Set<() => void>,
): Promise<Result> {
  const controller = new AbortController();
  let abandon = () => {};
  const abandoned = new Promise<never>((_, reject) => {
    abandon = () => reject(stopped());
  });
  abandons.add(abandon);
  try {
    return await withTimeout(
      timeoutMs,
      () => Promise.race([action(controller.signal), abandoned]),
      () => new ProviderError('unreachable', `no answer after ${Math.round(timeoutMs)} ms`),
    );
  } catch (error) {
    controller.abort();
    throw error;
  } finally {
    abandons.delete(abandon);
  }
}

function stopped(): PalestraError {
  return unavailable('The server is stopping. Send the same request again.', retryAfterSeconds);
}

function gatewayFailure(cause: unknown): PalestraError {
  return new PalestraError(catalogue.badGateway, 'The payment provider does not answer. Send the same request again.', {
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause,
  });
}
