/**
 * Records of an older system, with their visits: settled ones only, since their orders are not known to the payment
 * providers of this server. What they have used is what their visits say.
 */
import { createHash } from 'node:crypto';
import { fold, type GymService, type Importer, invalidRequest, type MerchandiseService, parseId } from '@palestra/core';
import type { Database, Unit } from '@palestra/server/plugin';
import type { History } from './history.js';
import { columns, type RecordRow, type RecordState } from './record.js';

interface Fields {
  readonly payer: string;
  readonly recipient?: string;
  readonly merchandise: string;
  readonly merchandiseName?: string;
  readonly price: { readonly amount: number; readonly currency: string };
  readonly paymentMethod?: string;
  readonly transactionState: Exclude<RecordState, 'pending'>;
  readonly transactionId?: string | null;
  readonly prepayId?: string | null;
  readonly count: number;
  readonly startDate?: string | null;
  readonly expiryDate?: string | null;
  readonly visits?: readonly { readonly date: string }[];
}

const moment = { anyOf: [{ $ref: '#/components/schemas/Moment' }, { type: 'null' }] };
const reference = { type: ['string', 'null'], minLength: 1, maxLength: 128, pattern: '^[!-~]+$' };
const schema = {
  type: 'object',
  required: ['payer', 'merchandise', 'price', 'transactionState', 'count'],
  properties: {
    payer: { $ref: '#/components/schemas/Id' },
    recipient: { $ref: '#/components/schemas/Id' },
    merchandise: { $ref: '#/components/schemas/Id' },
    merchandiseName: { type: 'string', minLength: 1, maxLength: 200 },
    price: { $ref: '#/components/schemas/Price' },
    paymentMethod: { type: 'string', pattern: '^[a-z0-9_-]{1,20}$' },
    transactionState: { enum: ['success', 'failed', 'canceled', 'expired', 'refunded'] },
    transactionId: reference,
    prepayId: reference,
    count: { type: 'integer', minimum: -1, maximum: 1_000_000_000 },
    startDate: moment,
    expiryDate: moment,
    visits: {
      type: 'array',
      maxItems: 100_000,
      items: {
        type: 'object',
        required: ['date'],
        properties: { date: { $ref: '#/components/schemas/Moment' } },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
} as const;

export interface ImportParts {
  readonly database: Database;
  readonly history: History;
  readonly merchandise: MerchandiseService;
  readonly gyms: GymService;
}

export function recordImporter({ database, history, merchandise, gyms }: ImportParts): Importer {
  const insert = database.statement((knex, parameter) => knex('transaction_record').insert(parameter.each(columns)));
  const visit = database.statement((knex, parameter) =>
    knex('transaction_visit').insert(parameter.each(['record_id', 'number', 'visit_key', 'gate_id', 'visited_at'])),
  );

  async function addSteps({ id, state, created_at: now }: RecordRow, unit: Unit): Promise<void> {
    const path = pathTo(state);
    for (const [at, to] of path.entries())
      await history.add({ record: id, from: path[at - 1] ?? 'none', to, now }, unit);
  }

  return {
    collection: 'records',
    table: 'transaction_record',
    hasId: true,
    references: { payer: 'account', recipient: 'gym', merchandise: 'merchandise' },
    schema,
    async prepare({ legacyId, createdAt, fields }) {
      const given = fields as unknown as Fields;
      const sold = await merchandise.find(parseId(given.merchandise) ?? 0);
      if (!sold) throw invalidRequest('merchandise does not exist', '/merchandise');
      const recipient = parseId(given.recipient ?? undefined) ?? sold.gym;
      if (!(await gyms.find(recipient))) throw invalidRequest('recipient does not exist', '/recipient');
      const { merchandiseName: name = sold.name, visits = [] } = given;
      const row = rowOf(given, { legacyId, createdAt, recipient, name });
      return async (id, unit) => {
        await insert.run({ ...row, id }, unit);
        await addSteps({ ...row, id }, unit);
        for (const [at, { date }] of visits.entries()) {
          const visit_key = `import:${hashOf(`${legacyId}#${at}`)}`;
          // Who let the member in is not known.
          const values = { record_id: id, number: at + 1, visit_key, gate_id: 0, visited_at: Date.parse(date) };
          await visit.run(values, unit);
        }
        return true;
      };
    },
  };
}

interface Imported {
  readonly legacyId: string;
  readonly createdAt: number;
  readonly recipient: number;
  readonly name: string;
}

function rowOf(given: Fields, { legacyId, createdAt, recipient, name }: Imported): Omit<RecordRow, 'id'> {
  const { price, transactionState: state, count, visits = [] } = given;
  return {
    payer_id: parseId(given.payer) ?? 0,
    recipient_id: recipient,
    merchandise_id: parseId(given.merchandise) ?? 0,
    merchandise_name: name,
    merchandise_name_folded: fold(name),
    price_amount: price.amount,
    price_currency: price.currency,
    payment_method: given.paymentMethod ?? 'imported',
    state,
    out_trade_no: hashOf(`order ${legacyId}`),
    prepay_id: given.prepayId ?? null,
    transaction_id: given.transactionId ?? null,
    request_id: null,
    count,
    count_sold: count === -1 ? -1 : count + visits.length,
    visits: visits.length,
    refunded_amount: state === 'refunded' ? price.amount : 0,
    stock_taken: 0,
    // A paid record is valid from its payment.
    start_date: instantOf(given.startDate) ?? (state === 'success' ? createdAt : null),
    expiry_date: instantOf(given.expiryDate),
    duration: null,
    pending_until: createdAt,
    check_at: null,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

/** Every state that the record went through; one that ran out had been paid. */
function pathTo(state: RecordState): RecordState[] {
  return state === 'expired' || state === 'refunded' ? ['pending', 'success', state] : ['pending', state];
}

function instantOf(moment: string | null | undefined): number | null {
  return moment == null ? null : Date.parse(moment);
}

/** The same in every run, so that a line is never written twice. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
