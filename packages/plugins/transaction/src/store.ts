/** Statements over transactions. Every change of a state or a count is one conditional update, which says if it won. */
import type { Database, Unit } from '@palestra/server';
import type { RecordState } from './purchase/states.js';

export interface RecordRow {
  readonly id: number;
  readonly payer_id: number;
  readonly recipient_id: number;
  readonly merchandise_id: number;
  readonly merchandise_name: string;
  readonly price_amount: number;
  readonly price_currency: string;
  readonly payment_method: string;
  readonly state: RecordState;
  readonly out_trade_no: string;
  readonly prepay_id: string | null;
  readonly transaction_id: string | null;
  readonly count: number;
  readonly stock_taken: number;
  readonly start_date: number | null;
  readonly expiry_date: number | null;
  readonly pending_until: number;
  readonly check_at: number | null;
}

const shown = [
  'id',
  'payer_id',
  'recipient_id',
  'merchandise_id',
  'merchandise_name',
  'price_amount',
  'price_currency',
  'payment_method',
  'state',
  'out_trade_no',
  'prepay_id',
  'transaction_id',
  'count',
  'stock_taken',
  'start_date',
  'expiry_date',
  'pending_until',
  'check_at',
] as const;

export interface NewRecord {
  readonly payer_id: number;
  readonly recipient_id: number;
  readonly merchandise_id: number;
  readonly merchandise_name: string;
  readonly merchandise_name_folded: string;
  readonly price_amount: number;
  readonly price_currency: string;
  readonly payment_method: string;
  readonly out_trade_no: string;
  readonly request_id: string | null;
  readonly count: number;
  readonly stock_taken: number;
  readonly start_date: number | null;
  readonly expiry_date: number | null;
  readonly duration: number | null;
  readonly pending_until: number;
  readonly check_at: number;
  readonly now: number;
}

export interface VisitedRecord {
  readonly id: number;
  readonly recipient_id: number;
  readonly merchandise_id: number;
  readonly now: number;
  /** It must have begun by then. */
  readonly latest_start: number;
}

export interface RecordStore {
  find(id: number, unit?: Unit): Promise<RecordRow | undefined>;
  byOrder(outTradeNo: string): Promise<RecordRow | undefined>;
  byRequest(requestId: string): Promise<RecordRow | undefined>;
  /** The id of the new pending record. Rejects with a duplicate if `request_id` has begun one already. */
  insert(record: NewRecord, unit: Unit): Promise<number>;
  /** Of several that asked the provider the first attaches. */
  attachPrepayId(change: { id: number; prepay_id: string; now: number }, unit: Unit): Promise<boolean>;
  /** pending → success; the validity begins. */
  succeed(change: { id: number; transaction_id: string; now: number }, unit: Unit): Promise<boolean>;
  /** pending → failed, canceled, expired. `check_at` is null if the provider's order can't be paid any more. */
  end(change: { id: number; state: RecordState; check_at: number | null; now: number }, unit: Unit): Promise<boolean>;
  /** One visit less, if there is one, today, at this gym, for this merchandise. */
  spend(visit: VisitedRecord, unit: Unit): Promise<boolean>;
  /** success → expired, if no visit is left or its time is over. */
  expire(change: { id: number; now: number }, unit: Unit): Promise<boolean>;
  checkAgain(id: number, at: number | null, unit?: Unit): Promise<void>;
  /** What the reconciler is to ask the provider about, the longest due first. */
  toCheck(now: number, limit: number): Promise<RecordRow[]>;
  /** Successes whose time is over. */
  outdated(now: number, limit: number): Promise<RecordRow[]>;
}

