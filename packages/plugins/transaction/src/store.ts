/** Statements over transaction records. Every change of a state or a count is one conditional update that says whether it won. */
import { createLookup, type Database, type Unit, type Values } from '@palestra/server/plugin';
import { beyondMs, columns, type RecordRow, type RecordState, rowOf } from './ledger/record.js';

export type { RecordRow, RecordState } from './ledger/record.js';

export type NewRecord = Omit<RecordRow, 'id'>;

interface VisitedRecord {
  readonly id: number;
  readonly recipient_id: number;
  readonly merchandise_id: number;
  readonly now: number;
  /** It must have begun by then. */
  readonly latest_start: number;
}

/** pending → success. */
export interface Success {
  readonly id: number;
  readonly transaction_id: string;
  readonly now: number;
}

interface RefundPart {
  readonly id: number;
  /** Minor units. */
  readonly amount: number;
  readonly now: number;
}

export interface PendingRecords {
  readonly all: number;
  readonly alike: number;
  /** Of those that are pending; null if there is none. */
  readonly oldest: number | null;
}

export interface RecordStore {
  find(id: number, unit?: Unit): Promise<RecordRow | undefined>;
  /** The same, kept from other writers until the unit's end. */
  lock(id: number, unit: Unit): Promise<RecordRow | undefined>;
  byOrder(outTradeNo: string): Promise<RecordRow | undefined>;
  byRequest(requestId: string): Promise<RecordRow | undefined>;
  /** Of a payer's pending records: how many, how many of them over `merchandise`, and the oldest of those. */
  pending(payer: number, merchandise: number, unit: Unit): Promise<PendingRecords>;
  /** How many a payer has of free merchandise that can still be used. */
  free(payer: number, merchandise: number, unit: Unit): Promise<number>;
  /** The id of the new record. Rejects with a duplicate if `request_id` has begun one already. */
  insert(record: NewRecord, unit: Unit): Promise<number>;
  /** Of several callers that asked the provider the first attaches. */
  attachPrepayId(change: { id: number; prepay_id: string; now: number }, unit?: Unit): Promise<boolean>;
  /** pending → success; the validity begins. */
  succeed(change: Success, unit: Unit): Promise<boolean>;
  /** The same at the end of the unit, which fails with `missing` if it is not pending. */
  succeedLast(change: Success, unit: Unit, missing: () => Error): void;
  /** pending → failed, canceled, expired. `check_at` is null if the provider's order can't be paid any more. */
  end(change: { id: number; state: RecordState; check_at: number | null; now: number }, unit: Unit): Promise<boolean>;
  /** One visit less, if there is one, today, at this gym, for this merchandise. */
  spend(visit: VisitedRecord, unit: Unit): Promise<boolean>;
  /** The record after one visit less, at the end of the unit, which fails with `missing` if it is not as it was read. */
  spendLast(record: RecordRow, now: number, unit: Unit, missing: () => Error): RecordRow;
  /** success → expired, if no visit is left or its time is over. */
  expire(change: { id: number; now: number }, unit: Unit): Promise<boolean>;
  /** Sets `amount` of the price aside to give back; false if so much is not left, or it is no success. */
  reserveRefund(change: RefundPart, unit: Unit): Promise<boolean>;
  /** What was set aside is not given back after all. */
  releaseRefund(change: RefundPart, unit: Unit): Promise<void>;
  /** success → refunded, if all of the price is given back and no refund is pending. */
  refund(change: { id: number; now: number }, unit: Unit): Promise<boolean>;
  /** When the reconciler asks the provider next; null for never. */
  checkAgain(id: number, at: number | null, unit?: Unit): Promise<void>;
  /** What the reconciler is to ask the provider about, the longest due first. */
  toCheck(now: number, limit: number): Promise<RecordRow[]>;
  /** Successes whose time is over. */
  outdated(now: number, limit: number): Promise<RecordRow[]>;
}

