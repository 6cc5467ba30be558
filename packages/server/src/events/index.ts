/**
 * Events between plugins, through an outbox that commits with the rows. Two parts of the host: one that takes events
 * from the first plugin on, and one, set up last, that delivers them while every subscriber runs.
 */
import { need, type Subscriptions } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { createDelivery, type Delivery } from './delivery.js';
import { migrations } from './migrations.js';
import { createOutbox } from './store.js';
import { type Events, eventsService } from './types.js';

export const events: HostPart<{ operations: object; service: Events }> = {
  name: 'events',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  provides: eventsService,
  migrations,
  setup({ database, clock }) {
    const outbox = createOutbox(database);
    const subscribers = new Map<string, Subscriptions>();
    let emitted: (subscribers: readonly string[]) => void = () => {};
    const service: Events = {
      outbox,
      subscribers,
      subscribe: (subscriber, subscriptions) => subscribers.set(subscriber, subscriptions),
      onEmitted(listener) {
        emitted = listener;
      },
      async emit(unit, name, data) {
        const hearing = [...subscribers].flatMap(([subscriber, subscriptions]) =>
          Object.hasOwn(subscriptions, name) ? [subscriber] : [],
        );
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
    for (const [subscriber, subscriptions] of subscribers) {
      deliveries.set(subscriber, createDelivery({ outbox, subscriber, subscriptions, clock, log }));
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