export function createRecordStore(database: Database): RecordStore {
  const table = 'transaction_record';
  const find = database.statement<RecordRow>((knex, parameter) =>
    knex(table).select(shown).where('id', parameter('id')),
  );
  const byOrder = database.statement<RecordRow>((knex, parameter) =>
    knex(table).select(shown).where('out_trade_no', parameter('out_trade_no')),
  );
  const byRequest = database.statement<RecordRow>((knex, parameter) =>
    knex(table).select(shown).where('request_id', parameter('request_id')),
  );
  const insert = database.statement((knex, parameter) =>
    knex(table).insert({
      ...Object.fromEntries(inserted.map((column) => [column, parameter(column)])),
      state: 'pending',
      count_sold: parameter('count'),
      created_at: parameter('now'),
      updated_at: parameter('now'),
    }),
  );
  const attach = database.statement((knex, parameter) =>
    knex(table)
      .where({ id: parameter('id'), state: 'pending' })
      .whereNull('prepay_id')
      .update({ prepay_id: parameter('prepay_id'), updated_at: parameter('now') }),
  );
  const succeed = database.statement((knex, parameter) =>
    knex(table)
      .where({ id: parameter('id'), state: 'pending' })
      .update({
        state: 'success',
        transaction_id: parameter('transaction_id'),
        start_date: knex.raw('coalesce(start_date, ?)', [parameter('now')]),
        expiry_date: knex.raw('case when duration is null then expiry_date else duration + ? end', [parameter('now')]),
        check_at: null,
        updated_at: parameter('now'),
      }),
  );
  const end = database.statement((knex, parameter) =>
    knex(table)
      .where({ id: parameter('id'), state: 'pending' })
      .update({ state: parameter('state'), check_at: parameter('check_at'), updated_at: parameter('now') }),
  );
  const spend = database.statement((knex, parameter) =>
    knex(table)
      .where({ id: parameter('id'), recipient_id: parameter('recipient_id'), state: 'success' })
      .where('merchandise_id', parameter('merchandise_id'))
      .where('count', '<>', 0)
      .where('start_date', '<=', parameter('latest_start'))
      .where((some) => some.whereNull('expiry_date').orWhere('expiry_date', '>', parameter('now')))
      .update({
        count: knex.raw('case when ?? = -1 then -1 else ?? - 1 end', ['count', 'count']),
        updated_at: parameter('now'),
      }),
  );
  const expire = database.statement((knex, parameter) =>
    knex(table)
      .where({ id: parameter('id'), state: 'success' })
      .where((some) => some.where('count', 0).orWhere('expiry_date', '<=', parameter('now')))
      .update({ state: 'expired', updated_at: parameter('now') }),
  );
  const check = database.statement((knex, parameter) =>
    knex(table)
      .where('id', parameter('id'))
      .update({ check_at: parameter('at') }),
  );
  const toCheck = database.statement<RecordRow>((knex, parameter) =>
    knex(table)
      .select(shown)
      .where('check_at', '<=', parameter('now'))
      .orderByRaw('??, ?? limit ?', ['check_at', 'id', parameter('limit')]),
  );
  const outdated = database.statement<RecordRow>((knex, parameter) =>
    knex(table)
      .select(shown)
      .where('state', 'success')
      .where('expiry_date', '<=', parameter('now'))
      .orderByRaw('?? limit ?', ['expiry_date', parameter('limit')]),
  );
  return {
    find: (id, unit) => find.first({ id }, unit),
    byOrder: (out_trade_no) => byOrder.first({ out_trade_no }),
    byRequest: (request_id) => byRequest.first({ request_id }),
    insert: async (record, unit) => (await insert.run({ ...record }, unit)).insertedId,
    attachPrepayId: async (change, unit) => (await attach.run(change, unit)).affected === 1,
    succeed: async (change, unit) => (await succeed.run(change, unit)).affected === 1,
    end: async (change, unit) => (await end.run(change, unit)).affected === 1,
    spend: async (visit, unit) => (await spend.run({ ...visit }, unit)).affected === 1,
    expire: async (change, unit) => (await expire.run(change, unit)).affected === 1,
    checkAgain: async (id, at, unit) => void (await check.run({ id, at }, unit)),
    toCheck: (now, limit) => toCheck.all({ now, limit }),
    outdated: (now, limit) => outdated.all({ now, limit }),
  };
}

const inserted = [
  'payer_id',
  'recipient_id',
  'merchandise_id',
  'merchandise_name',
  'merchandise_name_folded',
  'price_amount',
  'price_currency',
  'payment_method',
  'out_trade_no',
  'request_id',
  'count',
  'stock_taken',
  'start_date',
  'expiry_date',
  'duration',
  'pending_until',
  'check_at',
] as const;
