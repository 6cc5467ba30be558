/**
 * Events between plugins, through an outbox that commits with the rows. Two parts of the host: one that takes events
 * from the first plugin on, and one, set up last, that delivers them while every subscriber runs.
 */
import { need, type Subscription } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import type { HostPart } from '../plugin/host-part.js';
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
  setup({ database, clock }) {
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

const purgeEveryMs = 10 * 60_000;
const keptMs = 30 * 24 * 60 * 60_000;

export const eventDelivery: HostPart<{ operations: object; needs: { events: Events } }> = {
  name: 'event-delivery',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  requires: { events: need(eventsService) },
  setup({ services, clock, log }) {
    const { outbox, subscribers, onEmitted } = services.events;
    const deliveries = new Map<string, Delivery>();
    for (const [subscriber, handlers] of subscribers) {
      deliveries.set(subscriber, createDelivery({ outbox, subscriber, handlers, clock, log }));
    }
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
