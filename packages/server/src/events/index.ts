/** Events between plugins through an outbox that commits with the rows; tables and delivery as a plugin like any other. */
import type { Clock, Subscriptions } from '@palestra/core';
import type { EventEmitter } from '../plugin/events.js';
import type { Plugin } from '../plugin/plugin.js';
import { version } from '../version.generated.js';
import { createDelivery, type Delivery } from './delivery.js';
import { migrations } from './migrations.js';
import { createOutbox, type Outbox } from './store.js';

export interface Events {
  /** Set up last, so that delivery begins when every subscriber has started and ends before the first one stops. */
  readonly plugin: Plugin<{ operations: object }>;
  readonly emitter: EventEmitter;
  subscribe(subscriber: string, subscriptions: Subscriptions): void;
}

const purgeEveryMs = 10 * 60_000;
const keptMs = 30 * 24 * 60 * 60_000;

export function createEvents(): Events {
  const subscribers = new Map<string, Subscriptions>();
  const deliveries = new Map<string, Delivery>();
  let parts: { readonly outbox: Outbox; readonly clock: Clock } | undefined;
  const plugin: Events['plugin'] = {
    name: 'events',
    version,
    host: '^1.0.0',
    contract: { paths: {} },
    migrations,
    setup({ database, clock, log }) {
      const outbox = createOutbox(database);
      parts = { outbox, clock };
      deliveries.clear();
      for (const [subscriber, subscriptions] of subscribers) {
        deliveries.set(subscriber, createDelivery({ outbox, subscriber, subscriptions, clock, log }));
      }
      let purging: NodeJS.Timeout | undefined;
      const purge = () => {
        outbox
          .purge(clock.now() - keptMs)
          .catch((err: unknown) => log.warn({ err }, 'Old events could not be purged.'));
      };
      return {
        handlers: {},
        start() {
          for (const delivery of deliveries.values()) delivery.start();
          purging = setInterval(purge, purgeEveryMs).unref();
        },
        async stop() {
          clearInterval(purging);
          await Promise.all([...deliveries.values()].map((delivery) => delivery.stop()));
        },
      };
    },
  };
  return {
    plugin,
    subscribe: (subscriber, subscriptions) => subscribers.set(subscriber, subscriptions),
    emitter: {
      async emit(unit, name, data) {
        const hearing = [...subscribers].filter(([, subscriptions]) => Object.hasOwn(subscriptions, name));
        if (hearing.length === 0) return;
        if (!parts) throw new Error('Events are not set up yet.');
        const { outbox, clock } = parts;
        const now = clock.now();
        const event_id = await outbox.add({ name, data: JSON.stringify(data), occurred_at: now }, unit);
        for (const [subscriber] of hearing) await outbox.owe({ event_id, subscriber, due_at: now }, unit);
        unit.afterCommit(() => {
          for (const [subscriber] of hearing) deliveries.get(subscriber)?.wake();
        });
      },
    },
  };
}
