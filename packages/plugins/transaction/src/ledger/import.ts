/**
 * Records of an older system, with their visits: settled ones only, since their orders are not known to the payment
 * providers of this server. What they have used is what their visits say.
 */
import { createHash } from 'node:crypto';
import { fold, type GymService, type Importer, invalidRequest, type MerchandiseService, parseId } from '@palestra/core';
import type { RecordRow, RecordState } from './record.js';

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
  readonly merchandise: Pick<MerchandiseService, 'find'>;
  readonly gyms: Pick<GymService, 'find'>;
}

export function recordImporter({ merchandise, gyms }: ImportParts): Importer {
  // Records of the same merchandise follow each other by the thousand.
  const findSold = remembering((id) => merchandise.find(id));
  const findGym = remembering((id) => gyms.find(id));
  return {
    collection: 'records',
    table: 'transaction_record',
    hasId: true,
    references: { payer: 'account', recipient: 'gym', merchandise: 'merchandise' },
    schema,
    async prepare({ legacyId, createdAt, fields }) {
      const given = fields as unknown as Fields;
      const sold = await findSold(parseId(given.merchandise) ?? 0);
      if (!sold) throw invalidRequest('merchandise does not exist', '/merchandise');
      const recipient = parseId(given.recipient ?? undefined) ?? sold.gym;
      if (!(await findGym(recipient))) throw invalidRequest('recipient does not exist', '/recipient');
      const row = rowOf(given, { legacyId, createdAt, recipient, name: given.merchandiseName ?? sold.name });
      return async (id, _, rows) => {
        rows.add('transaction_record', { ...row, id });
        for (const step of stepsTo(row.state)) {
          rows.add('transaction_history', { record_id: id, ...step, at: createdAt });
        }
        for (const visit of visitsOf(given, legacyId)) rows.add('transaction_visit', { record_id: id, ...visit });
        return true;
      };
    },
  };
}

const mostRemembered = 1_000;
const rememberedMs = 1_000;

/** For a moment, since it may be changed or deleted. */
function remembering<Found>(find: (id: number) => Promise<Found>): (id: number) => Promise<Found> {
  const known = new Map<number, Promise<Found>>();
  let since = 0;
  return (id) => {
    const now = performance.now();
    if (now - since > rememberedMs || known.size >= mostRemembered) {
      known.clear();
      since = now;
    }
    const remembered = known.get(id);
    if (remembered) return remembered;
    const found = find(id);
    known.set(id, found);
    found.catch(() => known.delete(id));
    return found;
  };
}

/** A step into every state that the record went through; one that ran out had been paid. */
function stepsTo(state: RecordState): { from_state: string; to_state: string }[] {
  const path =
    state === 'expired' || state === 'refunded' ? ['none', 'pending', 'success', state] : ['none', 'pending', state];
  return path.slice(1).map((to_state, at) => ({ from_state: path[at] ?? 'none', to_state }));
}

function visitsOf({ visits = [] }: Fields, legacyId: string) {
  return visits.map(({ date }, at) => ({
    number: at + 1,
    visit_key: `import:${hashOf(`${legacyId}#${at}`)}`,
    // Who let the member in is not known.
    gate_id: 0,
    visited_at: Date.parse(date),
  }));
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

function instantOf(moment: string | null | undefined): number | null {
  return moment == null ? null : Date.parse(moment);
}

/** The same in every run, so that a line is never written twice. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
