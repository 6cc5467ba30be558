/** A transaction record as its table has it. */
export type RecordState = 'pending' | 'success' | 'failed' | 'canceled' | 'expired' | 'refunded';

/** A row of `transaction_record`; what each column means is in the migration. */
export interface RecordRow {
  readonly id: number;
  readonly payer_id: number;
  readonly recipient_id: number;
  readonly merchandise_id: number;
  readonly merchandise_name: string;
  readonly merchandise_name_folded: string;
  readonly price_amount: number;
  readonly price_currency: string;
  readonly payment_method: string;
  readonly state: RecordState;
  readonly out_trade_no: string;
  readonly prepay_id: string | null;
  readonly transaction_id: string | null;
  readonly request_id: string | null;
  readonly count: number;
  readonly count_sold: number;
  readonly visits: number;
  readonly refunded_amount: number;
  readonly stock_taken: number;
  readonly start_date: number | null;
  readonly expiry_date: number | null;
  readonly duration: number | null;
  readonly pending_until: number;
  readonly check_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

/** All of them; an object, so that the compiler names a column that is missing here. */
export const columns: readonly (keyof RecordRow)[] = Object.keys({
  id: true,
  payer_id: true,
  recipient_id: true,
  merchandise_id: true,
  merchandise_name: true,
  merchandise_name_folded: true,
  price_amount: true,
  price_currency: true,
  payment_method: true,
  state: true,
  out_trade_no: true,
  prepay_id: true,
  transaction_id: true,
  request_id: true,
  count: true,
  count_sold: true,
  visits: true,
  refunded_amount: true,
  stock_taken: true,
  start_date: true,
  expiry_date: true,
  duration: true,
  pending_until: true,
  check_at: true,
  created_at: true,
  updated_at: true,
} satisfies Record<keyof RecordRow, true>) as (keyof RecordRow)[];

/** A row that was read as a list of `columns`. */
export function rowOf(values: readonly unknown[]): RecordRow {
  const row: Partial<Record<keyof RecordRow, unknown>> = {};
  columns.forEach((column, at) => {
    row[column] = values[at];
  });
  return row as RecordRow;
}

/** Whether all of its price is being refunded: then it admits no visit. */
export function isGivenBack({ state, price_amount, refunded_amount }: RecordRow): boolean {
  return state === 'success' && price_amount > 0 && refunded_amount === price_amount;
}

/** Milliseconds. No check of a payment is put off so far: the clock that said so was wrong. */
export const beyondMs: number = 10 * 60_000;
