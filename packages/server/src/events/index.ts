/**
 * Events between plugins, through an outbox that commits with the rows. Two parts of the host: one that takes events
 * from the first plugin on, and one, set up last, that delivers them while every subscriber runs.
 */
import { type Clock, need, type Subscription } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import type { HostPart } from '../plugin/host-part.js';
import type { PluginMetrics } from '../plugin/metrics.js';
import { version } from '../version.generated.js';
import { createDelivery, type Delivery } from './delivery.js';
import { migrations } from './migrations.js';
import { createOutbox } from './store.js';
import { type EventHandlers, type Events, eventsService } from './types.js';

export const events: HostPart<{ operations: object; service: Events }> = {
  name: 'events',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  provides: eventsService,
  migrations,
  setup({ database, host: { clock } }) {
    const outbox = createOutbox(database);
    const subscribers = new Map<string, EventHandlers>();
    let emitted: (subscribers: readonly string[]) => void = () => {};
    const service: Events = {
      outbox,
      subscribers,
      subscribe: (subscriber, subscriptions) => subscribers.set(subscriber, handlersOf(subscriber, subscriptions)),
      onEmitted(listener) {
        emitted = listener;
      },
      async emit(unit, { name }, data) {
        const hearing = [...subscribers].flatMap(([subscriber, handlers]) => (handlers.has(name) ? [subscriber] : []));
        if (hearing.length === 0) return;
        const now = clock.now();
        const event_id = await outbox.add({ name, data: JSON.stringify(data), occurred_at: now }, unit);
        for (const subscriber of hearing) await outbox.addDelivery({ event_id, subscriber, due_at: now }, unit);
        unit.afterCommit(() => emitted(hearing));
      },
    };
    return { handlers: {}, service };
  },
};

function handlersOf(subscriber: string, subscriptions: readonly Subscription[]): EventHandlers {
  const handlers = new Map(subscriptions.map(({ event, handle }) => [event, handle]));
  if (handlers.size === subscriptions.length) return handlers;
  const twice = subscriptions.find(({ event }, index) =>
    subscriptions.slice(0, index).some((one) => one.event === event),
  );
  throw new Error(`Plugin ${subscriber} subscribes to ${twice?.event} twice.`);
}

/** The same on every instance: the outbox is in the database. */
function measureLag(metrics: PluginMetrics, { outbox, subscribers }: Events, clock: Clock): void {
  const help = 'Age of the oldest event that a subscriber has not taken; 0 if it has taken all.';
  metrics.observableGauge({ name: 'lag_seconds', help, labels: ['subscriber'] }, async (observe) => {
    for (const subscriber of subscribers.keys()) {
      const oldest = await outbox.oldest(subscriber);
      observe(oldest === undefined ? 0 : Math.max(0, clock.now() - oldest) / 1000, { subscriber });
    }
  });
}

const purgeEveryMs = 10 * 60_000;
const keptMs = 30 * 24 * 60 * 60_000;

export const eventDelivery: HostPart<{ operations: object; needs: { events: Events } }> = {
  name: 'event-delivery',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  requires: { events: need(eventsService) },
  setup({ services, metrics, host: { clock, log } }) {
    const { outbox, subscribers, onEmitted } = services.events;
    const deliveries = new Map<string, Delivery>();
    const failures = metrics.counter({
      name: 'failures_total',
      help: 'Tries to deliver an event that failed, by subscriber.',
      labels: ['subscriber'],
    });
    for (const [subscriber, handlers] of subscribers) {
      const onFailure = () => failures.increment({ subscriber });
      deliveries.set(subscriber, createDelivery({ outbox, subscriber, handlers, clock, log, onFailure }));
    }
    measureLag(metrics, services.events, clock);
    onEmitted((hearing) => {
      for (const subscriber of hearing) deliveries.get(subscriber)?.wake();
    });
    const purging = createInterval(() => outbox.purge(clock.now() - keptMs), {
      everyMs: purgeEveryMs,
      failure: 'Old events could not be purged.',
      log,
    });
    return {
      handlers: {},
      start() {
        for (const delivery of deliveries.values()) delivery.start();
        purging.start();
      },
      async stop() {
        await Promise.all([purging.stop(), ...[...deliveries.values()].map((delivery) => delivery.stop())]);
      },
    };
  },
};
