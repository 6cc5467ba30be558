/** Says from when on a court is open. */
import { type Handler, parseId, reply, resourceNotFound } from '@palestra/core';
import type { Database, PluginHost } from '@palestra/server/plugin';
import type { operations } from './contract.generated.js';

export interface OpeningOptions {
  readonly database: Database;
  readonly host: PluginHost;
}

export function createOpening({ database, host }: OpeningOptions): Handler<operations['openCourt']> {
  const open = database.statement((knex, parameter) =>
    knex('court')
      .where('id', parameter('id'))
      .update({ opened: parameter('opened') }),
  );
  return async ({ params: { id } }) => {
    const court = parseId(id);
    const opened = host.clock.now();
    const { affected } = court === undefined ? { affected: 0 } : await open.run({ id: court, opened });
    if (affected === 0) throw resourceNotFound('Court', id);
    return reply(200, { opened: new Date(opened).toISOString() });
  };
}
