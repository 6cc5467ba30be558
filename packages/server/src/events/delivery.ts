/**
 * One subscriber's deliveries: each is repeated until the subscriber has taken it (at least once), by one instance at a
 * time. Every subscriber has a separate loop, so that one that fails or hangs delays no other.
 */
import { type Clock, type DomainEvent, type EventHandler, formatId } from '@palestra/core';
import type { Logger } from 'pino';
import { createInterval } from '../async/interval.js';
import { withTimeout } from '../async/with-timeout.js';
import { type DueDelivery, longestPauseMs, type Outbox } from './types.js';

export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly subscriber: string;
  /** By event name. */
  readonly handlers: ReadonlyMap<string, EventHandler<never>>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after each try that failed. */
  readonly onFailure?: () => void;
  /** A subscriber that takes longer has failed; the delivery may then be repeated by another instance. 30 s by default. */
  readonly timeLimitMs?: number;
}

export interface Delivery {
  start(): void;
  /** Something may be due: look now instead of at the next interval. */
  wake(): void;
  /** Ends after the delivery under way. */
  stop(): Promise<void>;
}

const pollMs = 1_000;
const batch = 50;
const defaultTimeLimitMs = 30_000;
const leaseMs = 60_000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { outbox, subscriber, clock, log } = options;
  let stopped = true;

  async function deliverDue(): Promise<void> {
    for (;;) {
      const due = await outbox.due(subscriber, clock.now(), batch);
      for (const delivery of due) {
        if (stopped) return;
        await deliver(options, delivery);
      }
      if (due.length < batch) return;
    }
  }

  const job = createInterval(deliverDue, {
    everyMs: pollMs,
    failure: `Events could not be delivered to ${subscriber} now.`,
    log,
  });
  return {
    start() {
      stopped = false;
      job.start();
    },
    wake: () => job.wake(),
    async stop() {
      stopped = true;
      await job.stop();
    },
  };
}

async function deliver(options: DeliveryOptions, delivery: DueDelivery): Promise<void> {
  const { outbox, subscriber, handlers, clock, log, timeLimitMs = defaultTimeLimitMs } = options;
  const until = clock.now() + leaseMs;
  if (!(await outbox.claim(subscriber, delivery, until))) return;
  const event: DomainEvent<never> = {
    id: formatId(delivery.event_id),
    name: delivery.name,
    occurredAt: delivery.occurred_at,
    // Of the type that emitter and subscriber agreed on by the event's reference.
    data: JSON.parse(delivery.data) as never,
  };
  try {
    await withTimeout(timeLimitMs, () => handlers.get(event.name)?.(event));
    await outbox.remove(subscriber, delivery);
  } catch (err) {
    options.onFailure?.();
    const pause = pauseAfter(delivery.attempts);
    log.error({ err, subscriber, event: event.name, eventId: event.id, pause }, 'A subscriber failed on an event.');
    await outbox.postpone(subscriber, delivery, until, clock.now() + pause);
  }
}

/** 1 s, 2 s, 4 s, … an hour, and hourly from then on: an event is never dropped. */
function pauseAfter(attempts: number): number {
  return Math.min(longestPauseMs, 1_000 * 2 ** Math.min(attempts, 20));
}
