/** The one checker of I1 to I8 that all race and fault tests share: every violation as a sentence. */
import type { Database, Row } from '@palestra/server';

export interface Expected {
  /** What each merchandise had before anybody bought, by its integer id. */
  readonly stock?: ReadonlyMap<number, number>;
  /** I3: records that callers got an answer about, and how many calls ended with an unknown outcome. */
  readonly performed?: { readonly acked: readonly number[]; readonly unknown: number };
  /** I3: visits, by record. */
  readonly visited?: { readonly record: number; readonly acked: number; readonly unknown: number };
  /** I5: transaction ids that the provider has captured. */
  readonly captured?: readonly string[];
  /** I5: what the provider has given back, in minor units by our number of the refund. */
  readonly givenBack?: ReadonlyMap<string, number>;
}

type Check = (database: Database, expected: Expected) => Promise<string[]>;

export async function violations(database: Database, expected: Expected = {}): Promise<string[]> {
  const found: string[] = [];
  for (const check of checks) found.push(...(await check(database, expected)));
  return found;
}

/** I1: for each record, what was sold less what is left is the number of its visits. */
const visitsAreCounted: Check = async ({ knex }) => {
  const rows: Row[] = await knex('transaction_record as r')
    .leftJoin('transaction_visit as v', 'v.record_id', 'r.id')
    .groupBy('r.id', 'r.count', 'r.count_sold', 'r.visits')
    .select('r.id', 'r.count', 'r.count_sold', { counted: 'r.visits' })
    .count({ visits: 'v.id' });
  return rows
    .filter(({ count, count_sold: sold, counted, visits }) => {
      const used = Number(sold) === -1 ? Number(visits) : Number(sold) - Number(count);
      return used !== Number(visits) || Number(counted) !== Number(visits);
    })
    .map((row) => `I1: record ${row.id} has ${row.count} of ${row.count_sold} left and ${row.visits} visits`);
};

/** I2: one visit a QR token or idempotency key. */
const keysAdmitOnce: Check = async ({ knex }) => {
  const rows: Row[] = await knex('transaction_visit')
    .groupBy('visit_key')
    .having(knex.raw('count(*)'), '>', 1)
    .select('visit_key')
    .count({ visits: '*' });
  return rows.map((row) => `I2: ${row.visit_key} has admitted ${row.visits} times`);
};

/** I3: what was acknowledged is stored, and nothing else is stored but calls of unknown outcome. */
const acknowledgedIsStored: Check = async ({ knex }, { performed, visited }) => {
  const found: string[] = [];
  if (performed) {
    const stored = new Set((await knex('transaction_record').pluck('id')).map(Number));
    const missing = performed.acked.filter((id) => !stored.has(id));
    if (missing.length > 0) found.push(`I3: records ${missing} were acknowledged and are not stored`);
    const acked = new Set(performed.acked).size;
    if (stored.size > acked + performed.unknown) {
      found.push(`I3: ${stored.size} records are stored, ${acked} acknowledged, ${performed.unknown} unknown`);
    }
  }
  if (visited) {
    const [row] = await knex('transaction_visit').where('record_id', visited.record).count({ visits: '*' });
    const visits = Number(row?.visits);
    if (visits < visited.acked || visits > visited.acked + visited.unknown) {
      found.push(`I3: ${visits} visits are stored, ${visited.acked} acknowledged, ${visited.unknown} unknown`);
    }
  }
  return found;
};

const steps: Readonly<Record<string, readonly string[]>> = {
  none: ['pending'],
  pending: ['success', 'failed', 'canceled', 'expired'],
  success: ['expired', 'refunded'],
};

/** I4: the history of a record is a path of the state machine, and ends where the record is. */
const historiesArePaths: Check = async ({ knex }) => {
  const records = await knex('transaction_record').select('id', 'state');
  const rows = await knex('transaction_history').orderBy('id').select('record_id', 'from_state', 'to_state');
  const states = new Map<number, string>();
  const found: string[] = [];
  for (const { record_id: id, from_state: from, to_state: to } of rows) {
    if ((states.get(id) ?? 'none') !== from || !steps[from]?.includes(to)) {
      found.push(`I4: record ${id} went from ${states.get(id)} by ${from} → ${to}`);
    }
    states.set(id, to);
  }
  for (const { id, state } of records) {
    if (states.get(id) !== state) found.push(`I4: record ${id} is ${state}, its history ends at ${states.get(id)}`);
  }
  return found;
};

/** I5: what the provider has captured is a success here or due to be given back, and nothing else is. */
const paymentsAreKnown: Check = async ({ knex }, { captured }) => {
  if (!captured) return [];
  const paid = await knex('transaction_record')
    .whereNotNull('transaction_id')
    .whereNot('payment_method', 'free')
    .pluck('transaction_id');
  const due = await knex('transaction_refund').whereNot('reason', 'requested').pluck('transaction_id');
  const here = new Set([...paid, ...due]);
  const there = new Set(captured);
  return [
    ...[...there].filter((id) => !here.has(id)).map((id) => `I5: payment ${id} was captured and is not known here`),
    ...[...here].filter((id) => !there.has(id)).map((id) => `I5: payment ${id} is known here and was never captured`),
    ...(paid.length + due.length === here.size ? [] : ['I5: a payment is both a success and due to be given back']),
  ];
};

