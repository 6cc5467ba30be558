/** Statements over the outbox: a delivery is claimed, postponed and removed by conditional writes. */
import type { Database, Unit } from '../database/types.js';

export interface DueDelivery {
  readonly event_id: number;
  readonly attempts: number;
  readonly due_at: number;
  readonly name: string;
  readonly data: string;
  readonly occurred_at: number;
}

export interface Outbox {
  /** The id of the new event. */
  add(event: { name: string; data: string; occurred_at: number }, unit: Unit): Promise<number>;
  /** Until it is removed, the event is still to be delivered to `subscriber`. */
  addDelivery(delivery: { event_id: number; subscriber: string; due_at: number }, unit: Unit): Promise<void>;
  /** What is due now, what has been due longest first. */
  due(subscriber: string, now: number, limit: number): Promise<DueDelivery[]>;
  /** Postpones a due delivery to `until`; false if another instance was first. */
  claim(subscriber: string, delivery: DueDelivery, until: number): Promise<boolean>;
  /** After a failure: when the delivery that was claimed until `from` is tried next. */
  postpone(subscriber: string, delivery: DueDelivery, from: number, until: number): Promise<void>;
  remove(subscriber: string, delivery: DueDelivery): Promise<void>;
  /** Deletes events from before `before` that every subscriber has taken; returns how many. */
  purge(before: number): Promise<number>;
}

export function createOutbox(database: Database): Outbox {
  const add = database.statement((knex, parameter) =>
    knex('event').insert({
      name: parameter('name'),
      data: parameter('data'),
      occurred_at: parameter('occurred_at'),
    }),
  );
  const addDelivery = database.statement((knex, parameter) =>
    knex('event_delivery').insert({
      event_id: parameter('event_id'),
      subscriber: parameter('subscriber'),
      due_at: parameter('due_at'),
    }),
  );
  const due = database.statement<DueDelivery>((knex, parameter) =>
    knex('event_delivery')
      .join('event', 'event.id', 'event_delivery.event_id')
      .select('event_id', 'attempts', 'due_at', 'name', 'data', 'occurred_at')
      .where('subscriber', parameter('subscriber'))
      .where('due_at', '<=', parameter('now'))
      .orderByRaw('??, ?? limit ?', ['due_at', 'event_id', parameter('limit')]),
  );
  const claim = database.statement((knex, parameter) =>
    knex('event_delivery')
      .where({ event_id: parameter('event_id'), subscriber: parameter('subscriber'), due_at: parameter('due_at') })
      .update({ due_at: parameter('until'), attempts: knex.raw('attempts + 1') }),
  );
  const postpone = database.statement((knex, parameter) =>
    knex('event_delivery')
      .where({ event_id: parameter('event_id'), subscriber: parameter('subscriber'), due_at: parameter('from') })
      .update({ due_at: parameter('until') }),
  );
  const remove = database.statement((knex, parameter) =>
    knex('event_delivery')
      .where({ event_id: parameter('event_id'), subscriber: parameter('subscriber') })
      .delete(),
  );
  const purge = database.statement((knex, parameter) =>
    knex('event')
      .where('occurred_at', '<', parameter('before'))
      .whereNotExists(knex('event_delivery').select(knex.raw('1')).whereRaw('event_delivery.event_id = event.id'))
      .delete(),
  );
  return {
    add: async (event, unit) => (await add.run(event, unit)).insertedId,
    addDelivery: async (delivery, unit) => void (await addDelivery.run(delivery, unit)),
    due: (subscriber, now, limit) => due.all({ subscriber, now, limit }),
    claim: async (subscriber, { event_id, due_at }, until) =>
      (await claim.run({ subscriber, event_id, due_at, until })).affected === 1,
    postpone: async (subscriber, { event_id }, from, until) =>
      void (await postpone.run({ subscriber, event_id, from, until })),
    remove: async (subscriber, { event_id }) => void (await remove.run({ subscriber, event_id })),
    purge: async (before) => (await purge.run({ before })).affected,
  };
}