export function createRecordStore(database: Database): RecordStore {
  const find = createLookup(database, 'id', (knex) => knex(table).select(columns));
  const { lock, byOrder, byRequest, pending, free, toCheck, outdated } = composeQueries(database);
  const { insert, attach, succeed, end, spend, spendOf, expire, check } = composeWrites(database);
  const { reserve, release, refund } = composeRefunds(database);
  const changed = async (values: Values, statement: typeof end, unit?: Unit) =>
    (await statement.run(values, unit)).affected === 1;
  return {
    async find(id, unit) {
      const row = await find(id, unit);
      return row && rowOf(row);
    },
    lock: (id, unit) => lock.first({ id }, unit),
    byOrder: (out_trade_no) => byOrder.first({ out_trade_no }),
    byRequest: (request_id) => byRequest.first({ request_id }),
    async pending(payer, merchandise, unit) {
      const row = await pending.first({ payer, merchandise }, unit);
      const { waiting = 0, waiting_alike = 0, oldest = null } = row ?? {};
      return { all: waiting, alike: waiting_alike, oldest };
    },
    free: async (payer, merchandise, unit) => (await free.first({ payer, merchandise }, unit))?.free ?? 0,
    insert: async (record, unit) => (await insert.run({ ...record }, unit)).insertedId,
    attachPrepayId: (change, unit) => changed(change, attach, unit),
    succeed: (change, unit) => changed({ ...change }, succeed, unit),
    succeedLast: (change, unit, missing) => succeed.runLast({ ...change }, unit, { missing }),
    end: (change, unit) => changed(change, end, unit),
    spend: (visit, unit) => changed({ ...visit }, spend, unit),
    spendLast(record, now, unit, missing) {
      const { id, count, visits, refunded_amount } = record;
      const spent = { count: count === -1 ? -1 : count - 1, visits: visits + 1, updated_at: now };
      const to = { count_left: spent.count, visits_made: spent.visits, now };
      spendOf.runLast({ id, count, visits, refunded_amount, ...to }, unit, { missing });
      return { ...record, ...spent };
    },
    expire: (change, unit) => changed(change, expire, unit),
    reserveRefund: (change, unit) => changed({ ...change }, reserve, unit),
    releaseRefund: async (change, unit) => void (await release.run({ ...change }, unit)),
    refund: (change, unit) => changed(change, refund, unit),
    checkAgain: async (id, at, unit) => void (await check.run({ id, at }, unit)),
    toCheck: (now, limit) => toCheck.all({ now, beyond: now + beyondMs, limit }),
    outdated: (now, limit) => outdated.all({ now, limit }),
  };
}

const table = 'transaction_record';

/** Of a record whose whole price is given back, or being given back, nothing can be used. */
const notGivenBack = '(price_amount = 0 or refunded_amount < price_amount)';

function composeQueries(database: Database) {
  const by = (column: keyof RecordRow, name: string = column) =>
    database.statement<RecordRow>((knex, parameter) => knex(table).select(columns).where(column, parameter(name)));
  return {
    lock: database.statement<RecordRow>((knex, parameter) =>
      knex(table)
        .select(columns)
        .where({ id: parameter('id') })
        .forUpdate(),
    ),
    byOrder: by('out_trade_no'),
    byRequest: by('request_id'),
    pending: composePending(database),
    free: composeFree(database),
    toCheck: database.statement<RecordRow>((knex, parameter) =>
      knex(table)
        .select(columns)
        .where((due) => due.where('check_at', '<=', parameter('now')).orWhere('check_at', '>', parameter('beyond')))
        .orderByRaw('??, ?? limit ?', ['check_at', 'id', parameter('limit')]),
    ),
    outdated: database.statement<RecordRow>((knex, parameter) =>
      knex(table)
        .select(columns)
        .where('state', 'success')
        .where('expiry_date', '<=', parameter('now'))
        .orderByRaw('?? limit ?', ['expiry_date', parameter('limit')]),
    ),
  };
}

interface PendingRow {
  readonly waiting: number;
  readonly waiting_alike: number;
  readonly oldest: number | null;
}

/** One pass over what is pending, of which a member has few: an optimizer thinks longer about each part by itself. */
function composePending(database: Database) {
  return database.statement<PendingRow>((knex, parameter) => {
    const alike = 'case when ?? = ? then ?? end';
    const merchandise = parameter('merchandise');
    return knex(table)
      .where({ payer_id: parameter('payer'), state: 'pending' })
      .count('* as waiting')
      .select({
        waiting_alike: knex.raw(`count(${alike})`, ['merchandise_id', merchandise, 'id']),
        oldest: knex.raw(`min(${alike})`, ['merchandise_id', merchandise, 'id']),
      });
  });
}

