/**
 * One subscriber's deliveries: each until the subscriber has taken it, at least once, by one instance at a time.
 * Every subscriber has a loop of its own, so that one that fails or hangs holds up nobody else.
 */
import { type Clock, type DomainEvent, formatId, type Subscriptions } from '@palestra/core';
import type { Logger } from 'pino';
import type { DueDelivery, Outbox } from './store.js';

export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly subscriber: string;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Delivery {
  start(): void;
  /** Something may be due: look now instead of at the next turn. */
  wake(): void;
  /** Ends after the deliveries under way. */
  stop(): Promise<void>;
}

const pollMs = 1_000;
const batch = 50;
/** A subscriber gets so long; afterwards the delivery counts as failed and may be made again elsewhere. */
const timeLimitMs = 30_000;
const leaseMs = 60_000;
const mostPauseMs = 60 * 60_000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { outbox, subscriber, clock, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = true;

  async function drain(): Promise<void> {
    for (;;) {
      const due = await outbox.due(subscriber, clock.now(), batch);
      for (const delivery of due) {
        if (stopped) return;
        await deliver(options, delivery);
      }
      if (due.length < batch || stopped) return;
    }
  }

  function wake(): void {
    if (stopped) return;
    again = true;
    running ??= (async () => {
      while (again && !stopped) {
        again = false;
        await drain().catch((err: unknown) => log.warn({ err, subscriber }, 'Events could not be delivered now.'));
      }
    })().finally(() => {
      running = undefined;
    });
  }

  return {
    start() {
      stopped = false;
      timer = setInterval(wake, pollMs).unref();
    },
    wake,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

async function deliver(options: DeliveryOptions, delivery: DueDelivery): Promise<void> {
  const { outbox, subscriber, subscriptions, clock, log } = options;
  const until = clock.now() + leaseMs;
  if (!(await outbox.claim(subscriber, delivery, until))) return;
  const event: DomainEvent = {
    id: formatId(delivery.event_id),
    name: delivery.name,
    occurredAt: delivery.occurred_at,
    data: JSON.parse(delivery.data),
  };
  try {
    await inTime(async () => subscriptions[event.name]?.(event));
    await outbox.done(subscriber, delivery);
  } catch (err) {
    const pause = pauseAfter(delivery.attempts);
    log.error({ err, subscriber, event: event.name, eventId: event.id, pause }, 'A subscriber failed on an event.');
    await outbox.postpone(subscriber, delivery, until, clock.now() + pause);
  }
}

/** 1 s, 2 s, 4 s, … an hour: for ever, since an event is never dropped. */
function pauseAfter(attempts: number): number {
  return Math.min(mostPauseMs, 1_000 * 2 ** Math.min(attempts, 20));
}

async function inTime(action: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer after ${timeLimitMs} ms`)), timeLimitMs);
  });
  try {
    await Promise.race([action(), late]);
  } finally {
    clearTimeout(timer);
  }
}
