/** What was bought and used, by whom, and who let whom in: kept for bookkeeping, without a name. */
import type { PersonalData } from '@palestra/server/plugin';

export const personalData: readonly PersonalData[] = [
  { table: 'transaction_record', account: 'payer_id', onDelete: 'keep' },
  {
    table: 'transaction_history',
    account: 'payer_id',
    through: { column: 'record_id', table: 'transaction_record' },
    onDelete: 'keep',
  },
  {
    table: 'transaction_visit',
    account: 'payer_id',
    through: { column: 'record_id', table: 'transaction_record' },
    onDelete: 'keep',
  },
  {
    table: 'transaction_refund',
    account: 'payer_id',
    through: { column: 'record_id', table: 'transaction_record' },
    onDelete: 'keep',
  },
  { table: 'transaction_visit', account: 'gate_id', onDelete: 'keep' },
];
