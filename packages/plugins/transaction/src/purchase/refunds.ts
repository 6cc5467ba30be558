/** Gives late payments back: asked for by an admin, done once by the provider, however often it is asked. */
import { type Call, type Clock, formatId, parseId, resourceNotFound } from '@palestra/core';
import type { Audit, Database, Resource } from '@palestra/server';
import { conflict, recordNotFound } from '../errors.js';
import type { GuardedProvider } from '../providers/guard.js';
import { isProviderError } from '../providers/provider.js';
import type { ShownRefund } from '../resource.js';
import type { RecordStore } from '../store.js';
import { orderOf, providerOf } from './orders.js';

export interface Refunds {
  /** @throws PalestraError `resourceNotFound`, `badGateway`; `conflict` if the provider refuses it */
  pay(id: string, call: Call): Promise<ShownRefund>;
}

export interface RefundParts {
  readonly database: Database;
  readonly list: Resource<ShownRefund>;
  readonly records: RecordStore;
  readonly providers: ReadonlyMap<string, GuardedProvider>;
  readonly clock: Clock;
  readonly audit: Audit;
}

export function createRefunds({ database, list, records, providers, clock, audit }: RefundParts): Refunds {
  const done = database.statement((knex, parameter) =>
    knex('transaction_refund')
      .where({ id: parameter('id'), state: 'due' })
      .update({ state: 'refunded', updated_at: parameter('now') }),
  );
  return {
    async pay(text, call) {
      const id = parseId(text) ?? 0;
      const refund = await list.find(id);
      if (!refund) throw resourceNotFound('Refund', formatId(id));
      if (refund.state === 'refunded') return refund;
      const recordId = parseId(refund.transactionRecord) ?? 0;
      const record = await records.find(recordId);
      if (!record) throw recordNotFound(recordId);
      const provider = providerOf(providers, record);
      try {
        await provider.refund({ ...orderOf(record), transactionId: refund.transactionId });
      } catch (error) {
        throw isProviderError(error) ? conflict('The payment provider refuses the refund') : error;
      }
      await database.unitOfWork(async (unit) => {
        if ((await done.run({ id, now: clock.now() }, unit)).affected === 0) return;
        await audit.record(unit, call, { action: 'refund.pay', object: `refund/${id}` });
      });
      return (await list.find(id)) ?? refund;
    },
  };
}
