/** The facts of a transaction record, who may read it, and what of it is in other tables. */
import {
  type AccountsService,
  accountIdOf,
  formatId,
  type GymService,
  includes,
  type MerchandiseService,
  parseId,
} from '@palestra/core';
import type { Readable, ResourceFacts, ResourceRules } from '@palestra/server';
import type { components } from './contract.generated.js';
import type { VisitStore } from './ledger/visits.js';

export type ShownRecord = components['schemas']['TransactionRecord'];
export type ShownRefund = components['schemas']['Refund'];

export interface TransactionServices {
  readonly accounts: AccountsService;
  readonly gyms: GymService;
  readonly merchandise: MerchandiseService;
}

export const facts: ResourceFacts = {
  type: 'TransactionRecord',
  table: 'transaction_record',
  schema: 'TransactionRecordFields',
  fields: {
    payer: { kind: 'reference', columns: ['payer_id'], indexed: true },
    recipient: { kind: 'reference', columns: ['recipient_id'], indexed: true },
    merchandise: { kind: 'reference', columns: ['merchandise_id'], indexed: true },
    merchandiseName: { kind: 'text', columns: ['merchandise_name'], folded: 'merchandise_name_folded' },
    paymentMethod: { kind: 'text', columns: ['payment_method'] },
    transactionState: { kind: 'text', columns: ['state'] },
    transactionId: { kind: 'text', columns: ['transaction_id'] },
    prepayId: { kind: 'text', columns: ['prepay_id'] },
    price: { kind: 'money', columns: ['price_amount', 'price_currency'] },
    count: { kind: 'integer', columns: ['count'] },
    startDate: { kind: 'instant', columns: ['start_date'] },
    expiryDate: { kind: 'instant', columns: ['expiry_date'] },
    expiresAt: { kind: 'instant', columns: ['pending_until'] },
  },
  required: [],
};

export const refundFacts: ResourceFacts = {
  type: 'Refund',
  table: 'transaction_refund',
  schema: 'RefundFields',
  // The only record of money that is owed.
  lasting: true,
  fields: {
    transactionRecord: { kind: 'reference', columns: ['record_id'], indexed: true },
    paymentMethod: { kind: 'text', columns: ['payment_method'] },
    transactionId: { kind: 'text', columns: ['transaction_id'] },
    price: { kind: 'money', columns: ['price_amount', 'price_currency'] },
    state: { kind: 'text', columns: ['state'] },
  },
  required: [],
};

/** A payer reads their own records, the owner of a gym also those that the gym received, an admin all. */
export function rules({ gyms }: TransactionServices, visitStore: VisitStore): ResourceRules<ShownRecord> {
  return {
    async readable(principal): Promise<Readable | undefined> {
      if (includes(principal.privilege, 'admin')) return undefined;
      const account = accountIdOf(principal);
      if (account === undefined) return [];
      // Owning a gym reads what it received only while the role that may sell lasts.
      const owned = includes(principal.privilege, 'coach') ? await gyms.ownedBy(account) : [];
      return [['payer', formatId(account)], ...owned.map((gym) => ['recipient', formatId(gym)] as const)];
    },
    async complete(items, unit) {
      const visits = await visitStore.of(
        items.map(({ _id }) => parseId(_id) ?? 0),
        unit,
      );
      for (const item of items) {
        nameMerchandise(item);
        item.visitRecords = visits.get(parseId(item._id) ?? 0) ?? [];
      }
    },
  };
}

/** The row has the name beside the reference, the API inside it. */
function nameMerchandise(item: ShownRecord): void {
  const flat = item as unknown as { merchandise: string; merchandiseName?: string };
  item.merchandise = { _id: flat.merchandise, name: flat.merchandiseName ?? '', price: item.price };
  delete flat.merchandiseName;
}
