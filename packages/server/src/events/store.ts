/** The tables of the outbox: a delivery is claimed, postponed and removed by conditional writes. */
import { limited } from '../database/statement.js';
import type { Database } from '../database/types.js';
import { type DueDelivery, longestPauseMs, type Outbox } from './types.js';

const dueColumns = [
  'event_id',
  'attempts',
  'due_at',
  'name',
  'data',
  'occurred_at',
] as const satisfies readonly (keyof DueDelivery)[];

/** Further ahead no delivery is put off: the clock that said so was wrong. */
const beyondMs = longestPauseMs + 10 * 60_000;

export function createOutbox(database: Database): Outbox {
  const statements = createStatements(database);
  return {
    add: async (event, unit) => (await statements.add.run(event, unit)).insertedId,
    addDelivery: async (delivery, unit) => void (await statements.addDelivery.run(delivery, unit)),
    due: (subscriber, now, limit) => statements.due.all({ subscriber, now, beyond: now + beyondMs, limit }),
    claim: async (subscriber, { event_id, due_at }, until) =>
      (await statements.claim.run({ subscriber, event_id, due_at, until })).affected === 1,
    postpone: async (subscriber, { event_id }, from, until) =>
      void (await statements.postpone.run({ subscriber, event_id, due_at: from, until })),
    oldest: async (subscriber) => (await statements.oldest.first({ subscriber }))?.occurred_at,
    remove: async (subscriber, { event_id }) => void (await statements.remove.run({ subscriber, event_id })),
    purge: async (before) => (await statements.purge.run({ before })).affected,
  };
}

function createStatements(database: Database) {
  return {
    add: database.statement((knex, parameter) => knex('event').insert(parameter.each(['name', 'data', 'occurred_at']))),
    addDelivery: database.statement((knex, parameter) =>
      knex('event_delivery').insert(parameter.each(['event_id', 'subscriber', 'due_at'])),
    ),
    due: database.statement<DueDelivery>((knex, parameter) =>
      limited(
        knex,
        knex('event_delivery')
          .join('event', 'event.id', 'event_delivery.event_id')
          .select(dueColumns)
          .where('subscriber', parameter('subscriber'))
          .where((due) => due.where('due_at', '<=', parameter('now')).orWhere('due_at', '>', parameter('beyond')))
          .orderBy(['due_at', 'event_id']),
        parameter('limit'),
      ),
    ),
    claim: database.statement((knex, parameter) =>
      knex('event_delivery')
        .where(parameter.each(['event_id', 'subscriber', 'due_at']))
        .update({ due_at: parameter('until'), attempts: knex.raw('attempts + 1') }),
    ),
    postpone: database.statement((knex, parameter) =>
      knex('event_delivery')
        .where(parameter.each(['event_id', 'subscriber', 'due_at']))
        .update({ due_at: parameter('until') }),
    ),
    oldest: database.statement<{ occurred_at: number }>((knex, parameter) =>
      knex('event')
        .select('occurred_at')
        .where('id', knex('event_delivery').min('event_id').where('subscriber', parameter('subscriber'))),
    ),
    remove: database.statement((knex, parameter) =>
      knex('event_delivery')
        .where(parameter.each(['event_id', 'subscriber']))
        .delete(),
    ),
    purge: database.statement((knex, parameter) =>
      knex('event')
        .where('occurred_at', '<', parameter('before'))
        .whereNotExists(knex('event_delivery').select(knex.raw('1')).whereRaw('event_delivery.event_id = event.id'))
        .delete(),
    ),
  };
}