/** Free ones that can still be used, along the index. */
function composeFree(database: Database) {
  return database.statement<{ readonly free: number }>((knex, parameter) =>
    knex(table)
      .where({ payer_id: parameter('payer'), state: 'success', merchandise_id: parameter('merchandise') })
      .where('price_amount', 0)
      .count('* as free'),
  );
}

function composeWrites(database: Database) {
  const written = columns.filter((column) => column !== 'id');
  return {
    insert: database.statement((knex, parameter) => knex(table).insert(parameter.each(written))),
    attach: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: 'pending' })
        .whereNull('prepay_id')
        .update({ prepay_id: parameter('prepay_id'), updated_at: parameter('now') }),
    ),
    succeed: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: 'pending' })
        .update({
          state: 'success',
          transaction_id: parameter('transaction_id'),
          start_date: knex.raw('coalesce(start_date, ?)', [parameter('now')]),
          expiry_date: knex.raw('case when duration is null then expiry_date else duration + ? end', [
            parameter('now'),
          ]),
          check_at: null,
          updated_at: parameter('now'),
        }),
    ),
    end: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: 'pending' })
        .update({ state: parameter('state'), check_at: parameter('check_at'), updated_at: parameter('now') }),
    ),
    spend: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), recipient_id: parameter('recipient_id'), state: 'success' })
        .where('merchandise_id', parameter('merchandise_id'))
        .where('count', '<>', 0)
        .where('start_date', '<=', parameter('latest_start'))
        .where((some) => some.whereNull('expiry_date').orWhere('expiry_date', '>', parameter('now')))
        .whereRaw(notGivenBack)
        .update({
          visits: knex.raw('visits + 1'),
          count: knex.raw('case when ?? = -1 then -1 else ?? - 1 end', ['count', 'count']),
          updated_at: parameter('now'),
        }),
    ),
    spendOf: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: 'success' })
        .where(parameter.each(['count', 'visits', 'refunded_amount']))
        .update({ count: parameter('count_left'), visits: parameter('visits_made'), updated_at: parameter('now') }),
    ),
    expire: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: 'success' })
        .where((some) => some.where('count', 0).orWhere('expiry_date', '<=', parameter('now')))
        .whereRaw(notGivenBack)
        .update({ state: 'expired', updated_at: parameter('now') }),
    ),
    check: database.statement((knex, parameter) =>
      knex(table)
        .where('id', parameter('id'))
        .update({ check_at: parameter('at') }),
    ),
  };
}

/** What `succeed` made of a row that was read before. Undefined where its prepay id may have come since: nothing else may. */
export function succeeded(record: RecordRow, { transaction_id, now }: Success): RecordRow | undefined {
  const { prepay_id, start_date, expiry_date, duration } = record;
  if (prepay_id === null) return undefined;
  return {
    ...record,
    state: 'success',
    transaction_id,
    start_date: start_date ?? now,
    expiry_date: duration === null ? expiry_date : duration + now,
    check_at: null,
    updated_at: now,
  };
}

function composeRefunds(database: Database) {
  return {
    reserve: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: 'success' })
        .whereRaw('refunded_amount + ? <= price_amount', [parameter('amount')])
        .update({
          refunded_amount: knex.raw('refunded_amount + ?', [parameter('amount')]),
          updated_at: parameter('now'),
        }),
    ),
    release: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id') })
        .update({
          refunded_amount: knex.raw('refunded_amount - ?', [parameter('amount')]),
          updated_at: parameter('now'),
        }),
    ),
    refund: database.statement((knex, parameter) =>
      knex(table)
        .where({ id: parameter('id'), state: 'success' })
        .whereRaw('refunded_amount = price_amount')
        .whereNotExists(
          knex('transaction_refund')
            .select('id')
            .where({ state: 'pending' })
            .whereRaw('transaction_refund.record_id = transaction_record.id'),
        )
        .update({ state: 'refunded', updated_at: parameter('now') }),
    ),
  };
}
