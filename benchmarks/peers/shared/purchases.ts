/** A purchase by hand: units of work with conditional updates, so that nothing is spent twice. */
import { randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Knex } from 'knex';
import { db } from './database.js';
import { secretKey } from './settings.js';
import { dateOf, idOf } from './wire.js';

export interface MerchandiseRow {
  readonly id: number;
  readonly gym_id: number;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly count: number;
  /** Null where it is not limited. */
  readonly stock: number | null;
}

export interface RecordRow {
  readonly id: number;
  readonly payer_id: number;
  readonly gym_id: number;
  readonly merchandise_id: number;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly state: string;
  readonly prepay_id: string;
  readonly transaction_id: string | null;
  readonly count: number;
  readonly start_at: number | null;
  readonly expires_at: number;
  readonly created_at: number;
  readonly updated_at: number;
}

interface VisitRow {
  readonly id: number;
  readonly created_at: number;
}

export const pendingMs = 30 * 60 * 1000;

const recordOf = (row: RecordRow, visits: readonly VisitRow[]) => ({
  _id: idOf(row.id),
  payer: idOf(row.payer_id),
  recipient: idOf(row.gym_id),
  merchandise: {
    _id: idOf(row.merchandise_id),
    name: row.name,
    price: { amount: row.price, currency: row.currency },
  },
  paymentMethod: 'sandbox',
  transactionState: row.state,
  transactionId: row.transaction_id,
  prepayId: row.prepay_id,
  price: { amount: row.price, currency: row.currency },
  count: row.count,
  startDate: row.start_at === null ? null : dateOf(row.start_at),
  expiryDate: null,
  expiresAt: dateOf(row.expires_at),
  createdDate: dateOf(row.created_at),
  updatedDate: dateOf(row.updated_at),
  visitRecords: visits.map(({ id, created_at }) => ({ _id: idOf(id), date: dateOf(created_at) })),
});

const qrOf = ({ id, gym_id }: RecordRow): string =>
  jwt.sign({ r: id, g: gym_id, j: randomBytes(12).toString('base64url') }, secretKey, { expiresIn: 60 });

/** The answer to a purchase that waits for its payment. */
export const performed = (id: number, prepay: string, now: number) => ({
  transactionRecordId: idOf(id),
  prepayId: prepay,
  transactionState: 'pending',
  expiresAt: dateOf(now + pendingMs),
  payment: { provider: 'sandbox', transactionId: prepay },
});

/** A record that was never used, with what admits its owner. */
export const withQr = (row: RecordRow) => ({ ...recordOf(row, []), qr: qrOf(row) });

export async function shownRecord(trx: Knex.Transaction, id: number) {
  const row = (await trx<RecordRow>('transaction_record').where('id', id).first()) as RecordRow;
  const visits = await trx<VisitRow>('visit').where('record_id', id).orderBy('id');
  return recordOf(row, visits);
}

/** Undefined where there is no such merchandise, or none left. */
export async function perform(merchandiseId: number, payer: number) {
  const now = Date.now();
  const prepay = `sandbox-${randomBytes(16).toString('hex')}`;
  const id = await db.transaction(async (trx) => {
    const item = await trx<MerchandiseRow>('merchandise').where('id', merchandiseId).first();
    if (!item) return undefined;
    const limited = trx('merchandise').where('id', item.id).where('stock', '>', 0);
    if (item.stock !== null && (await limited.update({ stock: trx.raw('stock - 1') })) === 0) return undefined;
    const [inserted] = await trx('transaction_record').insert({
      payer_id: payer,
      gym_id: item.gym_id,
      merchandise_id: item.id,
      name: item.name,
      price: item.price,
      currency: item.currency,
      state: 'pending',
      prepay_id: prepay,
      count: item.count,
      expires_at: now + pendingMs,
      created_at: now,
      updated_at: now,
    });
    return inserted;
  });
  if (id === undefined) return undefined;
  return performed(id, prepay, now);
}

/** The sandbox confirms what bears its own number. Undefined where nothing is pending under it. */
export async function verify(recordId: number, transactionId: string, payer: number) {
  const now = Date.now();
  const changed = await db('transaction_record')
    .where({ id: recordId, payer_id: payer, state: 'pending', prepay_id: transactionId })
    .update({ state: 'success', transaction_id: transactionId, start_at: now, updated_at: now });
  if (changed === 0) return undefined;
  const row = (await db<RecordRow>('transaction_record').where('id', recordId).first()) as RecordRow;
  return withQr(row);
}

/** Takes one visit. Undefined where none is left. */
export async function use(recordId: number, merchandiseId: number) {
  const now = Date.now();
  return db.transaction(async (trx) => {
    const changed = await trx('transaction_record')
      .where({ id: recordId, merchandise_id: merchandiseId, state: 'success' })
      .where('count', '>', 0)
      .update({ count: trx.raw('count - 1'), updated_at: now });
    if (changed === 0) return undefined;
    await trx('visit').insert({ record_id: recordId, created_at: now });
    return shownRecord(trx, recordId);
  });
}
