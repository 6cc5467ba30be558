/** Events that name an account, once every subscriber has taken them: they are kept for those who look into a fault. */
import { formatId, type Unit } from '@palestra/core';
import type { Database } from '../database/types.js';

export function createForgetEvents(database: Database): (accountId: number, unit: Unit) => Promise<void> {
  const statement = database.statement((knex, parameter) =>
    knex('event')
      .where('data', 'like', parameter('named'))
      .whereNotExists(knex('event_delivery').select(knex.raw('1')).whereRaw('event_delivery.event_id = event.id'))
      .delete(),
  );
  return async (accountId, unit) => void (await statement.run({ named: `%"${formatId(accountId)}"%` }, unit));
}
