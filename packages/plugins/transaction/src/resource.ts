/** Who may read a transaction record, and what of it is in other tables. */
import {
  type AccountsService,
  accountIdOf,
  formatId,
  type GymService,
  includes,
  type MerchandiseService,
} from '@palestra/core';
import type { ResourceRules } from '@palestra/server/plugin';
import type { RefundTypes, TransactionRecordTypes } from './contract.generated.js';
import type { Visit, VisitStore } from './ledger/visits.js';

export type ShownRecord = TransactionRecordTypes['shown'];
export type ShownRefund = RefundTypes['shown'];

export interface TransactionServices {
  readonly accounts: AccountsService;
  readonly gyms: GymService;
  readonly merchandise: MerchandiseService;
}

/** A payer reads their own records, those who work for a gym also what it sold, an admin all. */
export function rules({ gyms }: TransactionServices, visitStore: VisitStore): ResourceRules<TransactionRecordTypes> {
  return {
    async readable(principal) {
      if (includes(principal.privilege, 'admin')) return undefined;
      const account = accountIdOf(principal);
      if (account === undefined) return [];
      const places = await gyms.placesOf(principal);
      return [['payer', formatId(account)], ...places.map((gym) => ['recipient', formatId(gym)] as const)];
    },
    async complete(rows, unit) {
      const visits = await visitStore.latestOf(
        rows.map(({ record }) => ({ id: record.id, visits: record.visitCount })),
        unit,
      );
      for (const { shown, record } of rows) {
        const sold = { id: record.merchandise, name: record.merchandiseName };
        complete(shown, sold, visits.get(record.id) ?? []);
      }
    },
  };
}

/** What an answer has beside the columns of its row. */
export function complete(
  shown: ShownRecord,
  sold: { readonly id: number; readonly name: string },
  visits: readonly Visit[],
): ShownRecord {
  shown.merchandise = { _id: formatId(sold.id), name: sold.name, price: shown.price };
  shown.visitRecords = [...visits];
  return shown;
}