/** I5: of no payment more is given back than was paid, and a record is refunded when all of it is. */
const refundsAreBounded: Check = async ({ knex }, { givenBack }) => {
  const found: string[] = [];
  const refunds: Row[] = await knex('transaction_refund').select();
  const sums = new Map<string, number>();
  const add = (key: string, amount: unknown) => sums.set(key, (sums.get(key) ?? 0) + Number(amount));
  for (const { record_id: id, reason, state, price_amount: amount, refund_no: no } of refunds) {
    if (reason === 'requested' && state !== 'refused') add(`${id} set aside`, amount);
    if (reason === 'requested' && state === 'refunded') add(`${id} given back`, amount);
    const there = givenBack?.get(String(no));
    if (givenBack && state === 'refunded' && there !== Number(amount)) {
      found.push(`I5: refund ${no} of ${amount} is done here, and ${there} at the provider`);
    }
  }
  const known = new Set(refunds.map(({ refund_no: no }) => no));
  for (const no of givenBack?.keys() ?? []) if (!known.has(no)) found.push(`I5: refund ${no} is not known here`);
  const records = await knex('transaction_record').select('id', 'state', 'price_amount', 'refunded_amount');
  for (const { id, state, price_amount: price, refunded_amount: refunded } of records) {
    const setAside = sums.get(`${id} set aside`) ?? 0;
    if (setAside !== Number(refunded) || setAside > Number(price)) {
      found.push(`I5: record ${id} of ${price} has ${refunded} set aside, its refunds ${setAside}`);
    }
    const whole = (sums.get(`${id} given back`) ?? 0) === Number(price);
    if (state === 'refunded' ? !whole : whole && Number(price) > 0) {
      found.push(`I5: record ${id} is ${state}, and ${sums.get(`${id} given back`)} of ${price} is given back`);
    }
  }
  return found;
};

/** I6: no stock is negative, and what is missing of it is what is sold and not given back. */
const stockIsConserved: Check = async ({ knex }, { stock = new Map<number, number>() }) => {
  const found: string[] = [];
  for (const [id, before] of stock) {
    const [merchandise] = await knex('merchandise').where({ id }).select('stock');
    const [sold] = await knex('transaction_record')
      .where({ merchandise_id: id, stock_taken: 1 })
      .whereNot('state', 'refunded')
      .where((kept) => kept.whereIn('state', ['pending', 'success']).orWhereNotNull('transaction_id'))
      .count({ records: '*' });
    const left = Number(merchandise?.stock);
    if (left < 0 || before - left !== Number(sold?.records)) {
      found.push(`I6: merchandise ${id} has ${left} of ${before}, and ${sold?.records} are sold`);
    }
  }
  return found;
};

/** I7: a family of refresh tokens has one that lives. */
const familiesHaveOneToken: Check = async ({ knex }) => {
  const rows: Row[] = await knex('refresh_token')
    .whereNull('used_at')
    .whereNull('revoked_at')
    .groupBy('family')
    .having(knex.raw('count(*)'), '>', 1)
    .select('family')
    .count({ living: '*' });
  return rows.map((row) => `I7: family ${row.family} has ${row.living} living refresh tokens`);
};

/** What the audit calls each step. */
const actions: Readonly<Record<string, readonly string[]>> = {
  pending: ['transaction.perform'],
  success: ['transaction.pay'],
  failed: ['transaction.decline'],
  canceled: ['transaction.cancel'],
  refunded: ['transaction.refunded'],
};

/** I8: the audit has one entry for each step and each visit, and its chains are whole. */
const auditIsWhole: Check = async ({ knex }) => {
  const found: string[] = [];
  const entries = await knex('audit_entry')
    .orderBy(['chain', 'seq'])
    .select('chain', 'seq', 'prev', 'hash', 'action', 'object');
  const written = new Map<string, number>();
  const heads = new Map<string, { seq: number; hash: string }>();
  for (const { chain, seq, prev, hash, action, object } of entries) {
    const head = heads.get(chain);
    if (seq !== (head?.seq ?? 0) + 1) found.push(`I8: chain ${chain} goes from ${head?.seq} to ${seq}`);
    if (head && prev !== head.hash) found.push(`I8: entry ${seq} of chain ${chain} is not linked`);
    heads.set(chain, { seq, hash });
    const key = `${action} ${object}`;
    written.set(key, (written.get(key) ?? 0) + 1);
  }
  const expectEntries = (action: string, record: number, count: number) => {
    const entriesOf = written.get(`${action} transaction_record/${record}`) ?? 0;
    if (entriesOf !== count) found.push(`I8: ${entriesOf} entries ${action} of record ${record}, ${count} happened`);
  };
  for (const { record_id, to_state } of await knex('transaction_history').select('record_id', 'to_state')) {
    for (const action of actions[to_state] ?? []) expectEntries(action, record_id, 1);
  }
  const refunds: Row[] = await knex('transaction_refund').select('id', 'record_id', 'reason', 'state');
  const asked = new Map<string, number>();
  for (const { id, record_id: record, reason, state } of refunds) {
    const key = `${reason === 'requested' ? 'transaction.refund' : 'transaction.refund_due'} ${record}`;
    asked.set(key, (asked.get(key) ?? 0) + 1);
    const paid = written.get(`refund.pay refund/${id}`) ?? 0;
    if (paid !== (state === 'refunded' ? 1 : 0)) found.push(`I8: ${paid} entries refund.pay of refund ${id}, ${state}`);
  }
  for (const [key, count] of asked) {
    const [action = '', record] = key.split(' ');
    expectEntries(action, Number(record), count);
  }
  const visits: Row[] = await knex('transaction_visit').groupBy('record_id').select('record_id').count({ visits: '*' });
  for (const { record_id, visits: count } of visits)
    expectEntries('transaction.visit', Number(record_id), Number(count));
  return found;
};

const checks: readonly Check[] = [
  visitsAreCounted,
  keysAdmitOnce,
  acknowledgedIsStored,
  historiesArePaths,
  paymentsAreKnown,
  refundsAreBounded,
  stockIsConserved,
  familiesHaveOneToken,
  auditIsWhole,
];
