/**
 * A purchase by hand with the promises that Palestra makes of one: an audit log as a hash chain, a history of states, a
 * limit of unpaid purchases, an order at the provider only once its row is committed, and one visit a call.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { db, isDuplicate } from './database.js';
import { type MerchandiseRow, pendingMs, performed, type RecordRow, shownRecord, withQr } from './purchases.js';

export interface Caller {
  readonly account: number;
  readonly ip: string;
  readonly requestId: string;
}

const mostPending = 100;

/** One chain, whose head is locked until the commit. */
async function audit(trx: Knex.Transaction, caller: Caller, action: string, record: number): Promise<void> {
  const head = await trx<{ id: number; hash: string }>('audit_head').where('id', 1).forUpdate().first();
  const entry = {
    at: Date.now(),
    account_id: caller.account,
    ip: caller.ip,
    request_id: caller.requestId,
    action,
    object: `transaction_record/${record}`,
    prev: head?.hash ?? '',
  };
  const hash = createHash('sha256').update(JSON.stringify(entry)).digest('hex');
  await trx('audit_entry').insert({ ...entry, hash });
  await trx('audit_head').where('id', 1).update({ hash });
}

const step = (trx: Knex.Transaction, record: number, from: string, to: string) =>
  trx('transaction_history').insert({ record_id: record, from_state: from, to_state: to, at: Date.now() });

/** What the sandbox answers to an order of this number. */
const prepayOf = async (order: string): Promise<string> => `sandbox-${order}`;

/** Undefined where there is no such merchandise, none left, or too much is unpaid. */
export async function perform(merchandiseId: number, caller: Caller) {
  const now = Date.now();
  const order = randomBytes(16).toString('hex');
  const id = await db.transaction(async (trx) => {
    await trx('account').where('id', caller.account).select('id').forUpdate();
    const [waiting] = await trx('transaction_record')
      .where({ payer_id: caller.account, state: 'pending' })
      .count({ all: '*' });
    if (Number(waiting?.all) >= mostPending) return undefined;
    const item = await trx<MerchandiseRow>('merchandise').where('id', merchandiseId).first();
    if (!item) return undefined;
    const limited = trx('merchandise').where('id', item.id).where('stock', '>', 0);
    if (item.stock !== null && (await limited.update({ stock: trx.raw('stock - 1') })) === 0) return undefined;
    const [inserted = 0] = await trx('transaction_record').insert({
      payer_id: caller.account,
      gym_id: item.gym_id,
      merchandise_id: item.id,
      name: item.name,
      price: item.price,
      currency: item.currency,
      state: 'pending',
      order_no: order,
      prepay_id: null,
      count: item.count,
      expires_at: now + pendingMs,
      created_at: now,
      updated_at: now,
    });
    await step(trx, inserted, 'none', 'pending');
    await audit(trx, caller, 'transaction.perform', inserted);
    return inserted;
  });
  if (id === undefined) return undefined;
  const prepay = await prepayOf(order);
  await db('transaction_record').where({ id, state: 'pending' }).whereNull('prepay_id').update({ prepay_id: prepay });
  return performed(id, prepay, now);
}

/** The sandbox confirms what bears its own number. Undefined where nothing is pending under it. */
export async function verify(recordId: number, transactionId: string, caller: Caller) {
  const known = await db<RecordRow>('transaction_record').where({ id: recordId, payer_id: caller.account }).first();
  if (known?.state !== 'pending' || known.prepay_id !== transactionId) return undefined;
  const now = Date.now();
  const changed = await db.transaction(async (trx) => {
    const updated = await trx('transaction_record')
      .where({ id: recordId, state: 'pending' })
      .update({ state: 'success', transaction_id: transactionId, start_at: now, updated_at: now });
    if (updated === 0) return false;
    await step(trx, recordId, 'pending', 'success');
    await audit(trx, caller, 'transaction.pay', recordId);
    return true;
  });
  if (!changed) return undefined;
  return withQr((await db<RecordRow>('transaction_record').where('id', recordId).first()) as RecordRow);
}

/** Takes one visit, once under its key. Undefined where none is left. */
export async function use(recordId: number, merchandiseId: number, caller: Caller, key: string = randomUUID()) {
  const now = Date.now();
  try {
    return await db.transaction(async (trx) => {
      const changed = await trx('transaction_record')
        .where({ id: recordId, merchandise_id: merchandiseId, state: 'success' })
        .where('count', '>', 0)
        .update({ count: trx.raw('count - 1'), updated_at: now });
      if (changed === 0) return undefined;
      await trx('visit').insert({ record_id: recordId, visit_key: key, gate_id: caller.account, created_at: now });
      const shown = await shownRecord(trx, recordId);
      await audit(trx, caller, 'transaction.visit', recordId);
      return shown;
    });
  } catch (error) {
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}
